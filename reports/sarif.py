"""SARIF 2.1.0: what code scanning shows beside the document's own lines.

The properties are those that GitHub reads ("SARIF support for code scanning").
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from .document import Report
from .observed import expected, observed
from .rows import Row

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"broken": "error", "error": "error", "untested": "error", "finding": "warning"}
"""What each verdict is to SARIF. What is kept, and what nobody could look at, is no result."""


def write(report: Report, path: Path) -> None:
    """Write one run, with a rule and a result for each promise that needs attention."""
    text = json.dumps(render(report), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def render(report: Report) -> dict[str, Any]:
    """Return the SARIF log of *report*."""
    rows = report.having(*LEVELS)
    problems = [str(one) for one in report.run.get("problems") or []]
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "stackproof",
                        "version": str(report.run.get("tool") or "0"),
                        "rules": [_rule(row) for row in rows],
                    }
                },
                "automationDetails": {"id": f"stackproof/{'+'.join(report.stacks)}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": report.exit_code in (0, 1, 5),
                        "exitCode": report.exit_code,
                        "toolExecutionNotifications": [
                            {"level": "error", "message": {"text": text}} for text in problems
                        ],
                    }
                ],
                "results": [_result(row, index) for index, row in enumerate(rows)],
            }
        ],
    }


def _rule(row: Row) -> dict[str, Any]:
    return {
        "id": row.name,
        "name": row.id,
        "shortDescription": {"text": row.says},
        "fullDescription": {"text": f"{row.section}: {row.says}"},
        "help": {"text": f"Expected: {expected(row)}\nCheck it alone: {row.reproduce}"},
        "defaultConfiguration": {"level": LEVELS[row.shown]},
        "properties": {"tags": [row.kind, row.level], "precision": "very-high"},
    }


def _result(row: Row, index: int) -> dict[str, Any]:
    why = (row.finding if row.shown == "finding" else None) or observed(row)
    return {
        "ruleId": row.name,
        "ruleIndex": index,
        "level": LEVELS[row.shown],
        "message": {"text": f"{row.shown}: {row.says}\n{why}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(row)},
                    "region": {"startLine": max(1, row.line)},
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(row)},
    }


def _uri(row: Row) -> str:
    """Return where the promise stands, as a relative reference from the run's own folder."""
    path = row.file or f"{row.stack}/promises.yaml"
    if path.startswith("/"):
        return PurePosixPath(path).as_uri()
    return quote(path)


def _fingerprint(row: Row) -> str:
    """Return what stays the same while lines move: the promise and what became of it."""
    return hashlib.sha256(f"{row.name} {row.shown}".encode()).hexdigest()[:16] + ":1"

"""Markdown: the short summary that a CI job shows."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from .document import Report
from .observed import observed
from .rows import Row

_LONGEST_LIST = 50
_CODE = re.compile(r"(`[^`]+`)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def write(report: Report, path: Path) -> None:
    """Write the summary of *report*."""
    path.write_text(render(report), encoding="utf-8")


def render(report: Report) -> str:
    """Return the summary: the gate, the counts, what is broken, findings, what was not seen."""
    return "\n".join(
        [
            f"## stackproof: {', '.join(report.stacks) or 'no stack'}",
            "",
            f"**{report.gate}** {_versions(report)}".rstrip(),
            "",
            *_attached(report),
            *_counts(report),
            *_problems(report),
            *_section("Broken and errors", report.having("broken", "error")),
            *_section("Findings", report.having("finding")),
            *_unobservable(report.having("unobservable")),
            *_untested(report.having("untested")),
        ]
    )


def _versions(report: Report) -> str:
    run = report.run
    known = [text for text in (run.get("engine"), run.get("compose")) if text]
    return _text(f"{' · '.join(known)}" if known else "")


def _attached(report: Report) -> list[str]:
    """Return whether what ran was the documented stack, of a project that was attached."""
    attached = report.run.get("attached")
    if not attached:
        return []
    said = "; ".join(f"{name} {word}" for name, word in attached["services"].items())
    return [_text(f"Attached to {attached['project']}: {said}."), ""]


def _counts(report: Report) -> list[str]:
    shown = {word: count for word, count in report.counts.items() if count}
    if not shown:
        return ["No promise is declared.", ""]
    return [
        "| " + " | ".join(shown) + " |",
        "|" + " --: |" * len(shown),
        "| " + " | ".join(str(count) for count in shown.values()) + " |",
        "",
    ]


def _problems(report: Report) -> list[str]:
    problems = report.run.get("problems") or []
    return [*(f"- **{_text(problem)}**" for problem in problems), ""] if problems else []


def _section(title: str, rows: list[Row]) -> list[str]:
    if not rows:
        return []
    lines = [f"### {title}", ""]
    for row in rows[:_LONGEST_LIST]:
        lines.append(f"- {_code(row.name)} **{row.verdict}**: {_text(row.says)}")
        if row.verdict == "finding" and row.finding:
            lines.append(f"  - why: {_text(row.finding)}")
        lines.append(f"  - observed: {_text(observed(row))}")
        if row.reproduce and row.verdict != "finding":
            lines.append(f"  - reproduce: {_code(row.reproduce)}")
    return [*lines, *_more(rows), ""]


def _unobservable(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    reasons = Counter(row.reason or "no reason given" for row in rows)
    most = reasons.most_common(_LONGEST_LIST)
    return ["### Unobservable", "", *(f"- {count}: {_text(why)}" for why, count in most), ""]


def _untested(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    names = ", ".join(_code(row.name) for row in rows[:_LONGEST_LIST])
    return ["### Untested", "", names, *_more(rows), ""]


def _more(rows: list[Row]) -> list[str]:
    left = len(rows) - _LONGEST_LIST
    return [f"- and {left} more in the report"] if left > 0 else []


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{' '.join(text.split())}{fence}"


def _text(text: str) -> str:
    """Return *text* on one line; of its Markdown only code between backticks stays."""
    parts = _CODE.split(" ".join(_CONTROL.sub(" ", text).split()))
    return "".join(part if place % 2 else _plain(part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return text

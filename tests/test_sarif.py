"""SARIF: the fields that code scanning needs, and where its results point."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports import document, sarif
from reports.document import Report
from reports.rows import Row

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.name.removesuffix(".report.json") for path in GOLDEN.glob("*.report.json"))


def row(verdict: Any, **more: Any) -> Row:
    return Row("web", f"is-{verdict}", "It holds.", "Area / part", "route", "live", verdict, **more)


def rendered(*rows: Row) -> dict[str, Any]:
    run: dict[str, Any] = sarif.render(Report({"exit_code": 1, "tool": "0.1.0"}, list(rows)))[
        "runs"
    ][0]
    return run


@pytest.mark.parametrize("name", NAMES)
def test_the_log_has_what_code_scanning_needs(name: str, tmp_path: Path) -> None:
    """The supported properties that GitHub requires: of the log, a run, a rule, a result."""
    sarif.write(document.load(GOLDEN / f"{name}.report.json"), tmp_path / "report.sarif")
    log = json.loads((tmp_path / "report.sarif").read_text(encoding="utf-8"))

    assert log["$schema"].endswith("sarif-2.1.0.json")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "stackproof"
    for rule in driver["rules"]:
        assert rule["id"]
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none")
        assert len(rule["properties"]["tags"]) <= 20
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1


def test_what_fails_the_gate_is_an_error_and_a_finding_a_warning() -> None:
    """What is kept needs nobody's attention; what cannot be looked at is no alert."""
    run = rendered(*map(row, ("kept", "unobservable", "broken", "finding", "error", "untested")))

    assert {one["ruleId"]: one["level"] for one in run["results"]} == {
        "web:is-broken": "error",
        "web:is-finding": "warning",
        "web:is-error": "error",
        "web:is-untested": "error",
    }


def test_a_result_points_at_its_line() -> None:
    """The file is a reference relative to the folder of the run, percent-encoded."""
    (result,) = rendered(row("broken", file="docs/the stack.md", line=7))["results"]

    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "docs/the%20stack.md"},
        "region": {"startLine": 7},
    }


def test_a_result_is_recognised_when_lines_move() -> None:
    """Code scanning would otherwise close and open the same alert again."""
    one, other = (rendered(row("broken", line=line))["results"][0] for line in (3, 9))

    assert one["partialFingerprints"] == other["partialFingerprints"]

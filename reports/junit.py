"""JUnit: the XML that CI systems read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

from .document import Report
from .observed import expected, look, observed
from .rows import Row

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ELEMENT = {
    "broken": "failure",
    "error": "error",
    "untested": "error",
    "finding": "skipped",
    "unobservable": "skipped",
    "unselected": "skipped",
}
"""What each verdict is to JUnit, which knows no finding; kept has no element."""


def write(report: Report, path: Path) -> None:
    """Write one test suite a stack and one test case a promise."""
    root = ET.Element("testsuites", name="stackproof")
    for stack in report.stacks:
        rows = [row for row in report.rows if row.stack == stack]
        suite = ET.SubElement(root, "testsuite", {"name": stack, **_totals(rows)})
        suite.set("timestamp", str(report.run.get("started", "")))
        for row in rows:
            suite.append(_case(row))
    for name, value in _totals(report.rows).items():
        root.set(name, value)
    problems = report.run.get("problems") or []
    if problems:
        suite = ET.SubElement(root, "testsuite", name="the run", tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname="stackproof", name="run")
        ET.SubElement(case, "error", message=_clean(problems[0])).text = _clean("\n".join(problems))
        root.set("tests", str(len(report.rows) + 1))
        root.set("errors", str(int(root.get("errors", "0")) + 1))
    ET.indent(root)
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    path.write_bytes(text + b"\n")


def _totals(rows: list[Row]) -> dict[str, str]:
    kinds = Counter(_ELEMENT.get(row.shown, "kept") for row in rows)
    return {
        "tests": str(len(rows)),
        "failures": str(kinds["failure"]),
        "errors": str(kinds["error"]),
        "skipped": str(kinds["skipped"]),
        "time": f"{sum(row.seconds for row in rows):.3f}",
    }


def _case(row: Row) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=_clean(f"{row.stack}.{row.area}"),
        name=row.id,
        time=f"{row.seconds:.3f}",
    )
    element = _ELEMENT.get(row.shown)
    if element:
        why = (row.finding if row.shown == "finding" else None) or observed(row)
        message = _clean(f"{row.shown}: {row.says} {why}".replace("\n", " "))
        told = ET.SubElement(case, element, message=message)
        if element != "skipped":
            told.set("type", row.shown)
            told.text = _clean(
                f"{row.says}\nexpected: {expected(row)}\nobserved: {observed(row)}\n"
                f"reproduce: {row.reproduce}"
            )
    if row.evidence:
        seen = "\n".join(look(one) for one in row.evidence)
        ET.SubElement(case, "system-out").text = _clean(seen)
    return case


def _clean(text: str) -> str:
    """Return *text* without what XML 1.0 section 2.2 forbids."""
    return _FORBIDDEN.sub("\ufffd", text)

"""HTML: one file for people, with everything in it and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from .document import Report
from .observed import expected, seconds
from .pairs import pairs
from .rows import SHOWN, Row, counts
from .timeline import picture

TEMPLATES = Path(__file__).with_name("templates")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Cell:
    """One area of one stack in the matrix."""

    counts: dict[str, int]
    share: float
    """How many promises the area has, in percent of the largest area."""


def write(report: Report, path: Path) -> None:
    """Write the page of *report*; everything that comes from outside is escaped."""
    path.write_text(render(report), encoding="utf-8")


def render(report: Report) -> str:
    """Return the page of *report*."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["words"] = _words
    env.filters["prose"] = _prose
    env.filters["seconds"] = seconds
    env.filters["expected"] = expected
    env.filters["pairs"] = pairs
    return env.get_template("report.html.j2").render(
        report=report,
        run=report.run,
        shown={word: count for word, count in report.counts.items() if count},
        meanings=MEANINGS,
        matrix=_matrix(report),
        groups=_groups(report),
        pictures=[(lane, picture(lane.get("timeline") or ())) for lane in report.run["lanes"]],
        # Our own files: they are part of the page, not data in it.
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        js=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),  # noqa: S704
    )


MEANINGS = {
    "broken": "the stack does not do what the document says",
    "error": "the check could not be carried out",
    "finding": "cannot hold on real software, as declared",
    "unobservable": "nobody can look here, for the reason given",
    "untested": "no check has reported",
    "kept": "observed to hold",
    "unselected": "left out of this run",
}


def _matrix(report: Report) -> dict[str, dict[str, Cell]]:
    """Return area by stack by what its rows show, in document order."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in report.rows:
        found.setdefault(row.area, {}).setdefault(row.stack, []).append(row)
    most = max((len(rows) for area in found.values() for rows in area.values()), default=1)
    return {
        area: {
            stack: Cell(
                {word: n for word, n in counts(rows).items() if n}, round(100 * len(rows) / most, 1)
            )
            for stack, rows in stacks.items()
        }
        for area, stacks in found.items()
    }


def _groups(report: Report) -> list[tuple[str, str, list[Row]]]:
    """Return the rows by stack and area, in document order; in an area, as `SHOWN` orders them."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in report.rows:
        found.setdefault((row.stack, row.area), []).append(row)
    return [
        (stack, area, sorted(rows, key=lambda row: SHOWN.index(row.shown)))
        for (stack, area), rows in found.items()
    ]


def _words(value: Any) -> str:
    """Return what a probe saw, whole: text as it is, a mapping a line each, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_flat(one)}" for name, one in value.items())
    return _flat(value)


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(_flat(one) for one in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _prose(text: str) -> Markup:
    """Return *text* escaped, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704

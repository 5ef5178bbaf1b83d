"""Documents: report.json, from which every other format is rendered."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .rows import Row, counts

SCHEMA = "stackproof.report/1"


class BadReport(Exception):
    """Why a file is not a report that this version reads, in one line."""


@dataclass(slots=True)
class Report:
    """One run: what ran, and a row for each promise."""

    run: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    def having(self, *words: str) -> list[Row]:
        """Return the rows that show one of *words*, in the order of the documents."""
        return [row for row in self.rows if row.shown in words]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows show each verdict."""
        return counts(self.rows)

    @property
    def selected(self) -> int:
        """How many promises the run was to decide."""
        return sum(row.selected for row in self.rows)

    @property
    def stacks(self) -> list[str]:
        """The stacks, in the order of the run."""
        return list(dict.fromkeys(row.stack for row in self.rows))

    @property
    def exit_code(self) -> int:
        """The exit code that the run ended with."""
        return int(self.run["exit_code"])

    @property
    def gate(self) -> str:
        """Whether the gate passes, and if not, why, in one line."""
        sentence = _GATE.get(self.exit_code, f"The gate fails with exit code {self.exit_code}.")
        rows = self.having(*_FAILING.get(self.exit_code, ()))
        if len(rows) > 1:
            sentence = sentence.replace("a promise is", f"{len(rows)} promises are")
        names = ", ".join(row.name for row in rows[:_NAMES])
        more = f" and {len(rows) - _NAMES} more" if len(rows) > _NAMES else ""
        return f"{sentence.rstrip('.')}: {names}{more}." if names else sentence


_GATE = {
    0: "The gate passes.",
    1: "The gate fails: a promise is broken.",
    2: "The run stopped: bad usage or input.",
    3: "The run stopped: no usable engine.",
    4: "The gate fails: not every selected promise could be decided.",
    5: "The gate fails: a promise is unobservable, and the run is strict.",
}

_FAILING = {1: ("broken",), 4: ("error", "untested")}
"""The verdicts that the exit code tells of, where there are few enough rows to name."""
_NAMES = 6


def write(report: Report, path: Path) -> None:
    """Write *report* as JSON; readers of *path* see the old file or the new one, never half."""
    document = {
        "schema": SCHEMA,
        "run": report.run,
        "rows": [asdict(row) for row in report.rows],
    }
    half = path.with_name(f".{path.name}.part")
    half.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    half.replace(path)


def load(path: Path) -> Report:
    """Return the report in *path*.

    Raises `BadReport` when it cannot be read, is no report, or has a schema of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadReport(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BadReport(f"{path}: not JSON: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise BadReport(f"{path}: schema is {schema!r}; this version reads {SCHEMA!r}")
    return _validated(path, document)


def _validated(path: Path, document: dict[str, Any]) -> Report:
    # Slow to import, and a run needs it only when it reads a report back.
    from pydantic import TypeAdapter, ValidationError

    try:
        report = TypeAdapter(Report).validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadReport(f"{path}: {place}: {first['msg']}") from error
    if not isinstance(report.run.get("exit_code"), int):
        raise BadReport(f"{path}: run.exit_code: a number is needed")
    return report

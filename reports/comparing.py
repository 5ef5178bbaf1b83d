"""Comparing: what became of each promise from one report to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .document import Report
from .rows import Row

FAILED = ("broken", "error", "untested")
LOOKED = ("kept", "finding")
"""Verdicts from which a promise can fall."""


@dataclass(frozen=True, slots=True)
class Change:
    """One promise with another verdict than before; no row is none."""

    old: Row
    new: Row

    @property
    def word(self) -> str:
        """``broke``, ``out of date``, ``mended`` or ``other``.

        A finding that is kept is out of date as long as it is declared, and mended afterwards.
        """
        if self.old.shown == "finding" and self.new.finding and self.new.shown != "finding":
            return "out of date" if self.new.shown in ("kept", "broken") else self._plain
        return self._plain

    @property
    def _plain(self) -> str:
        if self.old.shown in LOOKED and self.new.shown in FAILED:
            return "broke"
        better = self.old.shown in (*FAILED, "finding", "unobservable")
        return "mended" if better and self.new.shown == "kept" else "other"


@dataclass(slots=True)
class Comparison:
    """What differs between two reports."""

    changes: list[Change] = field(default_factory=list)
    came: list[Row] = field(default_factory=list)
    went: list[Row] = field(default_factory=list)
    same: int = 0
    once: int = 0
    """How many promises only one of the runs was to decide."""

    def of(self, word: str) -> list[Change]:
        """Return the changes of that sort."""
        return [change for change in self.changes if change.word == word]

    @property
    def exit_code(self) -> int:
        """1 if a promise broke or a finding is out of date, 0 otherwise."""
        return int(any(change.word in ("broke", "out of date") for change in self.changes))


def compare(old: Report, new: Report) -> Comparison:
    """Return what differs, promises in the order of the new report."""
    before = {(row.stack, row.id): row for row in old.rows}
    after = {(row.stack, row.id): row for row in new.rows}
    made = Comparison()
    for key, row in after.items():
        was = before.get(key)
        if was is None:
            made.came.append(row)
        elif was.shown == row.shown:
            made.same += 1
        elif "unselected" in (was.shown, row.shown):
            made.once += 1
        else:
            made.changes.append(Change(was, row))
    made.went = [row for key, row in before.items() if key not in after]
    return made


_GROUPS = {
    "broke": "Broke",
    "out of date": "Findings that are out of date",
    "mended": "Mended",
    "other": "Changed otherwise",
}


def told(made: Comparison) -> str:
    """Return the comparison as lines of text."""
    parts = []
    for word, title in _GROUPS.items():
        lines = [_line(change) for change in made.of(word)]
        parts += _group(title, lines)
    parts += _group("Came", [f"{row.name}: {row.shown}" for row in made.came])
    parts += _group("Went", [f"{row.name}: was {row.shown}" for row in made.went])
    parts.append(f"{made.same} with the same verdict as before")
    if made.once:
        parts.append(f"{made.once} that one of the runs was told to leave out")
    return "\n".join(parts)


def _group(title: str, lines: Iterable[str]) -> list[str]:
    shown = [f"  {line}" for line in lines]
    return [f"{title} ({len(shown)})", *shown, ""] if shown else []


def _line(change: Change) -> str:
    why = (change.new.reason or "").strip().splitlines()[:1] if change.new.shown != "kept" else []
    said = "".join(f": {line}" for line in why)
    return f"{change.new.name}: {change.old.shown} → {change.new.shown}{said}"

"""Rows: one promise, its verdict, and what was seen; and the one place that decides the gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Verdict = Literal["untested", "kept", "unobservable", "finding", "broken", "error"]
Ended = Literal["usage", "no-engine", "interrupted", "error"]

WORSE: tuple[Verdict, ...] = get_args(Verdict)
"""The verdicts, from the one that gives way to every other to the one that always stays."""

SHOWN = ("broken", "error", "finding", "unobservable", "untested", "kept", "unselected")
"""The words that a reader sees, in the order of what needs attention."""


@dataclass(slots=True)
class Row:
    """What is known about one promise; ``untested`` until a check reports on it."""

    stack: str
    id: str
    says: str
    section: str
    kind: str
    level: str
    verdict: Verdict = "untested"
    reason: str | None = None
    expect: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    evidence: list[dict[str, Any]] = field(default_factory=list)
    selected: bool = True
    reproduce: str = ""
    finding: str | None = None
    file: str = ""
    """Where the promise stands: the document if it names it, else promises.yaml."""
    line: int = 0

    def add(
        self, verdict: Verdict, reason: str | None, evidence: list[dict[str, Any]], seconds: float
    ) -> None:
        """Add what one more check says: the worst verdict stays, the evidence adds up."""
        worse = WORSE.index(verdict) - WORSE.index(self.verdict)
        if worse > 0:
            self.verdict, self.reason = verdict, reason
        elif worse == 0 and reason and reason != self.reason:
            self.reason = f"{self.reason}\n{reason}" if self.reason else reason
        self.evidence += evidence
        self.seconds = round(self.seconds + seconds, 6)

    @property
    def area(self) -> str:
        """The part of the document that the promise stands in: its section's first part."""
        return self.section.partition(" / ")[0]

    @property
    def name(self) -> str:
        """The promise's name in a run of several stacks."""
        return f"{self.stack}:{self.id}"

    @property
    def shown(self) -> str:
        """The verdict, or ``unselected`` for what the run was told to leave out."""
        return self.verdict if self.selected or self.verdict != "untested" else "unselected"


def settled(row: Row) -> Row:
    """Return *row* at the end of the run: a finding that is kept is out of date, so broken."""
    if row.verdict != "kept" or row.finding is None:
        return row
    why = "kept, though declared as a finding: the finding is out of date"
    return replace(row, verdict="broken", reason=why)


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many rows show each word; every word has its place, in the order of `SHOWN`."""
    seen = Counter(row.shown for row in rows)
    return {word: seen[word] for word in SHOWN}


def exit_code(rows: Iterable[Row], *, strict: bool = False, ended: Ended | None = None) -> int:
    """Return the exit code of a run with these rows; the only place that decides it.

    *ended* says what kept the run from its proper end.

    0: every selected promise is kept, a finding or unobservable; 1: something is broken; 2: bad
    usage or input; 3: no usable engine; 4: an error, or a selected promise untested, or nothing
    selected; 5: *strict*, and something is unobservable.
    """
    verdicts = {row.verdict for row in rows if row.selected}
    if ended == "usage":
        return 2
    if ended == "no-engine":
        return 3
    if ended or not verdicts or verdicts & {"error", "untested"}:
        return 4
    if "broken" in verdicts:
        return 1
    return 5 if strict and "unobservable" in verdicts else 0

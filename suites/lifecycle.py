"""Life cycle: what its scenarios share, and the history that they return.

A scenario does all its phases before anything is judged; each check reads its own part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .exits import code

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.evidence import Evidence
    from fixtures.promises import Promise
    from fixtures.shell import Answer
    from fixtures.wanted import Wanted

START = 300.0
"""Seconds after which we end `docker compose up`: services wait for each other's health."""
STEP = 180.0
"""Seconds after which we end another command; nothing is promised about either."""


Phase = Callable[["Cycle", "Wanted"], "dict[str, Any]"]
"""Does one thing and returns what was seen, by the id of the promise that wants it."""
Phases = Iterable[tuple[tuple[str | type, ...], Phase]]
"""Phases in their order, each with the shapes or kinds that want it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a phase saw for one promise, or how it failed, and the looks of that phase."""

    what: Any
    looks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class History:
    """What the phases of a scenario saw, by the id of the promise."""

    evidence: Evidence
    seen: dict[str, Seen] = field(default_factory=dict)

    def of(self, promise: Promise[Any]) -> Any:
        """Return what was seen for *promise*; its looks become evidence of the check.

        Raises what kept the phase from looking.
        """
        seen = self.seen[promise.id]
        self.evidence.adopt(seen.looks)
        if isinstance(seen.what, BaseException):
            raise seen.what
        return seen.what


def history(cycle: Cycle, wanted: Wanted, phases: Phases) -> History:
    """Do the phases of which *wanted* has a promise, in order; one that fails ends only itself."""
    made = History(cycle.evidence)
    for wants, phase in phases:
        promises = wanted.of(*wants)
        if not promises:
            continue
        with cycle.evidence.collecting() as looks:
            try:
                seen = phase(cycle, wanted)
            except Exception as error:  # noqa: BLE001  it belongs to the checks that want this
                seen = {promise.id: error for promise in promises}
        made.seen.update({name: Seen(what, looks) for name, what in seen.items()})
    return made


def each(promises: Iterable[Promise[Any]], look: Callable[[Any], Any]) -> dict[str, Any]:
    """Return what *look* sees of what each promise expects, or what kept it from looking."""
    seen: dict[str, Any] = {}
    for promise in promises:
        try:
            seen[promise.id] = look(promise.expect)
        except Exception as error:  # noqa: BLE001  it belongs to the check of this promise
            seen[promise.id] = error
    return seen


def failures(*answers: Answer) -> list[str]:
    """Return how each command that failed did so.

    Raises `TimeoutError` for one that we ended: what it would have done nobody knows.
    """
    ended = [code(answer) for answer in answers]
    return [answer.short for answer, how in zip(answers, ended, strict=True) if how != 0]


def losses(kept: dict[str, Kept]) -> dict[str, str]:
    """Return what was found in each store that lost something."""
    return {service: one.found for service, one in kept.items() if one.lost}

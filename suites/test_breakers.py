"""Breakers: what a circuit breaker lets through, and when."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .breakers import KIND, Breaker, Story, as_documented, scaled_down, twice_as_documented

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Starts:
    breaker: Breaker
    starts: str
    """The state before the first call."""


@pytest.mark.promise(KIND, expect=Starts, early=as_documented)
def test_starts_closed(promise: Promise[Starts], early: Story) -> None:
    """Before any call it says so, and the first call reaches the target and is answered well."""
    assert early.states["fresh"] == promise.expect.starts
    assert (early.results("fresh"), early.reached("fresh")) == (["ok"], 1)


@dataclass(frozen=True, slots=True)
class Opens:
    breaker: Breaker
    opens_after: int
    """How many failures in a row open it."""


@pytest.mark.promise(KIND, expect=Opens, early=as_documented)
def test_opens(promise: Promise[Opens], early: Story) -> None:
    """So many failures in a row reach the target; the next call does not, and is refused.

    About circuit-breaker: what a circuit breaker lets through, and when.

    Cannot see: calls of other processes: each has its own breaker.
    """
    count, more = promise.expect.opens_after, "opening, once more"

    assert early.results("opening") == ["failed"] * count, early.results("opening")
    assert early.reached("opening") == count
    assert (early.results(more), early.reached(more)) == (["refused"], 0)
    assert early.states["opened"] == "OPEN"


@dataclass(frozen=True, slots=True)
class Forgets:
    breaker: Breaker
    forgets: int
    """How many failures a success wipes out, one less than open it."""


@pytest.mark.promise(KIND, expect=Forgets, early=as_documented)
def test_success_forgets(promise: Promise[Forgets], early: Story) -> None:
    """One success between two rows of failures, each too short, and a call still gets through."""
    count = promise.expect.forgets

    assert early.results("before a success") == ["failed"] * count
    assert early.results("a success") == ["ok"]
    assert early.results("after a success") == ["failed"] * count
    assert (early.results("forgotten"), early.reached("forgotten")) == (["ok"], 1)


@dataclass(frozen=True, slots=True)
class Rejects:
    breaker: Breaker
    within_seconds: float
    """Seconds that a refusal takes at most, as a rule."""


@pytest.mark.promise(KIND, expect=Rejects, early=as_documented)
def test_open_rejects(promise: Promise[Rejects], early: Story) -> None:
    """All the time that it is open, calls are refused at once, and none reaches the target."""
    calls = early.calls["while open"]
    assert early.opening is not None
    last = calls[-1].at - early.opening.at

    assert {call.result for call in calls} == {"refused"}, early.results("while open")
    assert early.reached("while open") == 0
    assert last > promise.expect.breaker.seconds / 2, f"watched for {last:.1f} s"
    usual = statistics.median(call.took for call in calls)
    assert usual < promise.expect.within_seconds, f"a refusal takes {usual:.3f} s"


@dataclass(frozen=True, slots=True)
class TriesAgain:
    breaker: Breaker
    tries_after_seconds: float
    """Seconds from the failure that opened it to the first call that is let through."""


@pytest.mark.promise(KIND, expect=TriesAgain, early=as_documented)
def test_tries_again(promise: Promise[TriesAgain], early: Story) -> None:
    """A second before the time a call is refused; just after it, one reaches the target."""
    (before,), (after,) = early.calls["just before"], early.calls["just after"]
    opening, seconds = early.opening, promise.expect.tries_after_seconds
    assert opening is not None
    seen = (round(before.at - opening.at, 2), round(after.at - opening.answered, 2))

    assert opening.result == "failed", "it did not open with this failure"
    assert early.results("opening, once more") == ["refused"], "it never opened"
    assert seconds - 1.5 < seen[0] < seconds < seen[1] < seconds + 1.5, f"called at {seen}"
    assert (before.result, before.reached) == ("refused", 0), f"after {seen[0]} s"
    assert (after.result, after.reached) == ("ok", 1), f"after {seen[1]} s"


@dataclass(frozen=True, slots=True)
class Closes:
    breaker: Breaker
    closes: str
    """The state after a trial that went well."""


@pytest.mark.promise(KIND, expect=Closes, early=scaled_down)
def test_success_closes(promise: Promise[Closes], early: Story) -> None:
    """A trial that goes well closes it: failures are counted from none again."""
    count = promise.expect.breaker.failures - 1

    assert early.results("tried again") == ["ok"]
    assert early.states["closed"] == promise.expect.closes
    assert early.results("closed") == ["failed"] * count
    assert (early.results("still closed"), early.reached("still closed")) == (["ok"], 1)


@dataclass(frozen=True, slots=True)
class Reopens:
    breaker: Breaker
    reopens_after: int
    """How many trials must fail for it to open again."""


@pytest.mark.promise(KIND, expect=Reopens, early=scaled_down)
def test_failure_reopens(promise: Promise[Reopens], early: Story) -> None:
    """One trial that fails opens it for the whole time again, and then it tries again."""
    _reopened(promise.expect, early)


@pytest.mark.promise(KIND, expect=Reopens, lane="slow", early=twice_as_documented)
def test_failure_reopens_slow(promise: Promise[Reopens], early: Story) -> None:
    """The same with the documented time."""
    _reopened(promise.expect, early)


def _reopened(expect: Reopens, early: Story) -> None:
    assert (early.results("in vain"), early.reached("in vain")) == (
        ["failed"] * expect.reopens_after,
        expect.reopens_after,
    )
    assert early.results("reopened") == ["refused", "refused"], early.results("reopened")
    assert early.reached("reopened") == 0
    assert early.reached("tried again") == 1


@dataclass(frozen=True, slots=True)
class Logs:
    breaker: Breaker
    level: str
    """The level of the line."""
    message: str
    """What the line holds."""


@pytest.mark.promise(KIND, expect=Logs, early=as_documented)
def test_opening_is_logged(promise: Promise[Logs], early: Story) -> None:
    """Its log has this line once, at this level: it opened once."""
    expect = promise.expect
    lines = [line for line in early.log if expect.message.partition(" ")[0] in line]

    assert len(lines) == 1, lines
    assert expect.message in lines[0], lines
    assert expect.level in lines[0], lines

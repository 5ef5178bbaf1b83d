"""Shutdown signals: how a server ends that is told to, whatever it is doing, and what it logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .graceful_shutdowns import (
    FEW,
    KIND,
    LANE,
    SHORT,
    Shutdown,
    Story,
    idle,
    interrupted,
    lines,
    overlong,
    used,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class EndsIdle:
    shutdown: Shutdown
    idle_ends_within: float
    """Seconds that it takes at most."""
    begins: str
    """What a line of the log holds once it has begun to end."""
    begins_within: float
    """Seconds from the signal to that line."""


@pytest.mark.promise(KIND, expect=EndsIdle, lane=LANE, early=idle)
def test_idle_ends(promise: Promise[EndsIdle], early: Story) -> None:
    """SIGTERM ends a server that nobody uses, by itself and with code 0, at once.

    It begins to end as soon as the signal comes, though nothing else wakes it.
    """
    assert early.exit is not None
    begun = [
        round(at - early.told, 2)
        for line, at in zip(early.log, early.logged, strict=True)
        if promise.expect.begins in line
    ]

    assert begun, early.log[-3:]
    assert begun[0] < promise.expect.begins_within, f"it began after {begun[0]} s"
    assert early.exit.code == 0, f"exit code {early.exit.code} (137: it was killed)"
    assert early.seconds < promise.expect.idle_ends_within, f"it took {early.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Interrupt:
    shutdown: Shutdown
    interrupt_code: int
    """The exit code after SIGINT."""


@pytest.mark.promise(KIND, expect=Interrupt, lane=LANE, early=interrupted)
def test_interrupt(promise: Promise[Interrupt], early: Story) -> None:
    """SIGINT lets each client have a notice and an orderly end, and the process this code.

    Work in progress is answered before, and who comes meanwhile is refused.
    """
    assert early.exit is not None
    (newcomer,), worked = early.newcomers, early.clients[0]
    if newcomer.seconds > SHORT - 1.0:
        raise RuntimeError(f"the port was looked at {newcomer.seconds} s after the notice")

    assert early.exit.code == promise.expect.interrupt_code, f"exit code {early.exit.code}"
    assert [len(each) for each in early.notices()] == [1] * FEW
    assert newcomer.word == "refused", f"who comes meanwhile: {newcomer.word}"
    assert [one.data for one in worked.of("done")] == [{"seconds": SHORT}], "work was lost"
    assert early.ends() == ["fin"] * FEW


@dataclass(frozen=True, slots=True)
class LogsSignal:
    shutdown: Shutdown
    level: str
    """The level of the line."""
    message: str
    """How the line ends; ``{signum}`` stands for the number."""
    terminate: int
    """The number of SIGTERM."""
    interrupt: int
    """The number of SIGINT."""


@pytest.mark.promise(KIND, expect=LogsSignal, lane=LANE, early=idle)
def test_sigterm_is_logged(promise: Promise[LogsSignal], early: Story) -> None:
    """The log of a server that got SIGTERM has one such line, with its number."""
    _logged(promise.expect, promise.expect.terminate, early)


@pytest.mark.promise(KIND, expect=LogsSignal, lane=LANE, early=interrupted)
def test_sigint_is_logged(promise: Promise[LogsSignal], early: Story) -> None:
    """The log of a server that got SIGINT has one such line, with its number."""
    _logged(promise.expect, promise.expect.interrupt, early)


def _logged(expect: LogsSignal, number: int, early: Story) -> None:
    found = lines(early.log, expect.message.partition("{")[0].strip())

    assert len(found) == 1, found
    assert found[0].endswith(expect.message.format(signum=number)), found
    assert expect.level in found[0], found


@dataclass(frozen=True, slots=True)
class Longest:
    shutdown: Shutdown
    longest: list[float]
    """Seconds from the signal to the end, at least and at most."""


@pytest.mark.promise(KIND, expect=Longest, lane=LANE, early=overlong)
def test_longest_wait(promise: Promise[Longest], early: Story) -> None:
    """With work that takes minutes it ends within these seconds after the signal, with code 0."""
    low, high = promise.expect.longest
    assert early.exit is not None

    assert early.exit.code == 0, f"exit code {early.exit.code}"
    assert low <= early.seconds <= high, f"it took {early.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Ends:
    shutdown: Shutdown
    ends_within: float
    """Seconds that it takes at most."""


@pytest.mark.promise(KIND, expect=Ends, lane=LANE, early=used)
def test_process_ends(promise: Promise[Ends], early: Story) -> None:
    """With clients that ask for nothing, the process ends by itself with code 0 in this time."""
    assert early.exit is not None

    assert early.exit.code == 0, f"exit code {early.exit.code}"
    assert early.seconds < promise.expect.ends_within, f"it took {early.seconds:.1f} s"
    assert early.ends() == ["fin"] * FEW, early.ends()

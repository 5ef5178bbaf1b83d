"""Dead peers: in what time a vanished client is noticed, and what the others feel of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .dead_peers import (
    CLOSED,
    KIND,
    LANE,
    OTHERS,
    Closed,
    Closes,
    Peers,
    Vanished,
    close_dead,
    close_slow_reader,
    vanish,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Noticed:
    peers: Peers
    within_seconds: float
    """How long its socket may stay."""
    others_within_seconds: float
    """How long others may wait for an answer."""


@pytest.mark.promise(KIND, expect=Noticed, lane=LANE, early=vanish)
def test_noticed(promise: Promise[Noticed], early: Vanished) -> None:
    """Without a FIN, its socket goes in time and so does its place; others work all the while.

    Nobody waits either while the server closes one that has vanished.
    """
    expect, others = promise.expect, early.others
    before, after = early.connections

    assert early.between.noticed is not None, f"not noticed in {expect.within_seconds:g} s"
    assert early.between.noticed <= expect.within_seconds, f"after {early.between.noticed:.1f} s"
    assert after < before, f"/health counted {before}, and {after} after that"
    assert early.listed == [False, False], f"closed, noticed; still listed: {early.listed}"
    assert others is not None
    assert others.answered == others.sent > 0, f"{others.answered} of {others.sent} answered"
    assert others.slowest < expect.others_within_seconds, f"others waited {others.slowest} s"


@dataclass(frozen=True, slots=True)
class CutOff:
    peers: Peers
    after_seconds: tuple[float, float]
    """The earliest and the latest."""


@pytest.mark.promise(KIND, expect=CutOff, lane=LANE, early=vanish)
def test_cut_off(promise: Promise[CutOff], early: Vanished) -> None:
    """It goes so many seconds after the first data that it does not acknowledge."""
    earliest, latest = promise.expect.after_seconds
    loss = early.answering

    assert loss.unacknowledged > 0, "nothing was sent to it"
    assert loss.noticed is not None, f"still connected after {promise.expect.peers.longest:g} s"
    after = loss.noticed - loss.unacknowledged
    assert earliest <= after <= latest, f"cut off after {after:.1f} s"


@dataclass(frozen=True, slots=True)
class Undisturbed:
    peers: Peers
    every_seconds: float
    """From one ping of a client to its next."""


@pytest.mark.promise(KIND, expect=Undisturbed, lane=LANE, early=vanish)
def test_others_are_pinged(promise: Promise[Undisturbed], early: Vanished) -> None:
    """Beside clients that vanished and one that does not read, all others keep their schedule."""
    odd = [gap for gap in early.gaps if abs(gap - promise.expect.every_seconds) > 1.0]

    assert early.lost == 0, f"{early.lost} of them were cut off"
    assert len(early.gaps) >= OTHERS, f"{len(early.gaps)} intervals"
    assert not odd, f"intervals of {odd} s"


@dataclass(frozen=True, slots=True)
class Delivers:
    closes: Closes
    lost: int
    """How many messages may be lost."""


@pytest.mark.promise(CLOSED, expect=Delivers, lane=LANE, early=close_slow_reader)
def test_close_delivers(promise: Promise[Delivers], early: Closed) -> None:
    """What was queued when the server closed comes to a client that reads slowly, and then FIN."""
    lost = early.wanted - early.received
    assert lost <= promise.expect.lost, f"{lost} of {early.wanted} bytes were lost"
    assert early.end is not None, "the connection does not end"
    assert early.end.how == "fin", f"it ended with {early.end.how}"


@dataclass(frozen=True, slots=True)
class Unstalled:
    closes: Closes
    stall_seconds: float
    """How long another's answer may take."""


@pytest.mark.promise(CLOSED, expect=Unstalled, lane=LANE, early=close_dead)
def test_close_stalls_nobody(promise: Promise[Unstalled], early: Closed) -> None:
    """While the server closes one that has vanished, another is answered as quickly as ever."""
    others = early.others
    assert others is not None
    if not early.gone:
        raise RuntimeError("the one that had vanished was not closed")
    assert others.answered == others.sent > 0, f"{others.answered} of {others.sent} answered"
    assert others.slowest < promise.expect.stall_seconds, f"another waited {others.slowest:.1f} s"

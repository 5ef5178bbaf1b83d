"""Reconnects: how long clients wait, and which messages they still send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .reconnects import (
    CROWD,
    DELAY,
    FRESH,
    LANE,
    OLD,
    QUEUE,
    SHORT,
    Attempts,
    Backoff,
    Deliveries,
    Waiting,
    lose_server,
    lose_server_for_long,
    queue_messages,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise

ROOM = 0.25
"""Seconds for an attempt itself: a connection within the stack's network, and its refusal."""


@dataclass(frozen=True, slots=True)
class Doubles:
    backoff: Backoff
    delays_seconds: list[float]
    """The delays, one after another."""


@pytest.mark.promise(DELAY, expect=Doubles, lane=LANE, early=lose_server)
def test_delays_double(promise: Promise[Doubles], early: Attempts) -> None:
    """A refused client comes again after these delays, each with its random part.

    About reconnect: how clients come back after an outage, and what they still send.

    Cannot see: clients of other programs.
    """
    _doubles(promise.expect, early)


@pytest.mark.promise(DELAY, expect=Doubles, lane="slow", early=lose_server_for_long)
def test_delays_double_slow(promise: Promise[Doubles], early: Attempts) -> None:
    """The same until the delays grow no more."""
    plan = promise.expect.backoff
    _doubles(promise.expect, early)
    late = [
        gap for gaps in early.crowd.values() for gap in gaps[len(promise.expect.delays_seconds) :]
    ]

    assert late, "no client came so often"
    odd = [gap for gap in late if not _about(gap, plan.longest, plan.jitter)]
    assert not odd, f"later delays of {odd} s"


def _doubles(expect: Doubles, early: Attempts) -> None:
    assert len(early.crowd) == CROWD, f"{len(early.crowd)} clients came"
    for key, gaps in early.crowd.items():
        assert len(gaps) >= len(expect.delays_seconds), f"{key} came again after {gaps} s"
        jitter = expect.backoff.jitter
        fits = [_about(a, b, jitter) for a, b in zip(gaps, expect.delays_seconds, strict=False)]
        assert all(fits), f"{key} came again after {gaps} s"


@dataclass(frozen=True, slots=True)
class Capped:
    backoff: Backoff
    longest_seconds: tuple[float, float]
    """The least and the most of the longest delay."""


@pytest.mark.promise(DELAY, expect=Capped, lane=LANE, early=lose_server)
def test_delay_is_capped(promise: Promise[Capped], early: Attempts) -> None:
    """A client whose delay would be longer waits no longer than this, jitter included."""
    shortest, longest = promise.expect.longest_seconds
    gaps = [gaps[:1] for gaps in early.capped.values()]

    assert gaps, "no such client came"
    fits = [bool(one) and shortest <= one[0] <= longest + ROOM for one in gaps]
    assert all(fits), f"delays of {gaps} s"


@dataclass(frozen=True, slots=True)
class Jitters:
    backoff: Backoff
    factor: float
    """The random part of a delay at most."""


@pytest.mark.promise(DELAY, expect=Jitters, lane=LANE, early=lose_server)
def test_jitter(promise: Promise[Jitters], early: Attempts) -> None:
    """Clients that lose the server together come again at different times, all in the range."""
    plan = promise.expect.backoff
    assert plan.jitter == promise.expect.factor
    for step in range(4):
        delay = plan.base * 2**step
        parts = sorted(gaps[step] / delay - 1 for gaps in early.crowd.values() if step < len(gaps))
        room = ROOM / delay
        assert len(parts) == CROWD, f"{len(parts)} clients came again"
        assert parts[0] > -0.01, f"{delay:g} s: {parts[0]:.0%} less"
        assert parts[-1] < plan.jitter + room, f"{delay:g} s: up to {parts[-1]:.1%} more"
        assert parts[-1] - parts[0] > plan.jitter / 2, (
            f"{delay:g} s: {parts[0]:.1%} to {parts[-1]:.1%} more"
        )


@dataclass(frozen=True, slots=True)
class Resets:
    backoff: Backoff
    next_delay_seconds: tuple[float, float]
    """The least and the most of the next delay."""


@pytest.mark.promise(DELAY, expect=Resets, lane=LANE, early=lose_server)
def test_delay_begins_again(promise: Promise[Resets], early: Attempts) -> None:
    """After an outage with longer delays it is served; the next outage begins with the first."""
    shortest, longest = promise.expect.next_delay_seconds

    assert early.first, "it was never served, or never came again"
    first, last, again = early.first
    assert last > 1.9 * first, f"the first outage had delays of {first} to {last} s"
    assert shortest <= again <= longest + ROOM, f"the next begins with {again} s"


@dataclass(frozen=True, slots=True)
class Drops:
    waiting: Waiting
    keeps_seconds: float
    """Up to which age a message is sent."""


@pytest.mark.promise(QUEUE, expect=Drops, lane=LANE, early=queue_messages)
def test_old_messages_go(promise: Promise[Drops], early: Deliveries) -> None:
    """After an outage, a message that is older is not sent any more; a younger one is."""
    assert promise.expect.keeps_seconds == promise.expect.waiting.seconds
    assert FRESH in early.after_long, f"came: {early.after_long}"
    assert OLD not in early.after_long, f"came: {early.after_long}"


@dataclass(frozen=True, slots=True)
class Delivers:
    waiting: Waiting
    younger_than_seconds: float
    """Up to which age a message is sent."""


@pytest.mark.promise(QUEUE, expect=Delivers, lane=LANE, early=queue_messages)
def test_young_messages_come(promise: Promise[Delivers], early: Deliveries) -> None:
    """What was queued in a short outage comes after it, once and in order."""
    assert promise.expect.younger_than_seconds == promise.expect.waiting.seconds
    assert early.before == [0], f"before the outage came {early.before}"
    assert early.after_short == list(SHORT), f"after it came {early.after_short}"


def _about(gap: float, delay: float, jitter: float) -> bool:
    """Return whether *gap* is *delay* with its random part and the attempt itself."""
    return delay - 0.05 <= gap <= delay * (1 + jitter) + ROOM

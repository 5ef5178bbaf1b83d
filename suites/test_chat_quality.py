"""Chat quality: round trips, traffic, activity and losses that a server keeps of a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat_quality import DELAY, DELAYS, KIND, PAUSE, Measured, Qualities, measure

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Window:
    measured: Measured
    window: int
    """How many answers count."""


@pytest.mark.promise(KIND, expect=Window, early=measure)
def test_old_samples_go(promise: Promise[Window], early: Qualities) -> None:
    """After so many slow answers and then as many quick ones, the average is that of the latter.

    A busy machine adds its lateness to both, so they are compared with each other.
    """
    slow, quick = early.shown["slow"], early.shown["quick"]
    count = promise.expect.window

    assert early.pings > 2 * count, f"{early.pings} pings"
    assert slow["avg_rtt"] > DELAY - 0.02, f"slow answers: {slow['avg_rtt']:.3f} s"
    assert slow["avg_rtt"] - quick["avg_rtt"] > 0.75 * DELAY, (
        f"slow answers: {slow['avg_rtt']:.3f} s; quick ones, then: {quick['avg_rtt']:.3f} s"
    )
    assert quick["rtt_samples"] == count, f"{quick['rtt_samples']} samples"


@dataclass(frozen=True, slots=True)
class Average:
    measured: Measured
    within_seconds: float
    """By how many seconds the average may be wrong."""


@pytest.mark.promise(KIND, expect=Average, early=measure)
def test_average(promise: Promise[Average], early: Qualities) -> None:
    """Answers that take about 50, 100 and 150 ms make an average of what they really took."""
    shown, took = early.shown["answered"], early.took
    mean = sum(took) / len(DELAYS)

    assert shown["rtt_samples"] == len(took) == len(DELAYS), f"{shown['rtt_samples']} samples"
    assert abs(took[-1] - mean) > 2 * promise.expect.within_seconds, (
        f"the last took {took[-1]:.3f} s"
    )
    assert abs(shown["avg_rtt"] - mean) < promise.expect.within_seconds, (
        f"{shown['avg_rtt']:.3f} s of {[round(one, 3) for one in took]}"
    )


@dataclass(frozen=True, slots=True)
class Without:
    measured: Measured
    without_samples: float
    """The average without any answer."""


@pytest.mark.promise(KIND, expect=Without, early=measure)
def test_no_samples(promise: Promise[Without], early: Qualities) -> None:
    """Before the first answer to a ping the average is this, and nothing fails."""
    shown = early.shown["fresh"]

    assert shown.get("rtt_samples") == 0, f"shown: {shown}"
    assert shown["avg_rtt"] == promise.expect.without_samples


@dataclass(frozen=True, slots=True)
class Counters:
    measured: Measured
    sent: str
    """The key of the bytes that were sent to a client."""
    received: str
    """The key of the bytes that a client sent."""
    messages: str
    """The key of the number of messages."""


@pytest.mark.promise(KIND, expect=Counters, early=measure)
def test_traffic(promise: Promise[Counters], early: Qualities) -> None:
    """Of each of two clients it counts what that client sent and got, to the byte."""
    expect = promise.expect

    for one in early.traffic:
        counted = [one.shown.get(key) for key in (expect.sent, expect.received, expect.messages)]
        really = [one.seen.received, one.seen.sent, one.messages]
        assert counted == really, f"counted {counted}, really {really}"
    assert len({one.seen.sent for one in early.traffic}) == 2


@dataclass(frozen=True, slots=True)
class Activity:
    measured: Measured
    activity: str
    """The key of the last activity."""


@pytest.mark.promise(KIND, expect=Activity, early=measure)
def test_last_activity(promise: Promise[Activity], early: Qualities) -> None:
    """It is as long ago as the client's last message, and moves with the next."""
    key = promise.expect.activity
    ago = {
        stage: early.looked[stage] - float(early.shown[stage].get(key, 0.0))
        for stage in ("idle", "active")
    }

    really = early.looked["idle"] - early.looked["sent"]
    assert really >= PAUSE - 0.1, f"idle for {really:.2f} s"
    assert abs(ago["idle"] - really) < 1.0, f"{really:.2f} s after a message: {ago['idle']:.2f} s"
    assert -0.1 < ago["active"] < 1.0, f"after another: {ago['active']:.2f} s"


@dataclass(frozen=True, slots=True)
class Losses:
    measured: Measured
    losses: str
    """The key of the losses."""


@pytest.mark.promise(KIND, expect=Losses, early=measure)
def test_losses(promise: Promise[Losses], early: Qualities) -> None:
    """None at first; some, when the client loses a part of the packets that come for it."""
    key = promise.expect.losses
    before, after = early.shown["lossless"].get(key), early.shown["lossy"].get(key)

    assert before == 0, f"before any loss: {before}"
    assert after is not None, "not kept"
    assert after > 0, "packets were lost, and none is counted"

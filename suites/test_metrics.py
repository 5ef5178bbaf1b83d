"""Metrics: what a server tells of itself as numbers, and whether they are true."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from .metrics import ASK, BURST, COME, KIND, LEAVE, Metrics, Story, counted

if TYPE_CHECKING:
    from fixtures.promises import Promise

SMALL = 1e-3
"""What a float times a float may be off, where whole numbers are counted."""


@dataclass(frozen=True, slots=True)
class Uptime:
    metrics: Metrics
    uptime: str
    """The key of the uptime."""


@pytest.mark.promise(KIND, expect=Uptime, early=counted)
def test_uptime(promise: Promise[Uptime], early: Story) -> None:
    """It grows as time does, and has begun when the server did, also after a restart.

    A server that is slow to start is no older than its container, and older than its socket.
    """
    key = promise.expect.uptime
    first, later = early.looks["fresh"], early.looks["five seconds old"]
    grown = later.value(key) - first.value(key)
    low, high = later.at - first.by - 0.2, later.by - first.at + 0.2

    assert low < grown < high, f"it grew by {grown:.2f} in {low:.2f} to {high:.2f} s"
    for stage, (least, most) in early.ages.items():
        shown = early.looks[stage].value(key)
        assert least - 0.2 < shown < most + 0.2, f"{shown:.1f}, {stage}: {least:.1f} to {most:.1f}"


@dataclass(frozen=True, slots=True)
class Total:
    metrics: Metrics
    total: str
    """The key of the connections since the start."""


@pytest.mark.promise(KIND, expect=Total, early=counted)
def test_total(promise: Promise[Total], early: Story) -> None:
    """It rises by one for each client that comes, and does not fall when they go.

    About metrics: what a server tells of itself in numbers, and whether it is true.

    Cannot see: clients that came before a restart.
    """
    key = promise.expect.total
    seen = [early.looks[stage].value(key) for stage in ("fresh", "five came", "two left")]

    assert seen[1] - seen[0] == COME, seen
    assert seen[2] == seen[1], seen


@dataclass(frozen=True, slots=True)
class Active:
    metrics: Metrics
    active: str
    """The key of the open connections."""


@pytest.mark.promise(KIND, expect=Active, early=counted)
def test_active(promise: Promise[Active], early: Story) -> None:
    """It rises with those that come and falls with FIN and RST, as the health path's number."""
    key = promise.expect.active
    stages = ("fresh", "five came", "two left")
    seen = [early.looks[stage].value(key) for stage in stages]

    assert seen == [0, COME, COME - LEAVE - 1], seen
    assert [early.connections[stage] for stage in stages] == seen


@dataclass(frozen=True, slots=True)
class Rate:
    metrics: Metrics
    rate: str
    """The key of the messages sent per second of uptime."""


@pytest.mark.promise(KIND, expect=Rate, early=counted)
def test_message_rate(promise: Promise[Rate], early: Story) -> None:
    """Times the uptime it grows by exactly the messages that the clients got."""
    before, after = early.looks["five came"], early.looks["talked"]
    counted = after.total(promise.expect.rate) - before.total(promise.expect.rate)
    got = after.frames - before.frames

    assert got >= ASK, f"clients got {got} messages"
    assert abs(counted - got) < SMALL, f"{counted:.3f} counted, {got} came"


@dataclass(frozen=True, slots=True)
class Throughput:
    metrics: Metrics
    sent: list[str]
    """The keys that lead to the bytes sent per second of uptime."""
    received: list[str]
    """The keys that lead to the bytes received per second of uptime."""


@pytest.mark.promise(KIND, expect=Throughput, early=counted)
def test_throughput(promise: Promise[Throughput], early: Story) -> None:
    """Times the uptime both grow by exactly the bytes that went this way and that."""
    before, after = early.looks["five came"], early.looks["talked"]
    sent, received = (
        after.total(*path) - before.total(*path)
        for path in (promise.expect.sent, promise.expect.received)
    )
    to_clients, to_server = after.received - before.received, after.sent - before.sent

    assert to_clients != to_server, "both ways were the same"
    assert abs(sent - to_clients) < 0.1, f"{sent:.1f} sent, {to_clients} came"
    assert abs(received - to_server) < 0.1, f"{received:.1f} received, {to_server} were sent"


@dataclass(frozen=True, slots=True)
class Errors:
    metrics: Metrics
    errors: str
    """The key of the errors by kind."""


@pytest.mark.promise(KIND, expect=Errors, early=counted)
def test_errors(promise: Promise[Errors], early: Story) -> None:
    """There are none at first; what is no message raises exactly one of them by one."""
    key = promise.expect.errors
    fresh, before, after = (
        early.looks[stage].value(key) for stage in ("fresh", "talked", "garbled")
    )
    raised = {name: count - before.get(name, 0) for name, count in after.items()}

    assert fresh == {}, fresh
    assert [count for count in raised.values() if count] == [1], raised


@dataclass(frozen=True, slots=True)
class Keys:
    metrics: Metrics
    keys: list[str]
    """All keys."""


@pytest.mark.promise(KIND, expect=Keys, early=counted)
def test_keys(promise: Promise[Keys], early: Story) -> None:
    """There are these keys and no others, fresh and in use, and every number is finite."""
    for stage in ("fresh", "talked"):
        shown = early.looks[stage].shown

        assert set(shown) == set(promise.expect.keys), f"{stage}: {sorted(shown)}"
        assert all(math.isfinite(one) for one in _numbers(shown)), f"{stage}: {shown}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    metrics: Metrics
    status: int
    """The status of the HTTP answer."""
    content_type: str
    """The media type of the answer."""


@pytest.mark.promise(KIND, expect=Endpoint, early=counted)
def test_endpoint(promise: Promise[Endpoint], early: Story) -> None:
    """The path answers with this status, and a JSON object of this type."""
    expect, answer = promise.expect, early.answer
    assert answer is not None

    assert answer.status == expect.status, answer.status
    assert answer.first("Content-Type").partition(";")[0] == expect.content_type
    assert isinstance(json.loads(answer.body), dict), answer.starts


@dataclass(frozen=True, slots=True)
class Burst:
    metrics: Metrics
    shows_within_seconds: float
    """Seconds until all errors of a burst are told."""


@pytest.mark.promise(KIND, expect=Burst, early=counted)
def test_burst_shows(promise: Promise[Burst], early: Story) -> None:
    """After a burst of errors the metrics tell all of them within this time."""
    before, after = (sum(early.looks[s].value("errors").values()) for s in ("two left", "burst"))

    assert after - before == BURST, f"{after - before} of {BURST} are told"
    assert early.burst_seconds < promise.expect.shows_within_seconds, (
        f"not yet after {early.burst_seconds} s"
    )


def _numbers(shown: Any) -> list[float]:
    if isinstance(shown, dict):
        return [number for one in shown.values() for number in _numbers(one)]
    return [float(shown)]

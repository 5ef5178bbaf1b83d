"""Chat pings: their schedule, and the end of clients that do not answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from .chat_options import KIND as OPTION
from .chat_options import on_time
from .chat_pings import (
    SCHEDULE,
    TIMEOUT,
    Crowds,
    Patience,
    Schedule,
    Silences,
    answering,
    answering_on_own,
    crowds,
    silent,
    silent_on_own,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise

ROOM = 1.0


@dataclass(frozen=True, slots=True)
class Every:
    schedule: Schedule
    every_seconds: float
    """From one ping of a client to its next."""


@pytest.mark.promise(SCHEDULE, expect=Every, early=crowds)
def test_ping_interval(promise: Promise[Every], early: Crowds) -> None:
    """From one ping of a client to its next it takes as long as promised, for many clients.

    About heartbeat: pings of a server, and what becomes of clients that do not answer or have
    vanished.

    Cannot see: pings that one client alone is sent at other times.

    About heartbeat: pings of a server, and what becomes of clients that do not answer or have
    vanished.
    """
    gaps = [round(b - a, 2) for one in early.members for a, b in pairwise(one.pings)]

    assert len(gaps) >= len(early.members) / 4, f"{len(gaps)} intervals in {early.seconds:.0f} s"
    odd = [gap for gap in gaps if abs(gap - promise.expect.every_seconds) > ROOM]
    assert not odd, f"intervals of {sorted(odd)} s"


@dataclass(frozen=True, slots=True)
class First:
    schedule: Schedule
    between_seconds: tuple[float, float]
    """The earliest and the latest from the connection."""


@pytest.mark.promise(SCHEDULE, expect=First, early=crowds)
def test_first_ping(promise: Promise[First], early: Crowds) -> None:
    """Each of many clients gets its first ping within this time of its connection."""
    earliest, latest = promise.expect.between_seconds
    none = [one for one in early.members if not one.pings]
    firsts = sorted(one.pings[0] for one in early.members if one.pings)

    assert not none, f"{len(none)} of {len(early.members)} got none in {early.seconds:.0f} s"
    assert earliest <= firsts[0], f"the first after {firsts[0]:.2f} s"
    assert firsts[-1] <= latest + ROOM, f"the last after {firsts[-1]:.2f} s"


@dataclass(frozen=True, slots=True)
class Spread:
    schedule: Schedule
    distinct_seconds: int
    """Into how many seconds the first pings fall at least."""
    window_seconds: float
    """How long a window is."""
    most: float
    """The largest share of all that one window may have."""


@pytest.mark.promise(SCHEDULE, expect=Spread, early=crowds)
def test_first_pings_are_spread(promise: Promise[Spread], early: Crowds) -> None:
    """They fall into many different seconds, both halves of the range, and no one window.

    And clients that come to another server at the same time get theirs at other times.
    """
    expect, plan = promise.expect, promise.expect.schedule
    crowds_ = [sorted(one.pings[0] for one in crowd if one.pings) for crowd in early.of]
    firsts = sorted(first for crowd in crowds_ for first in crowd)
    half = (plan.earliest + plan.latest) / 2
    crowded = max(sum(a <= b < a + expect.window_seconds for b in firsts) for a in firsts)

    assert len(Counter(map(int, firsts))) >= expect.distinct_seconds, firsts
    assert min(firsts) < half < max(firsts), firsts
    assert crowded <= expect.most * len(firsts), f"{crowded} within {expect.window_seconds:g} s"
    alike = [abs(a - b) < 0.3 for a, b in zip(*crowds_, strict=False)]
    assert not all(alike), "two servers ping at the same times"


@dataclass(frozen=True, slots=True)
class Probed:
    schedule: Schedule
    option: str
    """The name of the option."""
    value: int
    """What getsockopt(2) reads."""
    after_seconds: float
    """After how much silence the first probe comes."""


@pytest.mark.promise(OPTION, expect=Probed, early=crowds)
def test_idle_probe(promise: Promise[Probed], early: Crowds) -> None:
    """The option is set, and clients without a ping are probed after so many seconds of silence."""
    expect, after = promise.expect, promise.expect.after_seconds
    option = early.options[expect.option]
    idle = [
        one for one in early.members if one.pings and one.pings[0] > one.last + 1.125 * after + 1
    ]
    waited = [None if one.probe is None else round(one.probe - one.last, 2) for one in idle]

    assert option == expect.value, f"{expect.option} is {option}"
    assert idle, f"no client was left alone for {after:g} s"
    assert all(one is not None and on_time(one, after) for one in waited), (
        f"probes after {waited} s"
    )


@dataclass(frozen=True, slots=True)
class Spares:
    patience: Patience
    spares: str
    """Who stays: a client that answers, or one that answers late."""


@pytest.mark.promise(TIMEOUT, expect=Spares, early=answering)
def test_answering_client_stays(promise: Promise[Spares], early: Silences) -> None:
    """A client that answers, or answers again in time, is there after several time-outs."""
    _spared(promise.expect, early)


@pytest.mark.promise(TIMEOUT, expect=Spares, lane="slow", early=answering_on_own)
def test_answering_client_stays_slow(promise: Promise[Spares], early: Silences) -> None:
    """The same with the documented times."""
    _spared(promise.expect, early)


def _spared(expect: Spares, early: Silences) -> None:
    assert early.setting == expect.patience.seconds, f"ends clients after {early.setting} s"
    assert early.pings[expect.spares] >= 6, f"{early.pings[expect.spares]} pings"
    assert early.ends[expect.spares] is None, f"it ended: {early.ends[expect.spares]}"
    key = early.keys[expect.spares]
    lines = [line for line in early.log if "[TIMEOUT]" in line and line.endswith(key)]
    assert not lines, lines


@dataclass(frozen=True, slots=True)
class Ends:
    patience: Patience


@pytest.mark.promise(TIMEOUT, expect=Ends, lane="peers", early=silent)
def test_silent_client_ends(promise: Promise[Ends], early: Silences) -> None:
    """One that reads but never answers is ended in time, and no longer counted."""
    plan = promise.expect.patience
    assert early.setting == plan.seconds, f"ends clients after {early.setting} s"
    _ended(early, plan.scaled, 1.4 * plan.scaled)


@pytest.mark.promise(TIMEOUT, expect=Ends, lane="slow", early=silent_on_own)
def test_silent_client_ends_slow(promise: Promise[Ends], early: Silences) -> None:
    """The same with the documented times."""
    _ended(early, promise.expect.patience.seconds, 1.4 * promise.expect.patience.seconds)


@dataclass(frozen=True, slots=True)
class Logs:
    patience: Patience
    level: str
    """The level of the line."""
    message: str
    """The line; ``{client_key}`` stands for the client."""


@pytest.mark.promise(TIMEOUT, expect=Logs, lane="peers", early=silent)
def test_end_is_logged(promise: Promise[Logs], early: Silences) -> None:
    """It is ended in time, and one line at this level names it."""
    expect = promise.expect
    _ended(early, expect.patience.scaled, 1.4 * expect.patience.scaled)
    lines = [line for line in early.log if expect.message.split(" ")[0] in line]

    assert len(lines) == 1, f"{len(lines)} lines: {lines}"
    wanted = expect.message.format(client_key=early.keys["silent"])
    assert wanted in lines[0], f"the line says {lines[0]!r}"
    assert expect.level in lines[0], f"the line says {lines[0]!r}"


@pytest.mark.promise(TIMEOUT, expect=Logs, lane="slow", early=silent_on_own)
def test_end_is_logged_slow(promise: Promise[Logs], early: Silences) -> None:
    """With the documented times it is ended, and named, as well."""
    seconds, key = promise.expect.patience.seconds, early.keys["silent"]

    _ended(early, seconds, 1.4 * seconds)
    assert any(line.endswith(promise.expect.message.format(client_key=key)) for line in early.log)


def _ended(early: Silences, earliest: float, latest: float) -> None:
    """Assert that the silent client, and no other, ended so many seconds after its first ping."""
    end = early.ends["silent"]
    assert early.unanswered is not None, "it was never pinged"
    assert end is not None, f"it is still there after {early.pings['silent']} unanswered pings"
    after = end.at - early.unanswered
    assert earliest - 0.1 <= after <= latest, f"{end.how} {after:.1f} s after its first ping"
    assert early.ends["answers"] is None, "the client that answers was ended"
    assert early.connections == [2, 1], f"/health counted {early.connections}"

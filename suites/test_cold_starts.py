"""Cold starts: from nothing to healthy, in which order, and what healthy then means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.fresh_starts import FreshStarts
    from fixtures.health import Health
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.shell import Answer
    from fixtures.slow_starts import SlowStart, SlowStarts
    from fixtures.vitals import Vital, Vitals, Watch
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Starting:
    starting: list[str]
    """Services that are ``starting`` until their first check ends."""


@dataclass(frozen=True, slots=True)
class Accepts:
    server: Server


@dataclass(frozen=True, slots=True)
class StartsAfter:
    service: terms.Service
    after: str
    """The service whose health the start waits for."""
    overlay: str
    """In it the dependency never becomes healthy."""


@dataclass(frozen=True, slots=True)
class Message:
    overlay: terms.Overlay
    message: str
    """What Compose says; the document's own names stand in it."""


@dataclass(frozen=True, slots=True)
class Usable:
    server: Server
    refuse: list[str]
    """The setting, and the value of it, with which the server refuses every write."""


@dataclass(frozen=True, slots=True)
class Refused:
    """How `up -d` ended with something unhealthy, with the document's names, and what then is."""

    up: Answer
    said: str
    states: dict[str, Vital]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What a client was answered before and after the server began to refuse, and its health."""

    before: str
    after: str
    watch: Watch


@dataclass(slots=True)
class History:
    """What was seen of the slow start, of a spoiled service, and of each refused start."""

    slow: SlowStart | None = None
    spoiled: dict[str, Spoiled] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)


def start_cold(
    wanted: Wanted,
    fresh_starts: FreshStarts,
    slow_starts: SlowStarts,
    vitals: Vitals,
    redis: Redis,
    health: Health,
) -> History:
    """Start the stack slowly from nothing, spoil a service of it, start it with one unhealthy."""
    seen = History()
    starting = [p.expect for p in wanted.of(Starting)]
    accepting = [p.expect for p in wanted.of(Accepts)]
    ordered = [p.expect for p in wanted.of(StartsAfter)]
    if starting or accepting or ordered:
        names = {name for expect in starting for name in expect.starting}
        names |= {name for expect in ordered for name in (expect.service, expect.after)}
        slow = [expect.server.service for expect in accepting]
        slow += [expect.after for expect in ordered]
        seen.slow = slow_starts.start(
            (slow or sorted(names))[0], sorted(names), [e.server for e in accepting]
        )
    for expect in (p.expect for p in wanted.of(Usable)):
        seen.spoiled[expect.server.service] = spoil(expect, vitals, redis, health)
    for expect in (p.expect for p in wanted.of(StartsAfter, Message)):
        if expect.overlay not in seen.refused:
            fresh_starts.clear()
            up = fresh_starts.up(overlay=expect.overlay)
            said = fresh_starts.documented(up.stderr)
            states = {name: vitals.now(name) for name in fresh_starts.services()}
            seen.refused[expect.overlay] = Refused(up, said, states)
    return seen


def spoil(expect: Usable, vitals: Vitals, redis: Redis, health: Health) -> Spoiled:
    """Let a healthy server refuse every write, and see what its health check says of that.

    Two checks that begin after that and pass have shown that they do not notice; where one fails,
    it gets all of its retries.
    """
    server, (name, value) = expect.server, expect.refuse
    period, retries = health.patience(server.service)
    vitals.watch(server.service, lambda v: v.health == "healthy", 2 * period)
    usual = redis.setting(server, name)
    before = redis.ask(server, "SET", "stackproof:usable", "1").word
    redis.ask(server, "CONFIG", "SET", name, value)
    try:
        after = redis.ask(server, "SET", "stackproof:usable", "2").word
        watch = vitals.watch(
            server.service, lambda v: v.streak > 0 or v.health != "healthy", 2 * period
        )
        if watch.last.streak:
            watch = vitals.watch(server.service, lambda v: v.health != "healthy", retries * period)
    finally:
        redis.ask(server, "CONFIG", "SET", name, usual)
    return Spoiled(before, after, watch)


@pytest.mark.promise("healthcheck", expect=Starting, lane="cold", early=start_cold)
def test_starting_before_check(promise: Promise[Starting], early: History) -> None:
    """From its first moment up to its first check's end the state of a container is starting."""
    assert early.slow is not None
    for service in promise.expect.starting:
        watch = early.slow.watches[service]
        first = min((c.start + c.seconds for c in watch.checks), default=watch.last.at + 1)
        states = [v.health for v in watch.vitals if v.state == "running" and v.at < first]

        assert states, f"{service} was not seen before its first check: {watch.last.state}"
        assert set(states) == {"starting"}, f"{service} before its first check: {states}"


@pytest.mark.promise("healthcheck", expect=Accepts, lane="cold", early=start_cold)
def test_healthy_accepts_clients(promise: Promise[Accepts], early: History) -> None:
    """At no moment of a slow cold start is the service healthy and its client not let in.

    Cannot see: other clients than the documented one.
    """
    assert early.slow is not None
    samples = early.slow.samples[promise.expect.server.service]
    if early.slow.slow != "held":
        # Nothing was seen of what the promise is about.
        raise RuntimeError(f"the start was not slowed down: {early.slow.slow}")

    wrong = [s.answer for s in samples if s.health == "healthy" and s.answer != "answered"]
    assert not wrong, f"it is healthy while its client meets: {wrong[0]}"
    last = samples[-1]
    assert (last.health, last.answer) == ("healthy", "answered"), f"in the end it is {last.health}"


@pytest.mark.promise("depends-on", expect=StartsAfter, lane="cold", early=start_cold)
def test_starts_after_healthy(promise: Promise[StartsAfter], early: History) -> None:
    """The service starts after the first passed check of its dependency, and never without one.

    About depends-on: what a service waits for before it starts.

    Cannot see: the order of a restart by the engine, which knows no dependencies.
    """
    expect = promise.expect
    assert early.slow is not None
    started = early.slow.watches[expect.service].last.started
    checks = early.slow.watches[expect.after].checks
    passed = min((c.start + c.seconds for c in checks if c.exit_code == 0), default=None)
    assert passed is not None, f"{expect.after} passed no check: {checks}"
    assert started >= passed, f"it started {passed - started:.1f} s before {expect.after}"

    refused = early.refused[expect.overlay]
    state = refused.states[expect.service].state
    assert refused.up.exit_code not in (0, None), f"beside an unhealthy one: {refused.up.short}"
    assert state in ("created", "missing"), f"beside an unhealthy {expect.after}: {state}"


@pytest.mark.promise("depends-on", expect=Message, lane="cold", early=start_cold)
def test_unhealthy_message(promise: Promise[Message], early: History) -> None:
    """`docker compose up -d` fails and says so of the unhealthy container."""
    refused = early.refused[promise.expect.overlay]

    assert refused.up.exit_code not in (0, None), f"up -d: {refused.up.short}"
    assert promise.expect.message in refused.said, f"it said: {refused.up.short}"


@pytest.mark.promise("healthcheck", expect=Usable, lane="cold", early=start_cold)
def test_healthy_is_usable(promise: Promise[Usable], early: History) -> None:
    """A server that refuses every write does not count as healthy."""
    seen = early.spoiled[promise.expect.server.service]
    assert seen.before == "answered", f"before: {seen.before}"
    assert seen.after != "answered", "it still takes writes"

    passed = sum(check.exit_code == 0 for check in seen.watch.checks)
    assert seen.watch.last.health != "healthy", (
        f"it is healthy {seen.watch.seconds:.0f} s after it began to answer {seen.after}; "
        f"{passed} health checks passed meanwhile"
    )

"""Freezes: what the health checks say of services that stand still, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.freezes import Freezes, Frozen
    from fixtures.postgres import Answer, Postgres
    from fixtures.promises import Promise
    from fixtures.wanted import Wanted

LATE = 1.5
"""Seconds by which a busy engine may end a health check too late."""


@dataclass(frozen=True, slots=True)
class Unhealthy:
    unhealthy_after: dict[str, int]
    """How many failed health checks in a row make each unhealthy."""


@dataclass(frozen=True, slots=True)
class UnhealthyWhenSilent:
    unhealthy_when_silent: list[str]
    """Services that become unhealthy once they stand still."""


@dataclass(frozen=True, slots=True)
class Timeout:
    service: terms.Service
    enforced_timeout_seconds: float
    """After how long the engine ends a check that gets no answer."""
    retries: int
    """Failures in a row after which Docker says unhealthy."""


@dataclass(frozen=True, slots=True)
class RestartedWhenUnhealthy:
    retries: dict[str, int]
    """By service, the failures in a row after which it is unhealthy."""
    periods: int
    """How many periods of its health check it may take."""


@dataclass(frozen=True, slots=True)
class Cure:
    server: Server
    retries: int
    """Failures in a row after which Docker says unhealthy."""
    command: terms.Command
    within_seconds: terms.WithinSeconds


@dataclass(frozen=True, slots=True)
class History:
    """What happened to each service, and what the restarted ones still hold."""

    frozen: dict[str, Frozen]
    kept: dict[str, Answer]


def freeze(wanted: Wanted, freezes: Freezes, postgres: Postgres) -> History:
    """Stop the services until they are unhealthy, hold them, cure them; all at the same time."""
    held = [one.expect for one in wanted.of(RestartedWhenUnhealthy)]
    failures: dict[str, int] = {}
    for one in wanted.of(Timeout):
        failures[one.expect.service] = one.expect.retries
    for one in wanted.of(Cure):
        failures[one.expect.server.service] = one.expect.retries
    for expect in held:
        failures |= expect.retries
    for one in wanted.of(Unhealthy):
        failures |= one.expect.unhealthy_after
    for one in wanted.of(UnhealthyWhenSilent):
        for service in one.expect.unhealthy_when_silent:
            failures.setdefault(service, 0)
    hold = {service: expect.periods for expect in held for service in expect.retries}
    cures: dict[str, Cure] = {p.expect.server.service: p.expect for p in wanted.of(Cure)}

    for cure in cures.values():
        postgres.run(cure.server, "CREATE TABLE stackproof_frozen AS SELECT 42 AS answer")
    for service, count in failures.items():
        if service in cures:
            freezes.plan(
                service,
                count,
                hold.get(service, 0),
                cures[service].command,
                cures[service].within_seconds,
            )
        else:
            freezes.plan(service, count, hold.get(service, 0))
    seen = freezes.all()
    kept = {
        s: postgres.run(c.server, "SELECT answer FROM stackproof_frozen") for s, c in cures.items()
    }
    return History(seen, kept)


@pytest.mark.promise(
    "healthcheck", expect=Unhealthy, lane="freeze", early=freeze, disturbs="unhealthy_after"
)
def test_unhealthy_after_failures(
    promise: Promise[Unhealthy], early: History, unobservable: Callable[[str], NoReturn]
) -> None:
    """A healthy service that stands still is unhealthy after exactly so many failures in a row.

    Of one whose check fails while it serves, nothing can be seen.
    """
    for service, failures in promise.expect.unhealthy_after.items():
        seen = early.frozen[service]
        if seen.before.last.health == "unhealthy":
            unobservable(f"{service} was unhealthy before it was stopped")
        wrong = not_fallen(seen, failures)

        assert not wrong, f"{service} {wrong}"


@pytest.mark.promise(
    "healthcheck",
    expect=UnhealthyWhenSilent,
    lane="freeze",
    early=freeze,
    disturbs="unhealthy_when_silent",
)
def test_unhealthy_when_silent(promise: Promise[UnhealthyWhenSilent], early: History) -> None:
    """A healthy service that stands still is unhealthy after its retries, healthy once it goes on.

    How many retries those are is a promise of its own.

    Cannot see: servers that answer, and wrongly.
    """
    for service in promise.expect.unhealthy_when_silent:
        seen = early.frozen[service]
        wrong = not_fallen(seen, seen.retries)

        assert not wrong, f"{service} {wrong}"
        assert seen.cured.last.health == "healthy", f"{service} stays {seen.cured.last.health}"


def not_fallen(seen: Frozen, failures: int) -> str:
    """Return what is wrong where a frozen service did not fall at this failure and no other.

    Raises `RuntimeError` where it was not healthy yet, or could not be frozen.
    """
    if seen.before.last.health == "starting":
        raise RuntimeError(f"still starting after {seen.before.seconds:.0f} s")
    if seen.before.last.health != "healthy":
        return f"was {seen.before.last.health} before"
    if seen.word != "frozen":
        raise RuntimeError(f"could not be stopped: {seen.word}")
    last = seen.falling.last
    if last.health != "unhealthy":
        seconds = seen.falling.seconds
        return f"is {last.health} with {last.streak} failures, {seconds:.0f} s after it was stopped"
    if last.streak != failures:
        return f"is unhealthy at failure {last.streak}"
    streaks = [vital.streak for vital in seen.falling.vitals if vital.health == "healthy"]
    return "" if streaks == list(range(failures)) else f"was healthy at failures {streaks}"


@pytest.mark.promise("healthcheck", expect=Timeout, lane="freeze", early=freeze, disturbs="service")
def test_timeout(promise: Promise[Timeout], early: History) -> None:
    """The engine itself ends a health check that gets no answer, and counts it as failed."""
    expect = promise.expect
    checks = early.frozen[expect.service].falling.checks
    # One that began before the service was stopped may have had its answer.
    ended = [check for check in checks if check.exit_code == -1]

    assert ended, f"the engine ended no health check; they took {[c.seconds for c in checks]} s"
    took = sorted(check.seconds for check in ended)
    assert took[0] >= expect.enforced_timeout_seconds - 0.1, f"ended after {took[0]} s"
    # A busy machine makes any of them late, the shortest least.
    assert took[0] <= expect.enforced_timeout_seconds + LATE, f"ended after {took} s"


@pytest.mark.promise("restart", expect=RestartedWhenUnhealthy, lane="freeze", early=freeze)
def test_restarted_when_unhealthy(promise: Promise[RestartedWhenUnhealthy], early: History) -> None:
    """Each unhealthy container is started again within so many periods of its health check.

    Where none stays as it is, but not all have become unhealthy, nothing can be said.
    """
    left, untried = [], []
    for service in promise.expect.retries:
        seen = early.frozen[service]
        fallen, held = seen.falling.last, seen.held.last
        if fallen.health != "unhealthy":
            untried.append(f"{service} did not become unhealthy: {fallen.health}")
        elif (held.started, held.restarts) == (fallen.started, fallen.restarts):
            left.append(
                f"{service} is {held.health} for {seen.held.seconds:.0f} s and was not started"
                f" again: the engine counts {held.restarts} restarts"
            )

    assert not left, "; ".join(left)
    if untried:
        raise RuntimeError("; ".join(untried))


@pytest.mark.promise("repair", expect=Cure, lane="freeze", early=freeze)
def test_restart_cures(promise: Promise[Cure], early: History) -> None:
    """The documented restart makes an unhealthy service healthy again, with its data.

    About repair: documented cures: first the illness is made, then the commands are run.

    Cannot see: other illnesses than a process that stands still.
    """
    expect = promise.expect
    seen = early.frozen[expect.server.service]
    assert seen.falling.last.health == "unhealthy", f"it was {seen.falling.last.health} before"
    assert seen.cure is not None
    assert seen.cure.exit_code == 0, seen.cure.short

    last = seen.cured.last
    assert last.started != seen.falling.last.started, "it was not started again"
    assert last.health == "healthy", (
        f"it is {last.health} {expect.within_seconds:g} s after the restart"
    )
    kept = early.kept[expect.server.service]
    assert kept.rows == ((42,),), f"what was stored before: {kept.word}, {kept.rows}"

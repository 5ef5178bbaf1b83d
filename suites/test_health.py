"""Health: how often services are probed, what the probe says, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.health import Health
    from fixtures.promises import Promise

LATE = 1.5
"""Seconds: the engine waits one interval after a probe has ended, then starts a process."""


@dataclass(frozen=True, slots=True)
class Interval:
    service: terms.Service
    interval_seconds: float
    """From the end of one check to the start of the next."""


@pytest.mark.promise("healthcheck", expect=Interval, late=True)
def test_interval(promise: Promise[Interval], health: Health) -> None:
    """A probe starts one interval after the one before has ended, by the engine's own clock.

    About healthcheck: how Docker checks a service, and what its verdict is worth.

    Cannot see: the interval while a check hangs.
    """
    expect = promise.expect
    told, promised = health.interval(expect.service), expect.interval_seconds

    assert told == promised, f"the engine was told {told} s"
    within = health.left(expect.service, 2 * (promised + LATE) + 5)
    gaps = health.gaps(expect.service, at_least=1, within=within)

    assert gaps, f"no second probe within {within:.0f} s"
    # A busy machine makes a gap longer, nothing makes one shorter.
    shortest = min(gaps)
    assert promised - 0.2 <= shortest <= promised + LATE, f"{shortest} s between probes"


@dataclass(frozen=True, slots=True)
class Output:
    service: terms.Service
    output_contains: str
    """What the last successful check printed holds this."""


@pytest.mark.promise("healthcheck", expect=Output)
def test_output(promise: Promise[Output], health: Health) -> None:
    """What the last successful probe printed holds this text."""
    expect = promise.expect
    health.runs(expect.service, at_least=1, within=health.left(expect.service, 40))
    printed = [entry["Output"] for entry in health.log(expect.service) if entry["ExitCode"] == 0]

    assert printed, "no probe has succeeded"
    assert expect.output_contains in printed[-1], f"it printed {printed[-1].strip()!r}"


@dataclass(frozen=True, slots=True)
class PassedCheck:
    services: terms.Services
    successes: int
    """Passed checks before the state is healthy."""


@pytest.mark.promise("healthcheck", expect=PassedCheck, late=True)
def test_passed_check_makes_healthy(promise: Promise[PassedCheck], health: Health) -> None:
    """So many successful probes, and no more, come before the state is healthy."""
    for service in promise.expect.services:
        health.require_start(service)
        within = health.left(service, 60)
        runs = health.runs(service, at_least=promise.expect.successes, within=within)
        status = health.eventually(service, "healthy", within=2)
        became = health.became(service, "healthy")

        assert status == "healthy", f"{service} is {status} after {len(runs)} probes"
        assert became, f"no event says that {service} became healthy"
        # The engine tells of a probe's end and of the new state at once, in either order.
        latest = became[0] + 0.5
        passed = [r for r in runs if r.exit_code == 0 and r.end is not None and r.end <= latest]
        assert len(passed) == promise.expect.successes, f"{service}: after {len(passed)} successes"


@dataclass(frozen=True, slots=True)
class BecomesHealthy:
    service: terms.Service
    healthy_within_seconds: float
    """From the container's start to healthy."""


@pytest.mark.promise("healthcheck", expect=BecomesHealthy, late=True)
def test_becomes_healthy(promise: Promise[BecomesHealthy], health: Health) -> None:
    """The service is reported healthy within so many seconds from its start."""
    expect, within = promise.expect, promise.expect.healthy_within_seconds
    health.require_start(expect.service)
    seconds = health.left(expect.service, within)
    status = health.eventually(expect.service, "healthy", within=seconds)
    said = [entry["Output"].strip() for entry in health.log(expect.service)][-1:]

    assert status == "healthy", f"{status} {within:g} s after its start; it said {said}"

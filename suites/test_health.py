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
OUTPUT, PASSED = 40.0, 60.0
"""Seconds from a service's start in which a check may pass that has failed before."""


@dataclass(frozen=True, slots=True)
class Interval:
    service: terms.Service
    interval_seconds: float
    """From the end of one check to the start of the next."""


@pytest.mark.promise("healthcheck", expect=Interval, late=True)
def test_interval(promise: Promise[Interval], health: Health) -> None:
    """A probe starts one interval after the one before has ended, by the engine's own clock.

    Only probes count that began after the service was no longer starting, or after its start
    period: until then newer engines keep to a start interval.

    About healthcheck: how Docker checks a service, and what its verdict is worth.

    Cannot see: the interval while a check hangs, or during a start period.
    """
    expect = promise.expect
    told, promised = health.interval(expect.service), expect.interval_seconds

    assert told == promised, f"the engine was told {told} s"
    timing = health.timing(expect.service)
    # The probes take their time too, and one that began in the start period does not count.
    age = timing.start_period + 2 * (promised + LATE + timing.timeout) + 5
    if timing.start_period:
        age += promised + LATE + timing.timeout
    within = health.left(expect.service, age)
    gaps = health.gaps(expect.service, at_least=1, within=within)

    assert gaps, f"no second probe within {within:.0f} s"
    # A busy machine makes a gap longer, nothing makes one shorter: one alone may have been so.
    if min(gaps) > promised + LATE:
        another = promised + LATE + timing.timeout + 5
        gaps = health.gaps(expect.service, at_least=len(gaps) + 1, within=another)
    shortest = min(gaps)
    assert promised - 0.2 <= shortest <= promised + LATE, f"{shortest} s between probes"


@dataclass(frozen=True, slots=True)
class Output:
    service: terms.Service
    output_contains: str
    """What the last successful check printed holds this."""


@pytest.mark.promise("healthcheck", expect=Output)
def test_output(promise: Promise[Output], health: Health) -> None:
    """What the last successful probe printed holds this text.

    A probe has the time to succeed that the engine gives the service until it is unhealthy.
    """
    expect = promise.expect
    printed = health.printed(expect.service, OUTPUT)

    assert printed, "no probe has succeeded"
    assert expect.output_contains in printed[-1], f"it printed {printed[-1].strip()!r}"


@dataclass(frozen=True, slots=True)
class PassedCheck:
    services: terms.Services
    successes: int
    """Passed checks before the state is healthy."""


@pytest.mark.promise("healthcheck", expect=PassedCheck, late=True)
def test_passed_check_makes_healthy(promise: Promise[PassedCheck], health: Health) -> None:
    """So many successful probes, and no more, come before the state is healthy.

    They have the time to succeed that the engine gives the service until it is unhealthy.
    """
    for service in promise.expect.services:
        health.require_start(service)
        runs = health.passed(service, promise.expect.successes, PASSED)
        status = health.eventually(service, "healthy", within=2)
        became = health.became(service, "healthy")

        assert status == "healthy", f"{service} is {status} after {len(runs)} successes"
        assert became, f"no event says that {service} became healthy"
        # The engine tells of a probe's end and of the new state at once, in either order.
        latest = became[0] + 0.5
        passed = [run for run in runs if run.end is not None and run.end <= latest]
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

"""Health check settings: command, interval, timeout and retries that the compose file declares."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.health import Health
    from fixtures.promises import Promise

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
DEFAULTS = {"interval": "30s", "timeout": "30s", "retries": 3}
"""What the engine takes where nothing is declared (Dockerfile reference, HEALTHCHECK)."""


@dataclass(frozen=True, slots=True)
class HealthChecked:
    services: terms.Services


@pytest.mark.promise("healthcheck", expect=HealthChecked)
def test_every_service_is_health_checked(promise: Promise[HealthChecked], config: Config) -> None:
    """Each of these services declares a health check that is not switched off."""
    for service in promise.expect.services:
        test = enabled(config, service).get("test", [])

        assert test, f"{service} declares no command"


@dataclass(frozen=True, slots=True)
class CheckCommand:
    service: terms.Service
    command: terms.Command
    more_words: bool = False
    """Whether the command may have more words after these."""


@pytest.mark.promise("healthcheck", expect=CheckCommand)
def test_healthcheck_command(promise: Promise[CheckCommand], config: Config) -> None:
    """The health check runs these words, in a shell or without one; more only where allowed."""
    declared = enabled(config, promise.expect.service).get("test")

    assert isinstance(declared, list), f"no command of its own: {declared}"
    expected = shlex.split(promise.expect.command)
    seen = spoken(declared)
    assert (seen[: len(expected)] if promise.expect.more_words else seen) == expected


@pytest.mark.promise("healthcheck", expect=CheckCommand, lane="shared")
def test_command_that_runs(promise: Promise[CheckCommand], health: Health) -> None:
    """The engine itself runs these words to check the service; more only where allowed.

    Cannot see: whether what it checks is worth checking: forms with `server` see that.
    """
    expect = promise.expect
    expected = shlex.split(expect.command)
    seen = health.command(expect.service)

    assert (seen[: len(expected)] if expect.more_words else seen) == expected


@dataclass(frozen=True, slots=True)
class CheckTimeout:
    service: terms.Service
    timeout_seconds: float
    """The timeout."""


@pytest.mark.promise("healthcheck", expect=CheckTimeout)
def test_healthcheck_timeout(promise: Promise[CheckTimeout], config: Config) -> None:
    """The health check declares this timeout, or has it as Docker's default."""
    _, timeout, _ = settings(config, promise.expect.service)

    assert timeout == promise.expect.timeout_seconds, f"timeout {timeout} s"


@dataclass(frozen=True, slots=True)
class CheckRetries:
    service: terms.Service
    retries: int
    """Failures in a row after which Docker says unhealthy."""


@pytest.mark.promise("healthcheck", expect=CheckRetries)
def test_healthcheck_retries(promise: Promise[CheckRetries], config: Config) -> None:
    """The health check declares this number of retries, or has it as Docker's default."""
    _, _, retries = settings(config, promise.expect.service)

    assert retries == promise.expect.retries, f"{retries} retries"


@dataclass(frozen=True, slots=True)
class CheckTable:
    table: dict[str, list[float]]
    """By service: interval and timeout in seconds, and retries."""


@pytest.mark.promise("healthcheck", expect=CheckTable)
def test_healthcheck_table(promise: Promise[CheckTable], config: Config) -> None:
    """Interval, timeout and retries of every service are those of the table."""
    seen = {service: list(settings(config, service)) for service in promise.expect.table}

    assert seen == promise.expect.table


def settings(config: Config, service: str) -> tuple[float, float, int]:
    """Return interval and timeout in seconds and the retries of the check of *service*."""
    check = config.service(service, "healthcheck")
    # The image may have one, of which the file then says nothing.
    declared = DEFAULTS | ({} if check == "absent" else enabled(config, service))
    return (
        seconds(str(declared["interval"])),
        seconds(str(declared["timeout"])),
        int(str(declared["retries"])),
    )


def enabled(config: Config, service: str) -> dict[str, Any]:
    """Return the health check that *service* declares and does not switch off."""
    check = config.service(service, "healthcheck")

    assert isinstance(check, dict), f"{service} declares no health check"
    off = check.get("disable", False) or check.get("test", [""])[0] == "NONE"
    assert not off, f"{service} switches its health check off"
    return check


def spoken(test: list[str]) -> list[str]:
    """Return the words that a health check runs, whichever form declares it."""
    return shlex.split(test[1]) if test[0] == "CMD-SHELL" else test[1:]


def seconds(duration: str) -> float:
    """Return a duration in Go's spelling, such as ``1m30s`` or ``10000ms``, in seconds."""
    parts = re.findall(r"([0-9.]+)(h|ms|us|µs|ns|m|s)", duration)
    return round(sum(float(number) * UNITS[unit] for number, unit in parts), 9)

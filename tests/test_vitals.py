"""Vitals: what the engine's words about a container become."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.events import instant
from fixtures.evidence import Evidence
from fixtures.lanes import Lane
from fixtures.redaction import Redactor
from fixtures.vitals import MISSING, Check, Vitals


class Recorded:
    """A lane whose engine answers what one of 20.10 answered, one inspection after another."""

    def __init__(self, *inspections: dict[str, Any]) -> None:
        self._left = list(inspections)

    def container(self, service: str) -> SimpleNamespace:
        if not self._left:
            raise LookupError(f"service {service} has no container")
        return SimpleNamespace(attrs=self._left.pop(0))


def inspected(health: str, streak: int, *log: tuple[str, str, int]) -> dict[str, Any]:
    entries = [{"Start": start, "End": end, "ExitCode": code} for start, end, code in log]
    return {
        "RestartCount": 0,
        "State": {
            "Status": "running",
            "StartedAt": "2126-11-20T10:00:00.123456789Z",
            "ExitCode": 0,
            "Health": {"Status": health, "FailingStreak": streak, "Log": entries},
        },
    }


def vitals(*inspections: dict[str, Any]) -> Vitals:
    return Vitals(cast("Lane", Recorded(*inspections)), Evidence(Redactor()))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:00:01.123456789Z", 1.123456),
        ("1970-01-01T01:00:02.123456789+01:00", 2.123456),
        ("0001-01-01T00:00:00Z", 0.0),
    ],
)
def test_instant_is_seconds_since_the_epoch(text: str, seconds: float) -> None:
    assert instant(text) == pytest.approx(seconds)


def test_watch_keeps_changes_and_ends_with_what_was_waited_for() -> None:
    seen = vitals(
        inspected("healthy", 0), inspected("healthy", 0), inspected("healthy", 1),
        inspected("unhealthy", 2),
    ).watch("db", lambda vital: vital.health == "unhealthy", within=5, every=0)  # fmt: skip

    assert [(v.health, v.streak) for v in seen.vitals] == [
        ("healthy", 0), ("healthy", 1), ("unhealthy", 2),
    ]  # fmt: skip
    assert seen.last.health == "unhealthy"


def test_watch_leaves_out_checks_of_before() -> None:
    old = ("2020-11-20T10:00:00Z", "2020-11-20T10:00:01Z", 0)
    new = ("2126-11-20T10:00:10Z", "2126-11-20T10:00:15.5Z", -1)

    seen = vitals(inspected("healthy", 1, old, new)).watch("db", lambda _: True, within=0)

    assert seen.checks == (Check(instant(new[0]), 5.5, -1),)


def test_service_without_container_is_missing() -> None:
    assert vitals().now("db").state == MISSING

"""Printed tables: what `docker compose ps` shows, against what the engine holds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .exits import code

if TYPE_CHECKING:
    from fixtures.lanes import Lane
    from fixtures.promises import Promise
    from fixtures.shell import Shell

HEALTH = re.compile(r"\((healthy|unhealthy|health: starting)\)")


@dataclass(frozen=True, slots=True)
class HealthShown:
    command: terms.Command
    shows_health: list[str]
    """Containers whose health is shown as the engine holds it."""


@pytest.mark.promise("printed-command", expect=HealthShown, lane="as-printed")
def test_health_shown(promise: Promise[HealthShown], shell: Shell, lane: Lane) -> None:
    """Each container's line shows the health that the engine holds for it at that moment."""
    before = engine_health(lane, promise.expect.shows_health)
    answer = shell.run(promise.expect.command)
    after = engine_health(lane, promise.expect.shows_health)

    assert code(answer) == 0, answer.short
    for name in promise.expect.shows_health:
        line = line_of(answer.stdout, name)
        shown = HEALTH.search(line)
        assert name in after, f"no container is called {name}"
        assert shown, f"no health in the line of {name}: {line!r}"
        word = shown.group(1).removeprefix("health: ")
        assert word in (before.get(name), after[name]), f"{name} is {after[name]}, shown as {word}"


@dataclass(frozen=True, slots=True)
class AllHealthy:
    command: terms.Command
    shows_healthy: list[str]
    """Containers that are shown as up and healthy."""


@pytest.mark.promise("printed-command", expect=AllHealthy, lane="as-printed")
def test_all_healthy_after_start(promise: Promise[AllHealthy], shell: Shell) -> None:
    """Run at once after `up -d`, it shows every container as up and healthy."""
    assert promise.expect.command == "docker compose ps"
    printed = shell.after_up()
    lines = {name: line_of(printed, name) for name in promise.expect.shows_healthy}
    others = {
        name: " ".join(line.split()) or "no line"
        for name, line in lines.items()
        if not re.search(r"\bUp\b.*\(healthy\)", line)
    }

    assert not others, f"not up and healthy: {others}"


@dataclass(frozen=True, slots=True)
class PortsShown:
    command: terms.Command
    shows_ports: dict[str, list[str]]
    """By container, its published ports as they are shown."""


@pytest.mark.promise("printed-command", expect=PortsShown, lane="as-printed")
def test_ports_shown(promise: Promise[PortsShown], shell: Shell) -> None:
    """Each container's published ports, by fields, are those of the document and no other."""
    printed = shell.run(promise.expect.command)
    fields = shell.run(f"{promise.expect.command} --format json")

    assert code(printed) == code(fields) == 0, printed.short
    seen = {row["Name"]: publishers(row) for row in rows(fields.stdout)}
    expected = {
        name: {one for text in texts for one in spread(text)}
        for name, texts in promise.expect.shows_ports.items()
    }
    assert seen == expected
    assert all(line_of(printed.stdout, name) for name in expected)


def rows(printed: str) -> list[dict[str, Any]]:
    """Return the rows of `ps --format json`: an array before Compose 2.21, then one a line."""
    if printed.lstrip().startswith("["):
        return list(json.loads(printed))
    return [json.loads(line) for line in printed.splitlines() if line.strip()]


def publishers(row: dict[str, Any]) -> set[str]:
    """Return the published ports of a row as documents print them; IPv6 doubles left out."""
    return {
        f"{p['URL']}:{p['PublishedPort']}->{p['TargetPort']}/{p['Protocol']}"
        for p in row["Publishers"] or []
        if p["PublishedPort"] and ":" not in p["URL"]
    }


def spread(text: str) -> list[str]:
    """Return ``0.0.0.0:9000-9001->9000-9001/tcp`` as one text a port."""
    found = re.fullmatch(r"(.+):(\d+)(?:-(\d+))?->(\d+)(?:-\d+)?/(\w+)", text)
    assert found, f"{text!r} is not as `docker compose ps` prints ports"
    address, first, last, target, protocol = found.groups()
    count = int(last or first) - int(first) + 1
    return [f"{address}:{int(first) + i}->{int(target) + i}/{protocol}" for i in range(count)]


def line_of(printed: str, name: str) -> str:
    """Return the line of a table that begins with *name*, empty where there is none."""
    return next((line for line in printed.splitlines() if line.split()[:1] == [name]), "")


def engine_health(lane: Lane, names: list[str]) -> dict[str, str]:
    """Return the health that the engine holds for each container of the lane, by its name.

    ``none`` without a check; a name that no container has is missing.
    """
    rows = lane.client.containers.list(
        all=True, filters={"label": f"com.docker.compose.project={lane.project}"}
    )
    found = {}
    for row in rows:
        if row.name in names:
            found[row.name] = (row.attrs["State"].get("Health") or {}).get("Status", "none")
    return found

"""Printed commands: each is run word for word, from a copy that bears the document's own names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fixtures.lanes import Lane
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.transports import Transports

AS_ROOT = 'command -v sudo >/dev/null || { [ "$(id -u)" = 0 ] && sudo() { "$@"; }; }; '
"""Where root runs a command and there is no sudo, the command without it is the same."""
SOON = 5.0
"""Seconds in which what was done shows, in a log for example."""
HEALTH = re.compile(r"\((healthy|unhealthy|health: starting)\)")


@dataclass(frozen=True, slots=True)
class Command:
    command: str
    exit: int = 0
    stdout_contains: list[str] = field(default_factory=list)
    stdout_lacks: list[str] = field(default_factory=list)
    stdout_matches: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    root: str | None = None
    ends: bool = True
    deadline_seconds: float = 20.0
    ready: str | None = None
    before: list[str] = field(default_factory=list)
    """Commands whose effect is to show soon; how they end does not matter."""


@pytest.mark.promise("printed-command", expect=Command, lane="as-printed")
def test_command(promise: Promise[Command], shell: Shell, transports: Transports) -> None:
    """The command prints what is promised, and ends by itself with this exit code if it is to."""
    expect = promise.expect
    if expect.ready is not None:
        transports.settled(expect.ready)
    shell.require(expect.needs)
    if expect.root is not None:
        shell.require_root(expect.root)
    prefix = ""
    if "sudo " in expect.command:
        shell.require_root("sudo may ask for a password; this run is not root's")
        prefix = AS_ROOT
    for command in expect.before:
        shell.run(command, expect.deadline_seconds)
    if expect.before:
        answer = shell.until(expect.command, expect.stdout_contains, SOON)
        assert answer.exit_code == expect.exit, answer.short
    elif expect.ends:
        answer = shell.run(prefix + expect.command, expect.deadline_seconds)
        assert not answer.timed_out, f"no end within {expect.deadline_seconds:g} s"
        assert answer.exit_code == expect.exit, answer.short
    else:
        answer = shell.follow(
            prefix + expect.command,
            expect.deadline_seconds,
            lambda printed: all(text in printed for text in expect.stdout_contains),
        )
    missing = [text for text in expect.stdout_contains if text not in answer.stdout]
    unwanted = [text for text in expect.stdout_lacks if text in answer.stdout]
    missing += [p for p in expect.stdout_matches if not re.search(p, answer.stdout, re.MULTILINE)]

    assert not missing, f"not in what it printed: {missing}; {answer.short}"
    assert not unwanted, f"in what it printed: {unwanted}"


@dataclass(frozen=True, slots=True)
class Conversation:
    command: str
    typed: list[str]
    contains: str
    needs: list[str] = field(default_factory=list)


@pytest.mark.promise("printed-command", expect=Conversation, lane="as-printed")
def test_conversation(promise: Promise[Conversation], shell: Shell) -> None:
    """A terminal opens, what is typed is answered, and `exit` ends it without an error."""
    expect = promise.expect
    shell.require(expect.needs)
    answer = shell.type(expect.command, expect.typed)

    assert not answer.timed_out, f"no end; it printed {answer.short}"
    assert answer.exit_code == 0, answer.short
    assert expect.contains in answer.stdout


@dataclass(frozen=True, slots=True)
class HealthShown:
    command: str
    shows_health: list[str]


@pytest.mark.promise("printed-command", expect=HealthShown, lane="as-printed")
def test_health_shown(promise: Promise[HealthShown], shell: Shell, lane: Lane) -> None:
    """Each container's line shows the health that the engine holds for it at that moment."""
    before = engine_health(lane, promise.expect.shows_health)
    answer = shell.run(promise.expect.command)
    after = engine_health(lane, promise.expect.shows_health)

    assert answer.exit_code == 0, answer.short
    for name in promise.expect.shows_health:
        line = line_of(answer.stdout, name)
        shown = HEALTH.search(line)
        assert shown, f"no health in the line of {name}: {line!r}"
        word = shown.group(1).removeprefix("health: ")
        assert word in (before[name], after[name]), f"{name} is {after[name]}, shown as {word}"


@dataclass(frozen=True, slots=True)
class AllHealthy:
    command: str
    shows_healthy: list[str]


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
    command: str
    shows_ports: dict[str, list[str]]


@pytest.mark.promise("printed-command", expect=PortsShown, lane="as-printed")
def test_ports_shown(promise: Promise[PortsShown], shell: Shell) -> None:
    """Each container's published ports, by fields, are those of the document and no other."""
    printed = shell.run(promise.expect.command)
    fields = shell.run(f"{promise.expect.command} --format json")

    assert printed.exit_code == fields.exit_code == 0, printed.short
    seen = {row["Name"]: publishers(row) for row in rows(fields.stdout)}
    expected = {
        name: {one for text in texts for one in spread(text)}
        for name, texts in promise.expect.shows_ports.items()
    }
    assert seen == expected
    assert all(line_of(printed.stdout, name) for name in expected)


@dataclass(frozen=True, slots=True)
class HealthLog:
    command: str
    needs: list[str]
    keys: list[str]
    entry_keys: list[str]
    most: int = 5


@pytest.mark.promise("printed-command", expect=HealthLog, lane="as-printed")
def test_health_log(promise: Promise[HealthLog], shell: Shell) -> None:
    """It prints the health log as JSON, with so many entries at most."""
    expect = promise.expect
    shell.require(expect.needs)
    answer = shell.run(expect.command)

    assert answer.exit_code == 0, answer.short
    printed = document(answer.stdout)
    assert isinstance(printed, dict), f"no JSON object; {answer.short}"
    assert set(expect.keys) <= set(printed)
    assert 0 < len(printed["Log"]) <= expect.most
    assert all(set(expect.entry_keys) <= set(entry) for entry in printed["Log"])


@dataclass(frozen=True, slots=True)
class Variables:
    command: str
    variables: list[str]


@pytest.mark.promise("printed-command", expect=Variables, lane="as-printed")
def test_environment(promise: Promise[Variables], shell: Shell, lane: Lane) -> None:
    """It prints each variable with the value that stands in .env."""
    answer = shell.run(promise.expect.command)
    lines = answer.stdout.splitlines()
    wrong = [v for v in promise.expect.variables if f"{v}={lane.env.get(v, '')}" not in lines]

    assert answer.exit_code == 0, answer.short
    assert not wrong, f"missing, or another value than in .env: {', '.join(wrong)}"


def document(printed: str) -> Any:
    """Return what is *printed* as JSON, None where it is none."""
    try:
        return json.loads(printed)
    except json.JSONDecodeError:
        return None


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
    """Return the health that the engine holds for each container, ``none`` without a check."""
    found = {}
    for name in names:
        state = lane.client.api.inspect_container(name)["State"]
        found[name] = (state.get("Health") or {}).get("Status", "none")
    return found

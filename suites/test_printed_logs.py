"""Printed log commands: what `docker-compose logs` shows of events that are made meanwhile."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .compose_output import prefixes
from .exits import code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.promises import Promise
    from fixtures.shell import Answer, Shell

WITHIN = 5.0
"""Seconds in which a line is to come."""
EVENTS = 10.0
"""Seconds that the commands which make the lines take, on a machine that is busy."""
MARK = "{token}"


@dataclass(frozen=True, slots=True)
class Event:
    """What makes a line in a service's log: a command, and the text of the line.

    ``{token}`` stands in both for a word that no other line has; without one, lines are counted.
    """

    run: str
    line: str


@dataclass(frozen=True, slots=True)
class Shown:
    command: terms.Command
    events: dict[str, Event]
    """By service, what makes a line in its log."""


@pytest.mark.promise("printed-command", expect=Shown, lane="as-printed")
def test_log_is_shown(promise: Promise[Shown], shell: Shell) -> None:
    """After each event the command shows its line, in a line of that service."""
    expect = promise.expect
    before = shell.run(expect.command).stdout
    token = secrets.token_hex(8)
    for event in expect.events.values():
        shell.run(event.run.replace(MARK, token))
    answer = shell.again(
        expect.command, lambda said: not unseen(expect.events, token, before, said), WITHIN
    )

    assert code(answer) == 0, answer.short
    assert not unseen(expect.events, token, before, answer.stdout)


@dataclass(frozen=True, slots=True)
class Followed:
    command: terms.Command
    shows: dict[str, Event]
    """By service, what makes a line that is to be shown."""


@dataclass(frozen=True, slots=True)
class Alone:
    commands: dict[str, str]
    """The service that each command is to follow, and no other."""
    events: dict[str, Event]
    """By service, what makes a line in its log."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a command showed, the word of its events, and the log before them."""

    answer: Answer
    token: str
    before: str


def followed(promise: Promise[Followed], shell: Shell) -> Seen:
    """Follow the log while each event happens."""
    return follow(shell, promise.expect.command, promise.expect.shows, promise.expect.shows)


def followed_alone(promise: Promise[Alone], shell: Shell) -> dict[str, Seen]:
    """Follow one service after another while events happen in all, in its own last."""
    events = promise.expect.events
    seen = {}
    for command, service in promise.expect.commands.items():
        own = {service: events[service]}
        others = {name: event for name, event in events.items() if name != service}
        seen[command] = follow(shell, command, own, {**others, **own})
    return seen


def follow(shell: Shell, command: str, shows: dict[str, Event], events: dict[str, Event]) -> Seen:
    """Run *command* until it shows *shows*, while *events* happen."""
    token = secrets.token_hex(8)
    before = shell.run(command.replace(" -f", "")).stdout

    def happen() -> None:
        for event in events.values():
            shell.run(event.run.replace(MARK, token))

    answer = shell.follow(
        command, WITHIN + EVENTS, lambda said: not unseen(shows, token, before, said), happen
    )
    return Seen(answer, token, before)


@pytest.mark.promise("printed-command", expect=Followed, lane="as-printed", early=followed)
def test_log_is_followed(promise: Promise[Followed], early: Seen) -> None:
    """It shows a new line of each of these services as it comes, and does not end."""
    assert early.answer.timed_out, f"it ended by itself: {early.answer.short}"
    assert not unseen(promise.expect.shows, early.token, early.before, early.answer.stdout)


@pytest.mark.promise("printed-command", expect=Alone, lane="as-printed", early=followed_alone)
def test_log_is_followed_alone(promise: Promise[Alone], early: dict[str, Seen]) -> None:
    """Each shows a new line of its own service as it comes, none of another, and does not end."""
    events = promise.expect.events
    for command, service in promise.expect.commands.items():
        seen = early[command]
        own = {service: events[service]}
        said = seen.answer.stdout
        others = {name for name in prefixes(said) if not service_of(name, [service])}
        assert seen.answer.timed_out, f"{command} ended by itself: {seen.answer.short}"
        assert not unseen(own, seen.token, seen.before, said), command
        assert not others, f"{command}: also the log of {sorted(others)}"


def unseen(events: dict[str, Event], token: str, before: str, said: str) -> list[str]:
    """Return what of *events* is not in what was *said*, and was not there *before*."""
    missing = []
    for service, event in events.items():
        text = event.line.replace(MARK, token)
        now, then = (count(one, service, text) for one in (said, before))
        if now <= then:
            missing.append(f"{service}: {text}")
    return missing


def count(said: str, service: str, text: str) -> int:
    """Return how many lines of *service* hold *text*."""
    lines = re.findall(r"^(\S+)\s+\|(.*)$", said, re.MULTILINE)
    return sum(text in line for name, line in lines if service_of(name, [service]))


def service_of(name: str, services: Iterable[str]) -> bool:
    """Return whether *name*, as before the bar, is a container of one of *services*."""
    return any(re.fullmatch(rf"(.*[_-])?{re.escape(one)}([_-]\d+)?", name) for one in services)

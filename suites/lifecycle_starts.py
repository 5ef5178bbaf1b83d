"""Starts: what documented commands start, what answers again, and where variables put a port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle import START, STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted

RUNNING = "running"
STEADY = 3.0
"""Seconds in which a service that ends at its start has ended."""
ANSWERS = 30.0
"""Seconds in which a service that was started answers: a database is made first."""


@dataclass(frozen=True, slots=True)
class Up:
    """*command*, where nothing is, starts these services and makes no container of another."""

    command: terms.Command
    started: list[str]
    """Services that have containers afterwards, and no other has."""
    answers: list[Server]
    """Servers that answer."""


@dataclass(frozen=True, slots=True)
class Back:
    """*command* restarts *service* alone, which answers again within *seconds*."""

    command: terms.Command
    service: terms.Service
    port: terms.Port
    speaks: str
    """``postgresql``, ``redis``, ``http`` or ``tls``."""
    seconds: float
    """How long it may take."""


@dataclass(frozen=True, slots=True)
class Moved:
    """*variable* is the host's side of *port*; *command* moves it from *default* to *other*."""

    variable: str
    """A variable of .env."""
    default: int
    other: int
    """The port of the host that .env is given."""
    service: terms.Service
    port: terms.Port
    command: terms.Command
    speaks: str | None = None
    """What answers there; without it a connection is enough."""
    inside: str | None = None
    """``name:port`` at which the service answers on the default network, whatever the host has."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A value of *variable* in .env has effect with *command*: *service* is made anew with it."""

    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    command: terms.Command
    service: terms.Service
    port: terms.Port


@dataclass(frozen=True, slots=True)
class Started:
    """What a start left, and the word of each door."""

    answer: Answer
    states: States
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """A restart of one service, and the word with which it then answered."""

    answer: Answer
    before: States
    after: States
    word: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a port is: what the old and the new number of the host and the inner name answer."""

    answer: Answer
    first: str
    old: str
    new: str
    inside: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The containers before and after the command, and the port of the host afterwards."""

    answer: Answer
    before: States
    after: States
    published: int | None


def up(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Run each command where nothing is."""

    def look(expect: Up) -> Started:
        cycle.shell.run("docker compose down -v -t 0", START)
        answer = cycle.shell.run(expect.command, START)
        states = cycle.states.steady(STEADY)
        words = {
            one.service: cycle.talks.eventually(one.service, one.port, one.protocol, ANSWERS)
            for one in expect.answers
            if one.service in states
        }
        return Started(answer, states, words)

    # The command that starts most comes last: other phases find the stack as it was.
    promises = sorted(wanted.of(Up), key=lambda promise: len(promise.expect.started))
    return each(promises, look)


def restart(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Restart one service after another."""

    def look(expect: Back) -> Answered:
        before = cycle.states.states()
        answer = cycle.shell.run(expect.command, STEP)
        word = cycle.talks.eventually(expect.service, expect.port, expect.speaks, expect.seconds)
        after = cycle.states.states()
        if expect.service not in after or after[expect.service].status != RUNNING:
            # The phases that follow are about something else.
            cycle.shell.run("docker compose up -d --force-recreate", START)
        return Answered(answer, before, after, word)

    return each(wanted.of(Back), look)


def move(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Give all variables their other values at once, run each command, and put them back."""
    moved, edited = wanted.of(Moved), wanted.of(Edited)
    old = cycle.env_file.values()
    first = {p.expect.variable: word(cycle, p.expect.default, p.expect.speaks) for p in moved}
    before = cycle.states.states()
    new = {p.expect.variable: str(p.expect.other) for p in moved}
    new |= {p.expect.variable: p.expect.value for p in edited}
    cycle.env_file.change(new)
    commands = dict.fromkeys(p.expect.command for p in (*moved, *edited))
    answers = {command: cycle.shell.run(command, START) for command in commands}
    after = cycle.states.states()

    def look(expect: Moved) -> Place:
        inside = ""
        if expect.inside and expect.speaks:
            inside = cycle.talks.inside("default", expect.inside, expect.speaks)
        return Place(
            answers[expect.command],
            first[expect.variable],
            word(cycle, expect.default, expect.speaks, 0.0),
            word(cycle, expect.other, expect.speaks),
            inside,
        )

    def apply(expect: Edited) -> Applied:
        published = cycle.talks.published(expect.service, expect.port)
        return Applied(answers[expect.command], before, after, published)

    seen = each(moved, look) | each(edited, apply)
    cycle.env_file.change({name: old[name] for name in new})
    for command in commands:
        cycle.shell.run(command, START)
    return seen


def word(cycle: Cycle, port: int, protocol: str | None, within: float = ANSWERS) -> str:
    """Return what *port* of this host answers: the word of its protocol, or of a connection."""
    if protocol is None:
        return cycle.host.connect([port])[port]
    return cycle.talks.at(("127.0.0.1", port), protocol, within)

"""Companion starts: each further compose file of a document brought up, and looked at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle_starts import STEADY
from .servers import Server

if TYPE_CHECKING:
    from fixtures.companions import Companions
    from fixtures.cycles import Cycle
    from fixtures.redis import Redis
    from fixtures.shell import Answer
    from fixtures.states import States

ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Beside:
    """*command* starts these services, and touches none of the stack."""

    command: terms.Command
    beside: list[Server]
    """Servers that it starts."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What is written to what *command* starts is not in the stack's own stores."""

    command: terms.Command
    database: Server
    """A database that both projects have."""
    insert: str
    """A statement that writes ``{token}``."""
    select: str
    """A statement that finds it."""
    cache: Server
    """A Redis that both projects have."""


@dataclass(frozen=True, slots=True)
class OnTop:
    """*command* ends well, and every service of the merged files runs."""

    command: terms.Command
    every_service: bool
    """Whether each service of the merged files runs."""


@dataclass(frozen=True, slots=True)
class OtherEnv:
    """With *value* for *variable* in *file*, a copy of the template, *service* has it."""

    command: terms.Command
    file: str
    """A file below the stack's folder."""
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    service: terms.Service


@dataclass(frozen=True, slots=True)
class SeenBeside:
    """The stack before and after, the project that was started, and what its doors answered."""

    answer: Answer
    own: bool
    before: States
    after: States
    words: dict[str, str]
    clashes: tuple[str, ...] = ()
    """What the files, as printed, give to both projects."""


@dataclass(frozen=True, slots=True)
class SeenApart:
    """What was written, what was found where, and the volumes that both projects use."""

    written: str
    there: Any
    in_stack: Any
    cached: Any
    cached_in_stack: Any
    shared: tuple[str, ...]
    unseen: dict[str, str] = field(default_factory=dict)
    """Why there was no look into a store of the stack, by its service."""


@dataclass(frozen=True, slots=True)
class SeenOnTop:
    """How the command ended, the services of the files, and what ran on afterwards."""

    answer: Answer
    services: tuple[str, ...]
    before: States
    states: States


@dataclass(frozen=True, slots=True)
class SeenOtherEnv:
    """How the command ended, and what the container has."""

    answer: Answer
    value: str


def beside(cycle: Cycle, companions: Companions, expect: Beside) -> SeenBeside:
    """Start the command's services while the stack runs."""
    before = cycle.states.states()
    started = companions.up(expect.command)
    words = {}
    for server in expect.beside:
        try:
            address = companions.address(started, server.service, server.port)
        except LookupError as error:
            words[server.service] = str(error)
        else:
            words[server.service] = cycle.talks.at(address, server.protocol, 30.0)
    after = cycle.states.states()
    clashes: tuple[str, ...] = ()
    if started.own:
        stores = [server.service for server in expect.beside]
        clashes = (*companions.shared(started, stores), *companions.taken(started))
    return SeenBeside(started.answer, started.own, before, after, words, clashes)


def apart(cycle: Cycle, redis: Redis, companions: Companions, expect: Apart) -> SeenApart:
    """Write to the stores that the command starts, and look for it in those of the stack."""
    started = companions.up(expect.command)
    token = secrets.token_hex(8)
    base, cache = expect.database, expect.cache
    at = companions.address(started, base.service, base.port)
    cycle.talks.at(at, "postgresql", 30.0)
    words = [part.replace("{token}", token) for part in (expect.insert, expect.select)]
    written = cycle.postgres.run(base, words[0], at=at)
    there = cycle.postgres.run(base, words[1], at=at)
    in_stack = cycle.postgres.run(base, words[1])
    near = companions.address(started, cache.service, cache.port)
    redis.ask(cache, "SET", token, "1", at=near)
    cached_in_stack = redis.ask(cache, "EXISTS", token)
    looks = {base.service: (in_stack.word, "done"), cache.service: (cached_in_stack.word, ANSWERED)}
    unseen = {service: word for service, (word, right) in looks.items() if word != right}
    shared = {*(companions.volumes(started) & companions.volumes(companions.stack()))}
    if started.own:
        shared |= {*companions.shared(started, (base.service, cache.service))}
    return SeenApart(
        written.word,
        there.rows,
        in_stack.rows,
        redis.ask(cache, "EXISTS", token, at=near).value,
        cached_in_stack.value,
        tuple(sorted(shared)) if started.own else (*sorted(shared), "all: it is one project"),
        unseen,
    )


def on_top(cycle: Cycle, companions: Companions, expect: OnTop) -> SeenOnTop:
    """Start the stack with the file on top."""
    before = cycle.states.states()
    started = companions.up(expect.command)
    # Without a health check nothing waits for a service that ends right after its start.
    states = cycle.states.steady(STEADY, of=started, since=before)
    return SeenOnTop(started.answer, started.services, before, states)


def other_env(cycle: Cycle, companions: Companions, expect: OtherEnv) -> SeenOtherEnv:
    """Make the file with another value, start the stack, and read what the container has."""
    values = cycle.env_file.values() | {expect.variable: expect.value}
    companions.write(expect.file, "".join(f"{key}={value}\n" for key, value in values.items()))
    started = companions.up(expect.command)
    container = companions.containers(started).get(expect.service)
    entries = container.attrs["Config"]["Env"] or [] if container else []
    value = dict(one.partition("=")[::2] for one in entries).get(expect.variable, "absent")
    return SeenOtherEnv(started.answer, value)

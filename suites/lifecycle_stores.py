"""Stores through their documented restarts, kills, copies and restores, compared in content."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .lifecycle import STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Log:
    """What the service's log says when it stops in order, and when it starts after a crash."""

    stopping: str
    """What the log says at a stop in order."""
    recovering: str
    """What the log says at a start after a crash."""


@dataclass(frozen=True, slots=True)
class Restart:
    """*command* starts the container of *server* anew, which answers *within_seconds*."""

    command: str
    server: Server
    within_seconds: float
    log: Log | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """*commands* kill the server that holds *rows* committed rows, and start it again."""

    commands: list[str]
    server: Server
    rows: int


@dataclass(frozen=True, slots=True)
class Copy:
    """*copy* makes a dump of what *given* has put there; *restore* reads it into *database*.

    Without a *database* it goes back to where it came from; *lose* is run there in between. *fresh*
    then brings it into a new volume, too.
    """

    server: Server
    given: list[str]
    copy: str
    restore: list[str]
    database: str | None = None
    lose: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PutBack:
    """*save* begins a snapshot and *copy* takes it out; *restore* puts it back after a loss."""

    server: Server
    save: str
    copy: str
    restore: list[str]


@dataclass(frozen=True, slots=True)
class Restarted:
    """A restart: how the command ended, all containers before and after it, and the data."""

    answer: Answer
    before: States
    after: States
    kept: Kept
    seconds: float
    """From the end of the command to the first answer with the data."""
    said: str


@dataclass(frozen=True, slots=True)
class Killed:
    """A kill: how each command ended, the data after it, and rows that were never committed."""

    answers: list[Answer]
    kept: Kept
    uncommitted: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy: how each command ended, and what the databases held."""

    answers: list[Answer]
    before: dict[str, str]
    lost: dict[str, str]
    after: dict[str, str]
    fresh: dict[str, str] | None
    """What the new volume held, where there was to be one."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A restored snapshot: how each command ended, and the data without it and with it."""

    answers: list[Answer]
    emptied: Kept
    kept: Kept


def restart(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Restart the containers of stores one after another."""

    def look(expect: Restart) -> Restarted:
        server = expect.server
        cycle.ready([server])
        put = cycle.put([server])
        since, before = time.time(), cycle.states.states()
        answer = cycle.shell.run(expect.command, STEP)
        ended, after = time.monotonic(), cycle.states.states()
        kept = cycle.kept(put, server)
        seconds = round(time.monotonic() - ended, 2)
        said = cycle.containers.logs(server.service, since)
        return Restarted(answer, before, after, kept, seconds, said)

    return each(wanted.of(Restart), look)


def kill(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Kill a server that has just committed, and that has an open transaction."""

    def look(expect: Kill) -> Killed:
        server = expect.server
        cycle.ready([server])
        put = cycle.put([server], expect.rows)
        with cycle.keepsakes.uncommitted(server) as name:
            answers = [cycle.shell.run(command, STEP) for command in expect.commands]
        kept = cycle.kept(put, server)
        return Killed(answers, kept, cycle.keepsakes.find(server, name))

    return each(wanted.of(Kill), look)


def copy(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Dump a database and restore it, the one elsewhere and the other in place."""

    def look(expect: Copy) -> Copied:
        server = expect.server
        cycle.ready([server])
        cycle.postgres.login(server)  # waits for a server that starts
        cycle.databases.run(server, expect.given)
        before = cycle.databases.facts(server)
        answers = [cycle.shell.run(expect.copy, STEP)]
        cycle.databases.run(server, expect.lose)
        lost = cycle.databases.facts(server)
        answers += [cycle.shell.run(command, STEP) for command in expect.restore]
        after = cycle.databases.facts(server, expect.database)
        answers += [cycle.shell.run(command, STEP) for command in expect.fresh]
        fresh = cycle.databases.facts(server, expect.database) if expect.fresh else None
        return Copied(answers, before, lost, after, fresh)

    return each(wanted.of(Copy), look)


def put_back(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Save a snapshot, lose what it holds, and bring it back."""

    def look(expect: PutBack) -> BroughtBack:
        server = expect.server
        cycle.ready([server])
        put = cycle.put([server])
        before = cycle.snapshots.now(server)
        answers = [cycle.shell.run(expect.save, STEP)]
        cycle.snapshots.after(server, before)
        answers.append(cycle.shell.run(expect.copy, STEP))
        cycle.keepsakes.in_redis.lose(server, put.name)
        emptied = cycle.kept(put, server)
        answers += [cycle.shell.run(command, STEP) for command in expect.restore]
        return BroughtBack(answers, emptied, cycle.kept(put, server))

    return each(wanted.of(PutBack), look)

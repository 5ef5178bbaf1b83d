"""Restarts and stops: what becomes of containers and data when documented commands end them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle import STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted

FROZEN = 8.0
"""Seconds that a command has to find out that a server stands still."""
HEALTHY = 30.0
"""Seconds that a restarted service has at least to pass a health check."""


@dataclass(frozen=True, slots=True)
class RestartOne:
    """*command* restarts the service *restarts* and no other."""

    command: terms.Command
    restarts: str
    """The service that is restarted, and no other."""


@dataclass(frozen=True, slots=True)
class RestartAll:
    """*command* restarts every service; those in *restart_keeps* keep what they hold."""

    command: terms.Command
    restart_keeps: list[Server]
    """The servers that hold afterwards what they held."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a service's log says when it stops in order, and when it starts after a crash."""

    service: terms.Service
    stopping: str
    """What the log says at a stop in order."""
    recovering: str
    """What the log says at a start after a crash."""


@dataclass(frozen=True, slots=True)
class Stop:
    """*command* stops every service, *start* brings back those in *stop_keeps*."""

    command: terms.Command
    start: str
    """The command that starts them again."""
    stop_keeps: list[Server]
    """The servers that hold afterwards what they held."""
    log: Log
    """The path of the log file in the container."""


@dataclass(frozen=True, slots=True)
class Status:
    """*command* prints the line *says* of a *service* that answers."""

    command: str
    service: str
    says: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """A restart of one service or of all."""

    answer: Answer
    before: States
    after: States
    health: str = ""
    kept: dict[str, Kept] | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop, and the start after it."""

    answer: Answer
    before: States
    stopped: States
    started: States
    kept: dict[str, Kept]
    said: str
    """What the log said from the stop to the end."""


def restart_one(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Restart one service after another; each has the time of the others to become healthy."""

    def restart(expect: RestartOne) -> Restarted:
        before = cycle.states.states()
        answer = cycle.shell.run(expect.command, STEP)
        return Restarted(answer, before, cycle.states.states())

    made = each(wanted.of(RestartOne), restart)
    for promise in wanted.of(RestartOne):
        if isinstance(seen := made[promise.id], Restarted):
            service = promise.expect.restarts
            told = cycle.health.timing(service)
            # A first check that passes comes as late as the engine was told, 30 s without a word.
            within = max(HEALTHY, told.decided) if told.period else 0.0
            health = cycle.health.eventually(service, "healthy", within)
            made[promise.id] = replace(seen, health=health)
    return made


def restart_all(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Restart all services, and look for what the stores held."""

    def look(expect: RestartAll) -> Restarted:
        stores = expect.restart_keeps
        cycle.ready(stores)
        put = cycle.put(stores)
        before = cycle.states.states()
        answer = cycle.shell.run(expect.command, STEP)
        after = cycle.states.states()
        return Restarted(answer, before, after, kept=cycle.all_kept(put, stores))

    return each(wanted.of(RestartAll), look)


def stop(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Stop all services, and start the stores again."""

    def look(expect: Stop) -> Stopped:
        cycle.ready(expect.stop_keeps)
        put = cycle.put(expect.stop_keeps)
        since, before = time.time(), cycle.states.states()
        answer = cycle.shell.run(expect.command, STEP)
        stopped = cycle.states.states()
        names = " ".join(store.service for store in expect.stop_keeps)
        cycle.shell.run(f"{expect.start} {names}", STEP)
        kept = cycle.all_kept(put, expect.stop_keeps)
        said = cycle.containers.logs(expect.log.service, since)
        return Stopped(answer, before, stopped, cycle.states.states(), kept, said)

    return each(wanted.of(Stop), look)


def status(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Let the processes of a service stand still, and run the command meanwhile."""

    def look(expect: Status) -> tuple[str, Answer]:
        cycle.ready([], expect.service)
        cycle.faults.ready()
        word = cycle.faults.freeze(expect.service)
        try:
            return word, cycle.shell.run(expect.command, FROZEN)
        finally:
            cycle.faults.thaw(expect.service)

    return each(wanted.of(Status), look)

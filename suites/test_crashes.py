"""Crashes: what comes back after its main process has died, with what, and what stays away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.crashes import Crash, Crashes
    from fixtures.keepsakes import Keepsakes
    from fixtures.promises import Promise
    from fixtures.shell import Answer, Shell
    from fixtures.vitals import Vital, Vitals, Watch
    from fixtures.wanted import Wanted
    from fixtures.writers import Writers, Written


@dataclass(frozen=True, slots=True)
class Restarted:
    server: Server
    within_seconds: terms.WithinSeconds
    keeps: bool = False
    """Whether it then holds what it held before."""


@dataclass(frozen=True, slots=True)
class Survives:
    server: Server
    least: int
    """Writes that are acknowledged before the kill."""


@dataclass(frozen=True, slots=True)
class StopIsFinal:
    service: terms.Service
    commands: terms.Commands
    """Each of them stops it; in between it is started again."""
    start: str
    """The command that starts it again."""
    seconds: float
    """How long it must stay stopped."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One command that stops a service, and the service before and after it."""

    before: Vital
    answer: Answer
    after: Watch


@dataclass(slots=True)
class History:
    """What was seen of one service: its crash, what it lost, its stops."""

    crash: Crash | None = None
    put: str = ""
    """What was put into it before its crash."""
    found: str = ""
    """What it still holds of that."""
    written: int = 0
    lost: int = 0
    stops: list[Stop] = field(default_factory=list)


WITHIN = 15.0
"""Seconds for a start that only the data of a service are asked about."""


def crash(
    wanted: Wanted,
    crashes: Crashes,
    writers: Writers,
    keepsakes: Keepsakes,
    vitals: Vitals,
    shell: Shell,
) -> dict[str, History]:
    """Kill the main process of every service at once, with writers at work; then stop one."""
    restarts = {p.expect.server.service: p.expect for p in wanted.of(Restarted)}
    survivors = {p.expect.server.service: p.expect for p in wanted.of(Survives)}
    stops = {p.expect.service: p.expect for p in wanted.of(StopIsFinal)}

    batch = secrets.token_hex(4)
    keeping = {service: expect.server for service, expect in restarts.items() if expect.keeps}
    # Before anything is killed: a store that takes its time would die after the others are back.
    put = {service: keepsakes.put(server, batch) for service, server in keeping.items()}

    def one(service: str) -> History:
        history = History(put=put.get(service, ""))
        done: list[Written] = []

        def kill() -> float:
            if service not in survivors:
                return crashes.kill(service)
            least = survivors[service].least
            done.append(
                writers.during(survivors[service].server, least, partial(crashes.kill, service))
            )
            return done[0].killed

        killed = restarts.get(service) or survivors.get(service)
        if killed:
            within = restarts[service].within_seconds if service in restarts else WITHIN
            history.crash = crashes.crash(killed.server, within, kill)
        if done and history.crash and history.crash.answer == "answered":
            history.written = len(done[0].keys)
            history.lost = writers.lost(survivors[service].server, done[0])
        if service in keeping and history.crash and history.crash.answer == "answered":
            history.found = keepsakes.find(keeping[service], batch)
        if service in stops:
            history.stops = stop(stops[service], vitals, shell)
        return history

    services = {*restarts, *survivors, *stops}
    return crashes.each({service: partial(one, service) for service in sorted(services)})


def stop(expect: StopIsFinal, vitals: Vitals, shell: Shell) -> list[Stop]:
    """Stop the service in each way, after a start in between; return what was seen of each."""
    seen: list[Stop] = []
    for command in expect.commands:
        if seen:
            shell.run(expect.start)
        before, answer = vitals.now(expect.service), shell.run(command)
        after = vitals.watch(expect.service, lambda v: v.state != "exited", expect.seconds)
        seen.append(Stop(before, answer, after))
    return seen


@pytest.mark.promise(
    "restart", expect=Restarted, lane="crash", early=crash, disturbs="server.service"
)
def test_restarts_after_crash(promise: Promise[Restarted], early: dict[str, History]) -> None:
    """After SIGKILL to its main process the engine starts the service, and it answers again.

    A store that keeps what it holds is asked for what was put in before; its own client looks.

    About restart: when the engine starts a container again, and when it does not.

    Cannot see: a process that hangs: Docker restarts what has ended.
    """
    expect = promise.expect
    history = early[expect.server.service]
    seen = history.crash
    assert seen is not None

    last = seen.after.last
    assert seen.seconds is not None, (
        f"it is {last.state} {expect.within_seconds:g} s after the kill"
    )
    assert seen.seconds <= expect.within_seconds, f"it was started {seen.seconds} s after the kill"
    assert last.restarts == seen.before.restarts + 1, f"the engine counts {last.restarts} restarts"
    assert seen.answer == "answered", f"after its restart: {seen.answer}"
    if seen.before.health != "none":
        assert seen.recovered.last.health == "healthy", f"it stays {seen.recovered.last.health}"
    assert history.found == history.put, f"found {history.found}, put {history.put}"


@pytest.mark.promise("persistence", expect=Survives, lane="crash", early=crash)
def test_acknowledged_writes_survive(promise: Promise[Survives], early: dict[str, History]) -> None:
    """What was acknowledged up to the kill is there after it, every key with its value.

    Cannot see: a loss of power: what is in the page cache survives a kill.
    """
    seen = early[promise.expect.server.service]
    assert seen.crash is not None
    assert seen.crash.answer == "answered", f"after the kill: {seen.crash.answer}"

    assert seen.written >= promise.expect.least, f"only {seen.written} writes were acknowledged"
    assert seen.lost == 0, f"{seen.lost} of {seen.written} acknowledged writes are lost"


@pytest.mark.promise("restart", expect=StopIsFinal, lane="crash", early=crash)
def test_manual_stop_is_final(promise: Promise[StopIsFinal], early: dict[str, History]) -> None:
    """What an operator stopped, in each of these ways, stays exited: the engine does not start it.

    Cannot see: a restart of the engine.
    """
    seconds = promise.expect.seconds
    stops = dict(zip(promise.expect.commands, early[promise.expect.service].stops, strict=True))
    for command, seen in stops.items():
        assert seen.before.state == "running", f"it was {seen.before.state} before `{command}`"
        assert seen.answer.exit_code == 0, seen.answer.short

        last = seen.after.last
        assert last.state == "exited", f"it is {last.state} within {seconds:g} s after `{command}`"
        assert last.restarts == seen.before.restarts, f"{last.restarts} restarts after `{command}`"

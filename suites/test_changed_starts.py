"""Changed starts: the stack from nothing, with a variable left out or an overlay on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.containers import Containers
    from fixtures.doors import Doors
    from fixtures.fresh_starts import FreshStarts
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.vitals import Vitals, Watch
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Default:
    variable: str
    """A variable of .env."""
    default: str
    """The value that counts where .env has none."""
    server: Server


@dataclass(frozen=True, slots=True)
class Entrypoint:
    overlay: terms.Overlay
    command: terms.Command
    server: Server


@dataclass(frozen=True, slots=True)
class ReadOnly:
    overlay: terms.Overlay
    errno: str
    """What a write gives, by its name in errno(3)."""
    servers: list[Server]
    """The servers that it is about."""


@dataclass(frozen=True, slots=True)
class First:
    """A first start: what its client was answered, its health, command and entrypoint."""

    answer: str
    watch: Watch
    command: list[str]
    entrypoint: list[str]
    of_image: list[str]


@dataclass(frozen=True, slots=True)
class Isolated:
    """A service on a read-only file system: what a write gives, and whether it then serves."""

    told: bool
    write: str
    watch: Watch
    answer: str
    said: str


@dataclass(slots=True)
class History:
    """What was seen, by variable, by overlay and service."""

    answers: dict[str, str] = field(default_factory=dict)
    first: dict[str, First] = field(default_factory=dict)
    isolated: dict[str, dict[str, Isolated]] = field(default_factory=dict)


MADE = 60.0
"""Seconds for a service to make its data folder, and to answer."""
CHECKED = 45.0
"""Seconds in which each service has been checked at least once."""


def start_changed(
    wanted: Wanted,
    fresh_starts: FreshStarts,
    doors: Doors,
    vitals: Vitals,
    containers: Containers,
    probes: ProbeContainers,
) -> History:
    """Start from nothing without variables, then with each overlay."""
    seen = History()
    for some in rounds(p.expect for p in wanted.of(Default)):
        fresh_starts.clear()
        fresh_starts.up(*(e.server.service for e in some), without=[e.variable for e in some])
        for expect in some:
            seen.answers[expect.variable] = doors.eventually(
                expect.server,
                user=expect.default if expect.variable == expect.server.user else None,
                database=expect.default if expect.variable == expect.server.database else None,
                within=MADE,
            )
    for expect in (p.expect for p in wanted.of(Entrypoint)):
        service = expect.server.service
        fresh_starts.clear()
        fresh_starts.up(service, overlay=expect.overlay)
        answer = doors.eventually(expect.server, within=MADE)
        watch = vitals.watch(service, lambda v: v.health == "healthy", MADE)
        command = list(containers.inspect(service, "Config", "Cmd") or [])
        own, of_image = fresh_starts.entrypoints(service)
        seen.first[service] = First(answer, watch, command, own, of_image)
    for expect in (p.expect for p in wanted.of(ReadOnly)):
        fresh_starts.clear()
        fresh_starts.up_regardless(expect.overlay)
        watches = vitals.watch_all(
            [door.service for door in expect.servers],
            lambda v: v.health == "healthy" or v.restarts >= 2,
            CHECKED,
        )
        seen.isolated[expect.overlay] = {
            door.service: Isolated(
                told=containers.inspect(door.service, "HostConfig", "ReadonlyRootfs") is True,
                write=probes.beside(door.service).write_test("/")
                if watches[door.service].last.health == "healthy"
                else "not tried",
                watch=watches[door.service],
                answer=doors.answer(door),
                said=" ".join(containers.logs(door.service).splitlines()[-3:]),
            )
            for door in expect.servers
        }
    return seen


def rounds(defaults: Iterable[Default]) -> Iterator[list[Default]]:
    """Yield the defaults in as few starts as each service can do with one variable left out."""
    left = list(defaults)
    while left:
        some = list({default.server.service: default for default in reversed(left)}.values())
        left = [default for default in left if default not in some]
        yield some


@pytest.mark.promise("env-file", expect=Default, lane="changed", early=start_changed)
def test_variable_default(promise: Promise[Default], early: History) -> None:
    """With the variable left out of .env, a first start makes what has this name.

    Cannot see: defaults of a program inside of the image.
    """
    expect = promise.expect
    answer = early.answers[expect.variable]

    assert answer == "answered", f"without {expect.variable}, {expect.default!r} gets: {answer}"


@pytest.mark.promise("command", expect=Entrypoint, lane="changed", early=start_changed)
def test_starts_through_entrypoint(promise: Promise[Entrypoint], early: History) -> None:
    """With the changed command a first start still makes what the image's entrypoint makes."""
    seen = early.first[promise.expect.server.service]

    assert seen.answer == "answered", f"a client of what .env names gets: {seen.answer}"
    assert seen.watch.last.health == "healthy", f"it is {seen.watch.last.health}"
    assert seen.command[:1] == [promise.expect.command], f"its command: {seen.command[:1]}"
    assert seen.entrypoint == seen.of_image, f"its entrypoint: {seen.entrypoint}"


@pytest.mark.promise("hardening", expect=ReadOnly, lane="changed", early=start_changed)
def test_read_only_root(promise: Promise[ReadOnly], early: History) -> None:
    """No service can write to its root file system, and each still is healthy and answers."""
    services = early.isolated[promise.expect.overlay]
    for service, seen in services.items():
        assert seen.told, f"the root file system of {service} is writable"
    failed = {
        service: f"{seen.watch.last.state}, {seen.watch.last.health}, {seen.answer}: {seen.said}"
        for service, seen in services.items()
        if seen.watch.last.health != "healthy" or seen.answer != "answered"
    }
    for service in services.keys() - failed.keys():
        write = services[service].write
        assert write == promise.expect.errno, f"{service}: a write to / gives {write}"

    assert not failed, "; ".join(f"{service} is {what}" for service, what in failed.items())

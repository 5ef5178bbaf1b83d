"""Removals: what `down` leaves behind, and what the next start finds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle import START, STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.mounts import HostPath
    from fixtures.networks import Network
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class DownKeeps:
    """*command* leaves what those in *down_keeps* hold."""

    command: terms.Command
    down_keeps: list[Server]
    """The servers that hold afterwards what they held."""


@dataclass(frozen=True, slots=True)
class DownDeletes:
    """*command* deletes what those in *down_deletes* hold, and what lies in *folders*."""

    command: terms.Command
    down_deletes: list[Server]
    """The servers that hold nothing afterwards."""
    folders: terms.Folders


@dataclass(frozen=True, slots=True)
class DownNetwork:
    """*command* removes the engine's network of that name."""

    command: terms.Command
    network: terms.Network


@dataclass(frozen=True, slots=True)
class Reset:
    """*commands* are run in order; the last one starts. *log* is what a new database says."""

    commands: terms.Commands
    server: Server
    folder: terms.Folder
    log: str
    """What the log of a new database says."""
    root: str
    """Why only root can try it."""


@dataclass(frozen=True, slots=True)
class First:
    """*prior* is all that precedes *command* in a clean checkout, which has no *folders*."""

    command: terms.Command
    prior: list[str]
    """All that precedes the command in a clean checkout."""
    running: int
    """How many services run in the end."""
    folders: terms.Folders
    root: str
    """Why only root can make the checkout clean again."""


@dataclass(frozen=True, slots=True)
class Down:
    """A `down`: the containers and the files left, and what the next start finds."""

    answer: Answer
    left: States
    files: dict[str, int]
    kept: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class NetworkGone:
    """A `down`, and the network before and after it."""

    answer: Answer
    before: Network
    after: Network


@dataclass(frozen=True, slots=True)
class Anew:
    """A reset: how each command ended, and the database after it."""

    answers: list[Answer]
    folder: HostPath
    """The folder of the data, once it was to be deleted."""
    kept: Kept
    login: str
    said: str


@dataclass(frozen=True, slots=True)
class Started:
    """A start from nothing: what was there before, and what is there after it."""

    before: States
    folders_before: dict[str, str]
    prior: list[Answer]
    answer: Answer
    after: States
    folders: dict[str, str]


def down(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Remove the containers, look at what is left, and start the stores again."""

    def look(expect: Any) -> Down:
        stores = expect.down_keeps if isinstance(expect, DownKeeps) else expect.down_deletes
        cycle.ready(stores)
        put = cycle.put(stores)
        answer = cycle.shell.run(expect.command, STEP)
        left = cycle.states.states()
        folders = getattr(expect, "folders", [])
        files = {folder: entries(cycle, folder) for folder in folders}
        cycle.ready(stores)
        return Down(answer, left, files, cycle.all_kept(put, stores))

    return each(wanted.of(DownKeeps, DownDeletes), look)


def network(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Remove the containers, and look at the network before and after."""

    def look(expect: DownNetwork) -> NetworkGone:
        name = expect.network
        if cycle.networks.named(name).word == "absent":
            cycle.shell.run("docker compose up -d", START)
        before = cycle.networks.named(name)
        answer = cycle.shell.run(expect.command, STEP)
        return NetworkGone(answer, before, cycle.networks.named(name))

    return each(wanted.of(DownNetwork), look)


def start(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Delete the data and start again: a reset, and a start as in a clean checkout.

    Both end with the same command; one start serves both.
    """
    made: dict[str, Any] = {}
    resets, firsts = wanted.of(Reset), wanted.of(First)
    cycle.shell.require_root([*firsts, *resets][0].expect.root)
    stores = [promise.expect.server for promise in resets]
    cycle.ready(stores)
    put = cycle.put(stores)
    removals = [command for promise in resets for command in promise.expect.commands[:-1]]
    removed = [cycle.shell.run(command, STEP) for command in removals or ["docker compose down"]]
    gone = {p.id: cycle.mounts.on_host(p.expect.folder) for p in resets}
    before: States = {}
    folders_before: dict[str, str] = {}
    prior: list[Answer] = []
    for promise in firsts:
        cycle.shell.run(f"rm -rf {' '.join(promise.expect.folders)}")
        cycle.env_file.remove()
        before, folders_before = cycle.states.states(), kinds(cycle, promise.expect.folders)
        prior += [cycle.shell.run(command) for command in promise.expect.prior]
        cycle.env_file.read()
    last = [promise.expect.commands[-1] for promise in resets]
    since = time.time()
    answer = cycle.shell.run([*(p.expect.command for p in firsts), *last][0], START)
    for promise in firsts:
        after = cycle.states.steady()
        folders = kinds(cycle, promise.expect.folders)
        made[promise.id] = Started(before, folders_before, prior, answer, after, folders)
    for promise in resets:
        store = promise.expect.server
        found = cycle.kept(put, store)
        login = cycle.postgres.login(store).word
        said = cycle.containers.logs(store.service, since)
        answers = [*removed, answer]
        made[promise.id] = Anew(answers, gone[promise.id], found, login, said)
    return made


def entries(cycle: Cycle, folder: str) -> int:
    """Return the number of names in *folder*: 0 where it is absent, 1 if it may not be read."""
    names = cycle.mounts.names_on_host(folder)
    return len(names) if isinstance(names, list) else int(names != "absent")


def kinds(cycle: Cycle, folders: list[str]) -> dict[str, str]:
    """Return what each of *folders* is: ``directory``, ``absent``."""
    return {folder: cycle.mounts.on_host(folder).kind for folder in folders}

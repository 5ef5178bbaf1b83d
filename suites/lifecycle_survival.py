"""Survival: data over restarts and removals of one container, and the folder's permissions."""

from __future__ import annotations

import getpass
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from . import terms
from .lifecycle import STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.mounts import HostPath
    from fixtures.shell import Answer
    from fixtures.states import State
    from fixtures.wanted import Wanted

PROBED = 15.0
"""Seconds in which a health check has run."""
SOON = 5.0
"""Seconds for a server that takes its folder back by itself."""
FORBIDDEN = "chown -R 12345:12345 {folder} && chmod 700 {folder}"
"""Shuts a server out of its own folder, as a permission failure does."""


@dataclass(frozen=True, slots=True)
class Survives:
    """*commands* end the container of the server and bring it back.

    *log_lacks* is what the service would say had it found no data.
    """

    commands: terms.Commands
    server: Server
    container: Literal["same", "another"]
    """Whether the commands start its container anew or put another in its place."""
    log_lacks: str | None = None
    """What no line of the log holds."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """*commands* are the cure; *restart* follows it."""

    commands: terms.Commands
    restart: str
    """The restart that the document has after it."""
    folder: terms.Folder
    server: Server
    root: terms.Root


@dataclass(frozen=True, slots=True)
class Survived:
    """How each command ended, the container before and after, its log, and the data."""

    answers: list[Answer]
    before: State | None
    after: State | None
    said: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Cured:
    """How a new login and the health check answered at each stage, and the folder's facts."""

    healthy: str
    denied: str
    answers: list[Answer]
    cured: str
    health: str
    folder: HostPath
    restarted: str
    folder_later: HostPath
    me: str


def survive(cycle: Cycle, wanted: Wanted, protocol: str) -> dict[str, Any]:
    """Restart, then remove and create the containers of servers of *protocol*."""

    def look(expect: Survives) -> Survived:
        store = expect.server
        cycle.ready([store])
        put = cycle.put([store])
        since, before = time.time(), cycle.states.states().get(store.service)
        answers = [cycle.shell.run(command, STEP) for command in expect.commands]
        after = cycle.states.states().get(store.service)
        kept = cycle.kept(put, store)
        said = cycle.containers.logs(store.service, since) if after else ""
        return Survived(answers, before, after, said, kept)

    mine = [one for one in wanted.of(Survives) if one.expect.server.protocol == protocol]
    return each(mine, look)


def permissions(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Shut a running server out of its folder, run the printed cure, and restart."""

    def look(expect: Permissions) -> Cured:
        cycle.shell.require_root(expect.root)
        cycle.ready([expect.server])

        def login() -> str:
            return cycle.postgres.login(expect.server).word

        healthy = login()
        cycle.shell.run(FORBIDDEN.format(folder=expect.folder))
        denied = login()
        # Root needs no sudo, and a host without it can still run the rest of the line.
        prefix = "" if shutil.which("sudo") else 'sudo() { "$@"; }; '
        answers = [cycle.shell.run(prefix + command) for command in expect.commands]
        # A server that takes its folder back needs a moment.
        cured = cycle.until(login, lambda word: word == "accepted", SOON)
        health = cycle.health.eventually(expect.server.service, "healthy", PROBED)
        facts = cycle.mounts.on_host(expect.folder)
        cycle.shell.run(expect.restart, STEP)
        restarted = login()
        later = cycle.mounts.on_host(expect.folder)
        me = f"{getpass.getuser()} ({os.getuid()})"
        return Cured(healthy, denied, answers, cured, health, facts, restarted, later, me)

    return each(wanted.of(Permissions), look)

"""Backups: made as printed, restored elsewhere, and compared in content."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle import STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.mounts import HostPath
    from fixtures.shell import Answer
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Dump:
    """*restore* fills *database* from *file*; *ends_with* is the last comment of a whole dump."""

    command: terms.Command
    file: str
    """A file below the stack's folder; a pattern may stand for a date."""
    ends_with: str
    """How the last line that counts ends."""
    restore: list[str]
    """Commands that put the backup into an empty database."""
    database: str
    """The name of the database that is restored into."""
    server: Server


@dataclass(frozen=True, slots=True)
class Archive:
    """*file* is a pattern for the archive that *command* writes; *folder* is what it holds.

    *at_rest*: the service is stopped meanwhile. Of a file that is written while tar reads it,
    tar says "file changed as we read it" and exits with 1 (GNU tar manual, "Return values").
    """

    command: terms.Command
    file: str
    """A file below the stack's folder; a pattern may stand for a date."""
    folder: terms.Folder
    server: Server
    at_rest: bool
    """Whether the service is stopped while the command runs."""


@dataclass(frozen=True, slots=True)
class Folder:
    """*folder* is copied and put back while *service* of the store is stopped."""

    folder: terms.Folder
    server: Server
    root: terms.Root


@dataclass(frozen=True, slots=True)
class Dumped:
    """A dump, its text's end, and what a restored database holds."""

    answer: Answer
    last: str
    carriage_returns: int
    restored: list[Answer]
    kept: Kept


@dataclass(frozen=True, slots=True)
class Archived:
    """An archive, and what a server over its content holds."""

    answer: Answer
    files: list[str]
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Copied:
    """A folder's facts, how each step ended, and what a server over the copy, and the store, hold.

    The store alone tells little: where its data lie elsewhere, they never were away.
    """

    folder: HostPath
    steps: dict[str, Answer]
    copied: Kept | None
    kept: Kept


def dump(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Run the printed dump and restore it into a new database of the same server."""

    def look(expect: Dump) -> Dumped:
        cycle.ready([expect.server])
        put = cycle.put([expect.server])
        answer = cycle.shell.run(expect.command, STEP)
        path = cycle.mounts.path(expect.file)
        text = path.read_bytes() if path.is_file() else b""
        restored = [cycle.shell.run(command, STEP) for command in expect.restore]
        kept = cycle.kept(put, expect.server, database=expect.database)
        comments = [line for line in text.decode().splitlines() if line.strip(" -")]
        last = next((line for line in reversed(comments) if line.startswith("--")), "")
        return Dumped(answer, last, text.count(b"\r"), restored, kept)

    return each(wanted.of(Dump), look)


def archive(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Run the printed archive command and start a second server over what it unpacks to."""

    def look(expect: Archive) -> Archived:
        cycle.ready([expect.server])
        put = cycle.put([expect.server])
        service, port = expect.server.service, expect.server.port
        if expect.at_rest:
            cycle.shell.run(f"docker compose stop {service}", STEP)
        answer = cycle.shell.run(expect.command, STEP)
        folder = cycle.mounts.path(".")
        files = sorted(folder.glob(expect.file))
        kept = None
        if files and answer.exit_code == 0:
            scratch = folder.parent / "restored"
            scratch.mkdir()
            cycle.shell.run(f"tar -xzf {files[0].name} -C {scratch}", STEP)
            mounted = cycle.mounts.path(expect.folder)
            with cycle.spares.over(service, port, mounted, scratch / expect.folder) as address:
                kept = cycle.kept(put, expect.server, at=address)
            shutil.rmtree(scratch)
        seen = Archived(answer, [file.name for file in files], kept)
        for file in files:
            file.unlink()
        return seen

    return each(wanted.of(Archive), look)


def folder(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Stop the store, copy its folder, delete it, put the copy back, and start the store.

    A second copy goes under a server of its own, which holds only what was copied.
    """

    def look(expect: Folder) -> Copied:
        cycle.shell.require_root(expect.root)
        cycle.ready([expect.server])
        put = cycle.put([expect.server])
        service, path, steps = expect.server.service, expect.folder, {}
        facts = cycle.mounts.on_host(path)
        commands = {
            "stop": f"docker compose stop {service}",
            "copy": f"cp -a {path} ../copied",
            "copy again": "cp -a ../copied ../read",
            "delete": f"rm -rf {path}",
            "put back": f"mv ../copied {path}",
        }
        copied = None
        for name, command in commands.items():
            steps[name] = cycle.shell.run(command, STEP)
            if steps[name].exit_code != 0:
                break  # without a copy, nothing is to be deleted
        else:
            read = cycle.mounts.path(".").parent / "read"
            mounted = cycle.mounts.path(path)
            with cycle.spares.over(service, expect.server.port, mounted, read) as address:
                copied = cycle.kept(put, expect.server, at=address)
            shutil.rmtree(read)
        steps["start"] = cycle.shell.run(f"docker compose start {service}", STEP)
        kept = cycle.kept(put, expect.server)
        return Copied(facts, steps, copied, kept)

    return each(wanted.of(Folder), look)

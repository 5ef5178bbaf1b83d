"""Backups: the files that documented commands write while the stores run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .exits import code
from .servers import Server

if TYPE_CHECKING:
    from fixtures.keepsakes import Keepsakes
    from fixtures.mounts import Mounts
    from fixtures.promises import Promise
    from fixtures.redaction import Redactor
    from fixtures.redis import Redis
    from fixtures.shell import Answer, Shell
    from fixtures.snapshots import Saved, Snapshots

MAGIC = b"REDIS00"
"""How an RDB file begins (rdb.c, rdbSaveRio)."""
SECONDS = 60.0
BUSY, TRIES = "Background save already in progress", 5


@dataclass(frozen=True, slots=True)
class Dump:
    """*begins* and *ends* are the comments around a whole dump; *holds* are lines of it."""

    command: terms.Command
    file: str
    """The file that the command writes, below the stack's folder."""
    server: Server
    begins: str
    ends: str
    holds: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    server: Server
    save: str
    """The command that begins a snapshot."""
    reply: str
    """What the command prints."""


@dataclass(frozen=True, slots=True)
class Taken:
    """*copy* writes *file*; a server reads it at *place*."""

    server: Server
    save: str
    """The command that begins a snapshot."""
    copy: str
    file: str
    place: str


@pytest.mark.promise("backup", expect=Dump, lane="as-printed")
def test_dump_is_whole(
    promise: Promise[Dump], shell: Shell, mounts: Mounts, keepsakes: Keepsakes, redactor: Redactor
) -> None:
    """With and without a terminal it writes the same text: whole, and with what was just put."""
    expect, batch = promise.expect, re.sub("[^a-z]", "", promise.id)[-12:]
    keepsakes.put(expect.server, batch)
    written: dict[str, str] = {}
    for how in ("no terminal", "a terminal"):
        mounts.path(expect.file).unlink(missing_ok=True)
        if how == "a terminal":
            answer = shell.type(expect.command, [], SECONDS)
        else:
            answer = shell.run(expect.command, SECONDS)
        assert code(answer) == 0, f"with {how}: {answer.short}"
        written[how] = mounts.text_on_host(expect.file)

    for how, text in written.items():
        comments = [line for line in text.splitlines() if line.startswith("-- ")]
        assert comments, f"with {how} it wrote no dump: {redactor.start(text, 100)!r}"
        assert comments[0] == expect.begins, f"with {how} it begins with {comments[0]!r}"
        assert comments[-1] == expect.ends, f"with {how} it ends with {comments[-1]!r}"
        missing = [one for one in expect.holds if not re.search(one, text, re.MULTILINE)]
        assert not missing, f"with {how} it lacks {missing}"
        rows = sum(line.startswith(f"{batch}\t") for line in text.splitlines())
        assert rows == 20, f"with {how} it holds {rows} of 20 new rows"
        assert "\r" not in text, f"with {how} it has carriage returns"


@pytest.mark.promise("backup", expect=Snapshot, lane="as-printed")
def test_snapshot_is_written(
    promise: Promise[Snapshot], shell: Shell, snapshots: Snapshots
) -> None:
    """The command says that it has begun; soon another snapshot is on disk, without an error."""
    expect = promise.expect
    snapshots.mark(expect.server)
    answer, before = begun(expect, shell, snapshots)
    assert code(answer) == 0, answer.short
    assert expect.reply in answer.stdout, f"it said {answer.stdout.strip()!r}"

    assert_saved(before, snapshots.after(expect.server, before))


@pytest.mark.promise("backup", expect=Taken, lane="as-printed")
def test_snapshot_is_copied(
    promise: Promise[Taken], shell: Shell, snapshots: Snapshots, mounts: Mounts, redis: Redis
) -> None:
    """Once it is written, the copy is an RDB file from which another server has the new key.

    The command that begins it does not wait for its end, so a copy right after it is of the
    snapshot before.
    """
    expect = promise.expect
    key, value = snapshots.mark(expect.server)
    first, before = begun(expect, shell, snapshots)
    answers = [first]
    assert_saved(before, snapshots.after(expect.server, before))
    mounts.path(expect.file).unlink(missing_ok=True)
    answers.append(shell.run(expect.copy))
    file = mounts.path(expect.file)

    for answer in answers:
        assert code(answer) == 0, answer.short
    assert file.is_file(), f"there is no {expect.file}"
    assert file.read_bytes().startswith(MAGIC), f"{expect.file} is no RDB file"
    found = snapshots.read(expect.server, file, expect.place, key)
    redis.ask(expect.server, "DEL", key)
    assert found == value, f"a server that starts with it has {found} for a key that was saved"


def begun(expect: Snapshot | Taken, shell: Shell, snapshots: Snapshots) -> tuple[Answer, Saved]:
    """Return how the command to begin a snapshot ended, and what the server said before.

    Another look may have begun one just before: there is never more than one at a time.
    """
    for _ in range(TRIES):
        before = snapshots.idle(expect.server)
        answer = shell.run(expect.save)
        if BUSY not in answer.stdout:
            break
    return answer, before


def assert_saved(before: Saved, after: Saved) -> None:
    """Assert that another snapshot was written after *before*."""
    assert after.status == "ok", f"the snapshot ended with {after.status}"
    assert not after.running, "it has not ended"
    assert after.saves > before.saves, f"no new snapshot: {after}"
    assert after.at >= before.at, f"LASTSAVE went back from {before.at} to {after.at}"

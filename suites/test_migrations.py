"""Migrations and copies: documented commands that change or save what a store keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .exits import code
from .servers import Server

if TYPE_CHECKING:
    from fixtures.data_folders import DataFolders
    from fixtures.migrations import Migrations
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.shell import Shell


@dataclass(frozen=True, slots=True)
class FromHost:
    server: Server
    command: terms.Command
    needs: tuple[str, ...]
    """Programs of the host."""
    table: str
    """Where each migration is noted as a row."""
    files: str
    """A pattern of the migrations' files, below the stack's folder."""


@dataclass(frozen=True, slots=True)
class InContainer:
    server: Server
    command: terms.Command
    file: str
    """The migration, below the stack's folder."""
    path: str
    """Where it is put in the container."""
    table: str
    """What it makes."""


@dataclass(frozen=True, slots=True)
class Copy:
    server: Server
    command: terms.Command
    makes: str
    """A pattern of the copy's name, below the stack's folder."""


@pytest.mark.promise("migration", expect=FromHost, lane="as-printed")
def test_migrations_run_once(
    promise: Promise[FromHost], migrations: Migrations, postgres: Postgres, shell: Shell
) -> None:
    """The command exits with 0, notes each migration as a row, and then has nothing to do.

    About migration: documented commands that change a database.

    Cannot see: migrations back.
    """
    expect = promise.expect
    files = migrations.files(expect.files)
    assert files, f"expected migrations, seen none as {expect.files}"
    shell.require(expect.needs)

    for turn in ("first", "second"):
        answer = migrations.run(expect.command)
        assert answer.exit_code == 0, f"the {turn} run: {answer.short}"
        seen = postgres.run(expect.server, f'SELECT count(*) FROM "{expect.table}"')  # noqa: S608
        assert seen.word == "done", f"table {expect.table}: {seen.word}"
        rows = seen.rows[0][0]
        assert rows == len(files), f"the {turn} run: {rows} rows for {len(files)} migrations"


@pytest.mark.promise("migration", expect=InContainer, lane="as-printed")
def test_migration_runs_in_the_container(
    promise: Promise[InContainer], migrations: Migrations, postgres: Postgres, shell: Shell
) -> None:
    """Once the file is in the container, the printed command makes its table.

    psql exits with 0 even if every statement fails, without ON_ERROR_STOP (psql manual): the table
    decides.
    """
    expect = promise.expect
    there = "SELECT to_regclass(%s)::text"
    before = postgres.run(expect.server, (there, [expect.table]))
    assert before.rows == ((None,),), f"expected no table yet, seen {before}"

    assert migrations.put(expect.server.service, expect.file, expect.path) == "copied"
    answer = shell.run(expect.command)
    assert code(answer) == 0, answer.short
    after = postgres.run(expect.server, (there, [expect.table]))
    assert after.rows == ((expect.table,),), f"seen {after.word} {after.rows}: {answer.short}"


@pytest.mark.promise("backup", expect=Copy, lane="as-printed")
def test_printed_copy_saves_the_data(
    promise: Promise[Copy], redis: Redis, shell: Shell, data_folders: DataFolders
) -> None:
    """The command exits with 0 and leaves a copy that holds a key written before it.

    Cannot see: whether a copy that is made during a rewrite is whole.
    """
    expect = promise.expect
    key = f"stackproof:{promise.id}"
    assert redis.ask(expect.server, "SET", key, "1", "EX", 600).word == "answered"
    data_folders.appended(expect.server)  # where the data is, for whoever reads the report

    answer = shell.run(expect.command)
    redis.ask(expect.server, "DEL", key)
    assert code(answer) == 0, answer.short
    copies = data_folders.copies(expect.makes, key)
    assert list(copies.values()) == ["holds the key"], f"seen {copies or 'no copy'}"

"""Redis: from where it is reached, what is kept on disk, and what it was started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.data_folders import DataFolders
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise
    from fixtures.redis import Redis

NOAUTH = "-NOAUTH"


@dataclass(frozen=True, slots=True)
class Version:
    server: Server
    major: int
    """The first number of the version."""


@pytest.mark.promise("server-version", expect=Version)
def test_server_is_of_the_major_release(
    promise: Promise[Version], redis: Redis, postgres: Postgres
) -> None:
    """The running server says its version itself; an image's tag would only be a name.

    Redis: INFO server, where a fork names the Redis that it is compatible with, and itself.
    PostgreSQL: server_version_num, which is major * 10000 + minor since
    PostgreSQL 10 (manual, 20.15).

    About server-version: the version of the server that runs.

    Cannot see: patches of a distribution.
    """
    server, major = promise.expect.server, promise.expect.major
    if server.protocol == "postgresql":
        saw = postgres.run(server, "SHOW server_version_num")
        assert saw.word == "done", f"expected a login, seen {saw.word}"
        number = int(saw.rows[0][0])
        assert number // 10000 == major, f"seen server_version_num {number}"
    elif server.protocol == "redis":
        seen = redis.info(server, "server", "redis_version")
        # Valkey says 7.2.4 for the sake of its clients, and its own name beside it.
        name = redis.info(server, "server", "server_name")
        assert name in ("absent", "redis"), f"it is a {name}"
        assert seen.split(".")[0] == str(major), f"seen redis_version {seen}"
    else:
        raise ValueError(f"{server.protocol}: no look at the version of such a server")


@dataclass(frozen=True, slots=True)
class FromHost:
    server: Server
    host: str
    """A name or an address of the host, as the document gives it."""
    host_port: terms.HostPort
    db: int
    """The number of the database in Redis."""


@pytest.mark.promise("connection", expect=FromHost, lane="as-printed")
def test_host_reaches_the_documented_address(promise: Promise[FromHost], redis: Redis) -> None:
    """A client with the documented options writes, and another finds the key in that database.

    Cannot see: hosts beyond this one.
    """
    expect, server = promise.expect, promise.expect.server
    at, key = (expect.host, expect.host_port), f"stackproof:{promise.id}"
    auth = ("AUTH", redis.password(server))

    replies = redis.raw(server, auth, ("SELECT", str(expect.db)), ("SET", key, "1"), at=at)
    assert replies == ("+OK", "+OK", "+OK"), f"at {at[0]}:{at[1]}: {replies}"
    seen = redis.ask(server, "EXISTS", key, at=at, db=expect.db)
    removed = redis.ask(server, "DEL", key, at=at, db=expect.db)
    assert (seen.value, removed.value) == (1, 1), f"in database {expect.db}: {seen}"


@dataclass(frozen=True, slots=True)
class Appended:
    server: Server
    append_only: Literal[True]
    """Says that the append-only file is in use."""


@pytest.mark.promise("redis", expect=Appended)
def test_writes_go_to_the_append_only_file(
    promise: Promise[Appended], redis: Redis, data_folders: DataFolders
) -> None:
    """A write makes the file grow that the manifest names as the one that is appended to.

    About redis: what a Redis server keeps, drops and delivers.

    Cannot see: fsync: what is written may not yet be on the disk.
    """
    assert_appended(promise.expect.server, promise.id, redis, data_folders)


@dataclass(frozen=True, slots=True)
class AppendedAndGuarded:
    server: Server
    append_only: Literal[True]
    """Says that the append-only file is in use."""
    refused: Literal["no password"]
    """With what a client comes that is not let in."""


@pytest.mark.promise("redis", expect=AppendedAndGuarded)
def test_writes_are_appended_and_strangers_refused(
    promise: Promise[AppendedAndGuarded], redis: Redis, data_folders: DataFolders
) -> None:
    """Both: a write makes the append-only file grow, and nothing is answered without AUTH."""
    server = promise.expect.server
    replies = redis.raw(server, ("PING",), ("GET", "stackproof"))
    assert [line.split()[0] for line in replies] == [NOAUTH, NOAUTH], f"seen {replies}"
    assert_appended(server, promise.id, redis, data_folders)


def assert_appended(server: Server, name: str, redis: Redis, data_folders: DataFolders) -> None:
    """Fail where a write does not make the append-only file grow."""
    assert redis.info(server, "persistence", "aof_enabled") == "1"
    assert redis.setting(server, "appendonly") == "yes"

    before = data_folders.appended(server)
    assert before.file != "none", f"expected an append-only file, seen {before}"
    key = f"stackproof:{name}"
    assert redis.ask(server, "SET", key, "x" * 1000, "EX", 60).word == "answered"
    after = data_folders.grown(server, before)
    redis.ask(server, "DEL", key)
    # A rewrite may have begun a new file meanwhile.
    grew = after.size - before.size if after.file == before.file else after.size
    assert grew >= 1000, f"expected 1000 bytes more, seen {before} and then {after}"


@dataclass(frozen=True, slots=True)
class AppendOnlyFile:
    server: Server
    append_only_file: str
    """Where the document says that it lies, below the stack's folder."""


@pytest.mark.promise("redis", expect=AppendOnlyFile)
def test_append_only_data_is_in_the_documented_file(
    promise: Promise[AppendOnlyFile], redis: Redis, data_folders: DataFolders
) -> None:
    """A write makes the file at the documented path grow."""
    server, path = promise.expect.server, promise.expect.append_only_file
    assert redis.info(server, "persistence", "aof_enabled") == "1"
    data_folders.appended(server)  # where the data is, for whoever reads the report

    seen = data_folders.host_file(path)
    assert seen == "file", f"{path} is {seen}"


@dataclass(frozen=True, slots=True)
class Setting:
    server: Server
    setting: str
    """The name of the setting."""
    value: str
    """As CONFIG GET gives it, sizes in bytes."""


@pytest.mark.promise("setting", expect=Setting)
def test_setting_is_in_force(promise: Promise[Setting], redis: Redis) -> None:
    """CONFIG GET gives the value that the server works with, sizes in bytes.

    About setting: settings that a server works with.

    Cannot see: whether the value is a good one.
    """
    expect = promise.expect
    seen = redis.setting(expect.server, expect.setting)

    assert seen == expect.value, f"expected {expect.setting} {expect.value}, seen {seen}"

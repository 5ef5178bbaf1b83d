"""Redis: who is let in, what is kept on disk, and what it was started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.data_folders import DataFolders
    from fixtures.promises import Promise
    from fixtures.redis import Redis

NOAUTH, WRONGPASS = "-NOAUTH", "-WRONGPASS"


@dataclass(frozen=True, slots=True)
class Server:
    service: str
    port: int
    password: str


@dataclass(frozen=True, slots=True)
class Version(Server):
    major: int


@dataclass(frozen=True, slots=True)
class FromHost(Server):
    host: str
    published: int
    db: int


@dataclass(frozen=True, slots=True)
class File(Server):
    path: str


@dataclass(frozen=True, slots=True)
class Setting(Server):
    name: str
    value: str


@pytest.mark.promise("redis-version", expect=Version)
def test_server_is_of_the_major_release(promise: Promise[Version], redis: Redis) -> None:
    """INFO server says redis_version; an image's tag would only be a name."""
    seen = redis.info(promise.expect, "server", "redis_version")

    assert seen.split(".")[0] == str(promise.expect.major), f"seen redis_version {seen}"


@pytest.mark.promise("redis-auth", "redis-aof-and-auth", expect=Server)
def test_strangers_are_refused(promise: Promise[Server], redis: Redis) -> None:
    """Without AUTH, neither PING nor a read is answered."""
    replies = redis.raw(promise.expect, ("PING",), ("GET", "stackproof"))

    assert [line.split()[0] for line in replies] == [NOAUTH, NOAUTH], f"seen {replies}"


@pytest.mark.promise("redis-wrong-password", expect=Server)
def test_wrong_password_is_rejected(
    promise: Promise[Server], redis: Redis, credentials: Credentials
) -> None:
    """AUTH with another password fails and leaves the connection as it was."""
    server = promise.expect
    wrong = credentials.wrong(server.password)["another last character"]
    for password in (wrong, "stackproof-is-wrong"):
        replies = redis.raw(server, ("AUTH", password), ("GET", "stackproof"))

        assert [line.split()[0] for line in replies] == [WRONGPASS, NOAUTH], f"seen {replies}"


@pytest.mark.promise("redis-password", expect=Server)
def test_the_variable_is_the_password(
    promise: Promise[Server], redis: Redis, credentials: Credentials
) -> None:
    """The password made for this copy opens; no other secret does, and the file holds none."""
    server = promise.expect
    replies = redis.raw(server, ("AUTH", redis.password(server)), ("PING",))
    assert replies == ("+OK", "+PONG"), f"{replies} with the password of {server.password}"

    for what, value in credentials.wrong(server.password).items():
        seen = redis.raw(server, ("AUTH", value))[0]
        assert seen.startswith(WRONGPASS), f"{seen} with the value of {what}"
    origin = credentials.origin(server.password)
    assert origin.places, f"the value of {server.password} goes nowhere"
    assert origin.without != "a value of its own", f"the compose file has a {server.password}"


@pytest.mark.promise("redis-from-host", expect=FromHost, lane="as-printed")
def test_host_reaches_the_documented_address(promise: Promise[FromHost], redis: Redis) -> None:
    """A client with the documented options writes, and another finds the key in that database."""
    expect = promise.expect
    at, key = (expect.host, expect.published), f"stackproof:{promise.id}"
    auth = ("AUTH", redis.password(expect))

    replies = redis.raw(expect, auth, ("SELECT", str(expect.db)), ("SET", key, "1"), at=at)
    assert replies == ("+OK", "+OK", "+OK"), f"at {at[0]}:{at[1]}: {replies}"
    seen = redis.ask(expect, "EXISTS", key, at=at, db=expect.db)
    removed = redis.ask(expect, "DEL", key, at=at, db=expect.db)
    assert (seen.value, removed.value) == (1, 1), f"in database {expect.db}: {seen}"


@pytest.mark.promise("redis-aof", "redis-aof-and-auth", expect=Server)
def test_writes_go_to_the_append_only_file(
    promise: Promise[Server], redis: Redis, data_folders: DataFolders
) -> None:
    """A write makes the file grow that the manifest names as the one that is appended to."""
    server = promise.expect
    assert redis.info(server, "persistence", "aof_enabled") == "1"
    assert redis.setting(server, "appendonly") == "yes"

    before = data_folders.appended(server)
    assert before.file != "none", f"expected an append-only file, seen {before}"
    key = f"stackproof:{promise.id}"
    assert redis.ask(server, "SET", key, "x" * 1000, "EX", 60).word == "answered"
    after = data_folders.grown(server, before)
    redis.ask(server, "DEL", key)
    # A rewrite may have begun a new file meanwhile.
    grew = after.size - before.size if after.file == before.file else after.size
    assert grew >= 1000, f"expected 1000 bytes more, seen {before} and then {after}"


@pytest.mark.promise("redis-aof-file", expect=File)
def test_append_only_data_is_in_the_documented_file(
    promise: Promise[File], redis: Redis, data_folders: DataFolders
) -> None:
    """A write makes the file at the documented path grow."""
    expect = promise.expect
    assert redis.info(expect, "persistence", "aof_enabled") == "1"
    data_folders.appended(expect)  # where the data is, for whoever reads the report

    seen = data_folders.host_file(expect.path)
    assert seen == "file", f"{expect.path} is {seen}"


@pytest.mark.promise("redis-setting", expect=Setting)
def test_setting_is_in_force(promise: Promise[Setting], redis: Redis) -> None:
    """CONFIG GET gives the value that the server works with, sizes in bytes."""
    expect = promise.expect
    seen = redis.setting(expect, expect.name)

    assert seen == expect.value, f"expected {expect.name} {expect.value}, seen {seen}"

"""Redis commands: those that a document prints, typed at a client, and what they tell."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.redis import Redis


@dataclass(frozen=True, slots=True)
class Ask:
    """*reply* in any order where it is a list; *among* are the words that a reply may hold."""

    command: terms.Command
    reply: int | str | list[str] | None = None
    names: str | None = None
    among: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Replies:
    server: Server
    ask: list[Ask]
    """Commands as printed, each with its reply."""
    db: int = 0
    """The number of the database."""
    given: list[str] = field(default_factory=list)
    """Commands that are sent before."""


@dataclass(frozen=True, slots=True)
class Info:
    """*rise* is by how much fields of the section rise, at least and at most, when *do* is done."""

    server: Server
    section: str
    """The section of INFO."""
    fields: list[str]
    """Fields that the section has."""
    do: list[str]
    rise: dict[str, list[int]]


@pytest.mark.promise("redis", expect=Replies)
def test_commands_are_answered(promise: Promise[Replies], redis: Redis) -> None:
    """Each command, as it is printed, gets its reply; keys of ours are gone afterwards."""
    expect = promise.expect
    try:
        for command in expect.given:
            done = redis.ask(expect.server, *shlex.split(command), db=expect.db)
            assert done.word == "answered", f"{command}: {done.word} {done.value}"
        for one in expect.ask:
            seen = redis.ask(expect.server, *shlex.split(one.command), db=expect.db)
            assert seen.word == "answered", f"{one.command}: {seen.word} {seen.value}"
            assert_replied(one, seen.value)
    finally:
        remove(redis, expect.server, expect.given, expect.db)


def assert_replied(ask: Ask, value: Any) -> None:
    """Assert that *value* is what is to come."""
    if isinstance(value, dict):
        value = [part for pair in value.items() for part in pair]
    if ask.reply is not None:
        seen = sorted(value) if isinstance(value, list) else value
        wanted = sorted(ask.reply) if isinstance(ask.reply, list) else ask.reply
        assert seen == wanted, f"{ask.command}: expected {wanted}, seen {seen}"
    if ask.names is not None:
        assert value[:1] == [ask.names], f"{ask.command}: seen {value}"
    if ask.among:
        assert value[-1] in ask.among, f"{ask.command}: seen {value}"


@pytest.mark.promise("redis", expect=Info)
def test_info_counts(promise: Promise[Info], redis: Redis) -> None:
    """The section has the fields, and they rise by what is done; others may use the server too.

    What somebody else does meanwhile would show in the same counters: it is tried three times, and
    later each time, since an application may still be at what an earlier check asked of it.
    """
    expect = promise.expect
    for pause in (0.0, 1.0, 5.0):
        time.sleep(pause)
        before = redis.section(expect.server, expect.section)
        try:
            for command in expect.do:
                redis.ask(expect.server, *shlex.split(command))
            after = redis.section(expect.server, expect.section)
        finally:
            remove(redis, expect.server, expect.do)
        missing = [name for name in expect.fields if name not in after]
        rises = {name: int(after.get(name, 0)) - int(before.get(name, 0)) for name in expect.rise}
        wrong = {
            name: seen
            for name, seen in rises.items()
            if not expect.rise[name][0] <= seen <= expect.rise[name][1]
        }
        if not missing and not wrong:
            break

    assert not missing, f"INFO {expect.section} lacks {missing}"
    assert not wrong, f"it rose by {wrong}, expected {expect.rise}"


def remove(redis: Redis, server: Server, commands: list[str], db: int = 0) -> None:
    """Delete the keys that *commands* have written: the first argument of each."""
    keys = [words[1] for words in map(shlex.split, commands) if words[0] in WRITING]
    if keys:
        redis.ask(server, "DEL", *keys, db=db)


WRITING = ("SET", "SETRANGE", "LPUSH", "HSET")

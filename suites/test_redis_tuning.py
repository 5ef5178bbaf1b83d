"""Redis tuning: settings changed and keys removed at run time, and what a full server drops."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .servers import Server

if TYPE_CHECKING:
    from fixtures.evictions import Evictions
    from fixtures.promises import Promise
    from fixtures.redis import Redis

LANE = "tuning"


@dataclass(frozen=True, slots=True)
class Setting:
    server: Server
    command: str
    """The command of Redis, as printed."""
    name: str
    """The name of the setting."""
    value: str
    """The value, as the server shows it."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """*commands* are typed first; *room* and *written* in bytes, *seconds* for the writing.

    *hot* is the least share of the keys in use that are left, *cold* the most of the others.
    """

    server: Server
    commands: list[str]
    room: int
    written: int
    seconds: float
    hot: float
    cold: float


@dataclass(frozen=True, slots=True)
class Removal:
    server: Server
    given: list[str]
    """Commands that put the keys there."""
    commands: list[str]
    """The commands, as printed."""
    gone: list[str]
    """Keys that are gone."""
    stays: list[str]
    """Keys that are still there."""


@pytest.mark.promise("setting", expect=Setting, lane=LANE)
def test_setting_changes_at_run_time(promise: Promise[Setting], redis: Redis) -> None:
    """The command is acknowledged and the server then says the new value; it had another one."""
    expect = promise.expect
    before = redis.setting(expect.server, expect.name)
    other = "noeviction" if before == expect.value else before
    redis.ask(expect.server, "CONFIG", "SET", expect.name, other)
    done = redis.ask(expect.server, *shlex.split(expect.command))
    after = redis.setting(expect.server, expect.name)
    redis.ask(expect.server, "CONFIG", "SET", expect.name, before)

    assert done.word == "answered", f"{expect.command}: {done.word} {done.value}"
    assert done.value in (True, "OK"), f"{expect.command}: {done.value}"
    assert after == expect.value, f"{expect.name} is {after}"


@pytest.mark.promise("redis", expect=Pressure, lane=LANE)
def test_least_recent_keys_go_first(
    promise: Promise[Pressure], redis: Redis, evictions: Evictions
) -> None:
    """With little room left, writes succeed, keys in use stay and the oldest others go.

    Redis tells ages in whole seconds and looks at a few keys (redis.conf, maxmemory-samples), so
    the writing takes its time, and shares are judged, not an order.
    """
    expect = promise.expect
    used = int(redis.info(expect.server, "memory", "used_memory"))
    limit = redis.ask(expect.server, "CONFIG", "SET", "maxmemory", used + expect.room)
    assert limit.word == "answered", f"CONFIG SET maxmemory: {limit.word}"
    for command in expect.commands:
        done = redis.ask(expect.server, *shlex.split(command))
        assert done.word == "answered", f"{command}: {done.word} {done.value}"
    filling, _ = evictions.fill(expect.server, expect.written, expect.seconds)
    redis.ask(expect.server, "CONFIG", "SET", "maxmemory", 0)

    assert filling.word == "written", f"{filling.word} after {filling.written >> 20} MiB"
    assert filling.evicted > 0, f"nothing was evicted with {filling.written >> 20} MiB written"
    assert filling.hot >= expect.hot, f"{filling.hot:.0%} of the keys in use are left"
    assert filling.cold <= expect.cold, f"{filling.cold:.0%} of the unused keys are left"


@pytest.mark.promise("redis", expect=Removal, lane=LANE)
def test_commands_remove_keys(promise: Promise[Removal], redis: Redis) -> None:
    """After the commands these keys are gone, and the others are there."""
    expect = promise.expect
    for command in expect.given:
        redis.ask(expect.server, *shlex.split(command))
    before = {
        key: redis.ask(expect.server, "EXISTS", key).value for key in [*expect.gone, *expect.stays]
    }
    assert set(before.values()) == {1}, f"there before: {before}"
    replies = {one: redis.ask(expect.server, *shlex.split(one)) for one in expect.commands}
    said = {one: seen.value for one, seen in replies.items()}
    left = [key for key in expect.gone if redis.ask(expect.server, "EXISTS", key).value]
    lost = [key for key in expect.stays if not redis.ask(expect.server, "EXISTS", key).value]
    redis.ask(expect.server, "DEL", *expect.gone, *expect.stays)

    assert not left, f"still there: {left}; the commands answered {said}"
    assert not lost, f"gone with them: {lost}"

"""Caches: what applications leave in Redis, under which keys, for how long, and to what use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .app_requests import Request
from .servers import Server

if TYPE_CHECKING:
    from fixtures.apps import Apps
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.redis_uses import Countdown, RedisUses

WATCHED = 10.0
"""Seconds for which a life is seen to count down."""
LATE = 5
"""Seconds that may go by from a write to the first look at its life."""
APART = 1.0
"""Seconds by which Redis' clock and ours may differ over such a time, with a busy machine."""


@dataclass(frozen=True, slots=True)
class Key:
    server: Server
    request: Request
    pattern: str
    """A pattern that the whole key has."""


@dataclass(frozen=True, slots=True)
class Life(Key):
    life_seconds: int
    """How long the key lives."""


@dataclass(frozen=True, slots=True)
class Spared(Key):
    """*calls* answers with the count of real calls in *field*."""

    calls: Request
    field: str


@dataclass(frozen=True, slots=True)
class Families:
    server: Server
    requests: list[Request]
    """Requests whose answers are cached."""
    patterns: list[str]
    """Patterns of Redis' KEYS, as printed."""
    other: str
    """A key that none of the patterns lists."""


@pytest.mark.promise("cache", expect=Key)
def test_answer_is_cached_under_a_key(promise: Promise[Key], apps: Apps) -> None:
    """One request leaves exactly one new key of this form.

    About cache: what applications keep in a cache, for how long, and to what use.

    Cannot see: whether a cached answer is still right.
    """
    expect = promise.expect
    with apps.alone():
        new, _ = written(apps, expect)

    matching = [key for key in new if re.search(expect.pattern, key)]
    assert len(matching) == 1, f"of this form: {matching}; new keys: {sorted(new)}"


def live(promise: Promise[Life], apps: Apps, redis_uses: RedisUses) -> Countdown | None:
    """Let the application write a key, and look at its life."""
    with apps.alone():
        _, key = written(apps, promise.expect)
    return redis_uses.countdown(promise.expect.server, key, WATCHED) if key else None


@pytest.mark.promise("cache", expect=Life, early=live)
def test_key_lives_as_long_as_documented(promise: Promise[Life], early: Countdown | None) -> None:
    """The key gets this life, which counts down as time goes by, and at its end it is gone."""
    seconds = promise.expect.life_seconds
    assert early is not None, f"no new key like {promise.expect.pattern}"
    (began, first), (ended, last) = early.seen[0], early.seen[-1]

    assert seconds - LATE < first <= seconds, f"{early.key} has a life of {first:g} s"
    fell = first - last
    assert abs(fell - (ended - began)) < APART, f"in {ended - began:.1f} s it fell by {fell:.1f} s"
    assert early.over, f"{early.key} is there after its time"


@pytest.mark.promise("cache", expect=Spared)
def test_second_request_is_answered_from_the_cache(
    promise: Promise[Spared], apps: Apps, redis: Redis
) -> None:
    """Of two equal requests one is computed; without the key, the next is computed again."""
    expect, token = promise.expect, apps.token()

    def computed() -> int:
        said = apps.ready(expect.calls)
        assert said.status == "200", f"the count: {said}"
        return int(said.data[expect.field])

    with apps.alone():
        before = computed()
        new, key = written(apps, expect, token)
        assert key is not None, f"no new key like {expect.pattern}: {sorted(new)}"
        first = apps.ask(expect.request, token)
        once = computed()
        redis.ask(expect.server, "DEL", key)
        again = apps.ask(expect.request, token)
        twice = computed()

    assert first.status == again.status == "200", f"{first.status}, {again.status}"
    assert first.data == again.data, "two equal requests were answered differently"
    assert once == before + 1, f"two equal requests were computed {once - before} times"
    assert twice == once + 1, f"without the key it was computed {twice - once} times"


@pytest.mark.promise("cache", expect=Families)
def test_patterns_tell_families_apart(promise: Promise[Families], apps: Apps, redis: Redis) -> None:
    """KEYS with each pattern lists the keys that the applications wrote of it, and no other."""
    expect, token = promise.expect, apps.token()
    with apps.alone():
        for request in expect.requests:
            said = apps.ready(request, token)
            assert said.status == "200", f"{request.path}: {said}"
        redis.ask(expect.server, "SET", expect.other, "1", "EX", 60)
        keys = set(apps.lives(expect.server))
        listed: set[str] = set()
        for pattern in expect.patterns:
            prefix = pattern.removesuffix("*")
            seen = redis.ask(expect.server, "KEYS", pattern)
            wanted = {key for key in keys if key.startswith(prefix)}
            assert wanted, f"the applications wrote no key like {pattern}"
            assert isinstance(seen.value, list), f"KEYS {pattern}: {seen}"
            assert set(seen.value) == wanted, f"KEYS {pattern}: {seen.value}, there are {wanted}"
            listed |= wanted

    assert expect.other not in listed, f"{expect.other} is of no family"


def written(apps: Apps, expect: Key, token: str = "") -> tuple[set[str], str | None]:
    """Send the request; return the new keys, and the one of them that has the form."""
    token = token or apps.token()
    before = set(apps.lives(expect.server))
    said = apps.ready(expect.request, token)
    assert said.status == "200", f"{expect.request.method} {expect.request.path}: {said}"
    new = set(apps.lives(expect.server)) - before
    return new, next((key for key in sorted(new) if re.search(expect.pattern, key)), None)

"""Application state in Redis: sessions, counters, and what of it can be read there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .app_requests import Request
from .servers import Server

if TYPE_CHECKING:
    from fixtures.apps import Apps
    from fixtures.promises import Promise
    from fixtures.redis import Redis


@dataclass(frozen=True, slots=True)
class Session:
    """*opens* answers with the session's token in *field*; *reads* with what it was opened with."""

    server: Server
    opens: Request
    reads: Request
    field: str
    key: str
    """How the session's key begins."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Each of *requests* is sent *times* times; its name is the field of the hash *key*."""

    server: Server
    requests: dict[str, Request]
    times: int
    key: str


@dataclass(frozen=True, slots=True)
class Secret:
    """What *opens* is given is a secret; *reads* shows that the application still knows it."""

    server: Server
    opens: Request
    reads: Request
    field: str
    """The field of the answer that holds the session's token."""


@pytest.mark.promise("session", expect=Session)
def test_session_is_a_key(promise: Promise[Session], apps: Apps, redis: Redis) -> None:
    """The session's key is there as long as the session; without it nobody is known any more."""
    expect, token = promise.expect, apps.token()
    with apps.alone():
        before = set(apps.lives(expect.server))
        opened = apps.ready(expect.opens, token)
        assert opened.status == "200", f"opening it: {opened}"
        new = [key for key in set(apps.lives(expect.server)) - before if key.startswith(expect.key)]
    assert len(new) == 1, f"new keys like {expect.key}: {new}"
    bearer = str(opened.data[expect.field])

    # Several instances: what one of them opened, each of them knows.
    for _ in range(4):
        known = apps.ask(expect.reads, bearer=bearer)
        assert known.status == "200", f"with the token: {known.status}"
        assert token in str(known.data), f"it is another session: {known.data}"
    stranger = apps.ask(expect.reads, bearer=apps.token())
    assert stranger.status == "401", f"with another token: {stranger.status}"
    redis.ask(expect.server, "DEL", new[0])
    gone = apps.ask(expect.reads, bearer=bearer)
    assert gone.status == "401", f"without the key: {gone.status}"


@pytest.mark.promise("redis", expect=Counter)
def test_requests_are_counted(promise: Promise[Counter], apps: Apps, redis: Redis) -> None:
    """Each counter grows by as many as there were requests."""
    expect = promise.expect
    for field, request in expect.requests.items():
        with apps.alone():
            apps.ready(request, apps.token())
            before = redis.ask(expect.server, "HGET", expect.key, field)
            for _ in range(expect.times):
                said = apps.ask(request, apps.token())
                assert said.status == "200", f"{request.path}: {said}"
            after = redis.ask(expect.server, "HGET", expect.key, field)
        seen = int(after.value or 0) - int(before.value or 0)

        assert seen == expect.times, f"{expect.key} {field}: {expect.times} requests counted {seen}"


@pytest.mark.promise("session", expect=Secret)
def test_secret_cannot_be_read(promise: Promise[Secret], apps: Apps) -> None:
    """No key and no value holds what the application was told, and it still knows it."""
    expect, token = promise.expect, apps.token()
    with apps.alone():
        before = apps.contents(expect.server)
        opened = apps.ready(expect.opens, token)
        assert opened.status == "200", f"telling it: {opened}"
        changed = apps.changed(expect.server, before)
    known = apps.ask(expect.reads, bearer=str(opened.data[expect.field]))
    assert token in str(known.data), f"the application does not know it: {known}"
    # Where this Redis was told nothing there is nothing in it to be read.
    assert changed, f"{expect.server.service} keeps nothing new: it is told elsewhere"
    holding = apps.holding(expect.server, token)

    assert not holding, f"in clear in {', '.join(key.partition(':')[0] for key in holding)}"

"""Health endpoints: what a server tells of its health, and whether it is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from .health_endpoints import FULL, KIND, THREE, Health, Story, deaf, in_use

if TYPE_CHECKING:
    from fixtures.chat_servers import ChatServers
    from fixtures.promises import Promise

NEAR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Port:
    health: Health
    port: int
    """The port that answers."""


@pytest.mark.promise(KIND, expect=Port)
def test_port(promise: Promise[Port], chat_servers: ChatServers) -> None:
    """Another container gets an HTTP answer of the stack's own server on this port."""
    server, path = chat_servers.own(promise.expect.health.server), promise.expect.health.path

    assert server.get(path, promise.expect.port).status == 200


@dataclass(frozen=True, slots=True)
class Bound:
    health: Health
    bound_to: str
    """The address that it listens on."""


@pytest.mark.promise(KIND, expect=Bound)
def test_bound(promise: Promise[Bound], chat_servers: ChatServers) -> None:
    """The stack's own server listens on this address, and another container reaches it."""
    port, server = promise.expect.health.server.health, promise.expect.health.server
    own = chat_servers.own(server)
    found = own.listeners(port)

    assert found == [promise.expect.bound_to], f"port {port}: {found or 'nobody listens'}"
    assert own.get(promise.expect.health.path).status == 200


@dataclass(frozen=True, slots=True)
class Separate:
    health: Health
    separate: bool
    """Whether it answers whoever the chat port refuses."""


@pytest.mark.promise(KIND, expect=Separate, early=in_use)
def test_separate(promise: Promise[Separate], early: Story) -> None:
    """Whoever is refused on the chat port, and a full server, make no difference to it.

    Nor does a look at it count as a connection; and the chat port does not answer for it.
    """
    full = early.told["full"]

    assert full.value("connections") == FULL, full.answer.starts
    assert early.attempts[-1] != "served", "the chat port still serves who came too often"
    assert (full.answer.status == 200) == promise.expect.separate, full.answer.status
    assert early.totals[0] == early.totals[1] is not None, early.totals
    assert not early.on_chat_port.isdigit(), f"the chat port answers {early.on_chat_port}"


@dataclass(frozen=True, slots=True)
class Object:
    health: Health
    status: int
    """The status of the HTTP answer."""
    content_type: str
    """The media type of the answer."""
    keys: list[str]
    """All keys."""


@pytest.mark.promise(KIND, expect=Object, early=in_use)
def test_object(promise: Promise[Object], early: Story) -> None:
    """The path answers with this status, and a JSON object of these keys.

    About health-endpoint: what a server tells of its health, and whether it is true.

    Cannot see: what a load balancer makes of it.
    """
    expect, told = promise.expect, early.told["three"]

    assert told.answer.status == expect.status, told.answer.status
    assert told.answer.first("Content-Type").partition(";")[0] == expect.content_type
    assert sorted(told.body) == sorted(expect.keys), told.answer.starts


@dataclass(frozen=True, slots=True)
class Serving:
    health: Health
    serving: str
    """The status while clients are served."""


@pytest.mark.promise(KIND, expect=Serving, early=in_use)
def test_serving(promise: Promise[Serving], early: Story) -> None:
    """It says so while a client gets its answers."""
    assert early.echoed["three"], "no client got an answer"
    assert early.told["three"].value("status") == promise.expect.serving


@dataclass(frozen=True, slots=True)
class Deaf:
    health: Health
    deaf: str
    """The status once nobody can connect."""


@pytest.mark.promise(KIND, expect=Deaf, early=deaf)
def test_deaf(promise: Promise[Deaf], early: Story) -> None:
    """It says so once nobody can connect any more."""
    assert early.told["serving"].value("status") != promise.expect.deaf
    assert early.attempts == ["refused"], f"its port: {early.attempts}"
    assert early.told["deaf"].value("status") == promise.expect.deaf


@dataclass(frozen=True, slots=True)
class DeafStatus:
    health: Health
    deaf_status: int
    """The HTTP status once nobody can connect."""


@pytest.mark.promise(KIND, expect=DeafStatus, early=deaf)
def test_deaf_status(promise: Promise[DeafStatus], early: Story) -> None:
    """The status of the answer tells it apart from a server that serves."""
    assert early.told["serving"].answer.status == 200
    assert early.attempts == ["refused"], f"its port: {early.attempts}"
    assert early.told["deaf"].answer.status == promise.expect.deaf_status


@dataclass(frozen=True, slots=True)
class Time:
    health: Health
    time: str
    """The key of the time."""


@pytest.mark.promise(KIND, expect=Time, early=in_use)
def test_time(promise: Promise[Time], early: Story) -> None:
    """It is the server's own local time in ISO 8601, and another one each time."""
    told = [early.told[stage] for stage in ("empty", "three", "gone")]
    texts = [str(one.value(promise.expect.time)) for one in told]

    for text, one in zip(texts, told, strict=True):
        low, high = (datetime.fromisoformat(at) for at in (one.before, one.after))
        assert _parsed(text) is not None, f"{text!r} is no time"
        assert low - NEAR < (_parsed(text) or low) < high + NEAR, f"{text}, it is {one.before}"
    assert len(set(texts)) == len(texts), texts


@dataclass(frozen=True, slots=True)
class Connections:
    health: Health
    connections: str
    """The key of the number of clients."""


@pytest.mark.promise(KIND, expect=Connections, early=in_use)
def test_connections(promise: Promise[Connections], early: Story) -> None:
    """It is the number of clients that are there: none, three, and none again."""
    key = promise.expect.connections
    seen = [early.told[stage].value(key) for stage in ("empty", "three", "gone")]

    assert seen == [0, THREE, 0], seen


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Upgrades: WebSocket and Socket.IO through a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.http import Http
    from fixtures.promises import Promise
    from fixtures.socketio_client import SocketIo
    from fixtures.websocket import WebSocket

RFC_6455_VERSION = "HTTP/1.1"


@dataclass(frozen=True, slots=True)
class Upgrade:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path
    sees: dict[str, str]
    """Headers, with the values that the backend sees."""


@pytest.mark.promise("websocket", expect=Upgrade)
def test_websocket_handshake(promise: Promise[Upgrade], websocket: WebSocket, http: Http) -> None:
    """A handshake gets 101 without a redirect, the backend sees these headers, a frame echoes.

    About websocket: WebSocket and Socket.IO through a proxy.

    Cannot see: what a proxy does under thousands of sockets.
    """
    expect = promise.expect
    exchange = websocket.exchange(expect.service, expect.port, expect.path, [16])
    shaken = exchange.handshake

    assert shaken.status == 101, f"{expect.path}: expected 101, seen {shaken.status}" + (
        f" to {shaken.location}" if shaken.location else ""
    )
    assert shaken.echo is not None, "the backend sent no report of the handshake"
    assert shaken.echo.process == http.token(expect.backend), "another process answered"
    for name, value in expect.sees.items():
        seen = [one.lower() for one in shaken.echo.values(name)]
        assert seen == [value.lower()], f"{name}: expected {value}, seen {seen}"
    assert [frame.came_back for frame in exchange.frames] == ["intact"] * 2, exchange.frames


@dataclass(frozen=True, slots=True)
class Frames:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path
    sizes: list[int]
    """Sizes of the frames in bytes."""


@pytest.mark.promise("websocket", expect=Frames)
def test_websocket_frames(promise: Promise[Frames], websocket: WebSocket, http: Http) -> None:
    """Text and binary frames of each size come back intact, and the server can send on its own.

    The handshake reaches the backend as RFC 6455 section 4.2.1 demands, over HTTP/1.1, and both
    sides close with 1000.
    """
    expect = promise.expect
    exchange = websocket.exchange(expect.service, expect.port, expect.path, expect.sizes, push=True)
    shaken, token = exchange.handshake, http.token(expect.backend)

    assert shaken.status == 101, f"expected 101, seen {shaken.status}"
    assert shaken.echo is not None, "the backend sent no report of the handshake"
    assert shaken.echo.process == token, "another process answered"
    assert shaken.echo.version == RFC_6455_VERSION, f"handshake over {shaken.echo.version}"
    damaged = [frame for frame in exchange.frames if frame.came_back != "intact"]
    assert not damaged, damaged
    assert len(exchange.frames) == 2 * len(expect.sizes)
    assert exchange.pushed == token, f"the server's own frame: {exchange.pushed}"
    assert exchange.closed == 1000, f"closed with {exchange.closed}"


@dataclass(frozen=True, slots=True)
class RealTime:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path
    transports: list[str]
    """Transports of Socket.IO that are tried alone."""


@pytest.mark.promise("websocket", expect=RealTime)
def test_socketio(promise: Promise[RealTime], socket_io: SocketIo, http: Http) -> None:
    """An event comes back over each transport alone, and a client upgrades from first to last.

    Cannot see: clients of other versions.
    """
    expect = promise.expect
    token = http.token(expect.backend)
    for transports in [*([one] for one in expect.transports), expect.transports]:
        talk = socket_io.talk(expect.service, expect.port, expect.path, transports)
        way = " to ".join(transports)
        assert talk.state == "connected", f"{way}: {talk.state}"
        assert talk.transport == transports[-1], f"{way}: ended at {talk.transport}"
        assert talk.round_trip, f"{way}: no event came back"
        assert talk.process == token, f"{way}: welcomed by {talk.process or 'nobody'}"

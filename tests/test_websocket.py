"""WebSocket probe: every end of a handshake and of a socket has its word."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from fixtures.evidence import Evidence
from fixtures.redaction import Redactor
from fixtures.websocket import WebSocket


def probe(address: tuple[str, int] | None) -> WebSocket:
    lane: Any = SimpleNamespace(published=lambda _service, _port: address)
    return WebSocket(lane, Evidence(Redactor()))


@contextmanager
def speaking(said: bytes) -> Iterator[tuple[str, int]]:
    """Answer one request with *said* and close."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()
        thread.join()


@contextmanager
def backend(handler: Callable[[ServerConnection], None]) -> Iterator[tuple[str, int]]:
    """Serve real WebSockets with *handler*."""
    with serve(handler, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()
        server.shutdown()
        thread.join()


def report(connection: ServerConnection) -> None:
    connection.send(json.dumps({"kind": "handshake", "token": "t1", "target": "/x"}))


@pytest.mark.parametrize(
    ("said", "status", "location"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: /ws/\r\nContent-Length: 0\r\n\r\n", 301, "/ws/"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", 200, None),
        (b"", "closed", None),
        (b"-NOAUTH\r\n", "no HTTP", None),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: wrong\r\n\r\n",
            "bad handshake",
            None,
        ),
    ],
)
def test_no_socket(said: bytes, status: int | str, location: str | None) -> None:
    """A redirect is not followed; every other answer has its status or word."""
    with speaking(said) as address:
        seen = probe(address).exchange("nginx", 80, "/ws", [1]).handshake

    assert (seen.status, seen.location) == (status, location)


def test_nobody_there() -> None:
    """A closed port refuses; a port that is not published says so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()

    assert probe(address).exchange("nginx", 80, "/", [1]).handshake.status == "refused"
    assert probe(None).exchange("nginx", 80, "/", [1]).handshake.status == "not published"


def test_frames_and_a_push_between_them() -> None:
    """Frames come back intact, also around a frame of the server's own; both close with 1000."""

    def echo(connection: ServerConnection) -> None:
        report(connection)
        for number, frame in enumerate(connection):
            if number == 1:
                connection.send('{"kind": "push", "token": "t1"}')
            connection.send(frame)

    with backend(echo) as address:
        seen = probe(address).exchange("nginx", 80, "/x", [125, 65536], push=True)

    assert seen.handshake.echo is not None
    assert seen.handshake.echo.process == "t1"
    assert [(one.kind, one.size, one.came_back) for one in seen.frames] == [
        ("text", 125, "intact"),
        ("binary", 125, "intact"),
        ("text", 65536, "intact"),
        ("binary", 65536, "intact"),
    ]
    assert (seen.pushed, seen.closed) == ("t1", 1000)


def test_a_damaged_frame_is_seen() -> None:
    """A frame that comes back otherwise is changed."""

    def damage(connection: ServerConnection) -> None:
        report(connection)
        for frame in connection:
            connection.send(frame[:-1])

    with backend(damage) as address:
        seen = probe(address).exchange("nginx", 80, "/x", [10])

    assert {one.came_back for one in seen.frames} == {"changed"}


def test_an_idle_socket_echoes() -> None:
    """What nobody closed still echoes."""

    def echo(connection: ServerConnection) -> None:
        report(connection)
        for frame in connection:
            connection.send(frame)

    with backend(echo) as address:
        assert probe(address).idle("nginx", 80, "/x", 0.2).state == "echoes"


def test_an_idle_socket_that_is_cut() -> None:
    """A connection that ends without a closing handshake is 1006, and not waited out."""

    def cut(connection: ServerConnection) -> None:
        report(connection)
        connection.socket.shutdown(socket.SHUT_RDWR)

    with backend(cut) as address:
        seen = probe(address).idle("nginx", 80, "/x", 5)

    assert (seen.state, seen.after < 2) == ("closed 1006", True)

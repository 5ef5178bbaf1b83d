"""HTTP probe: every way of not answering has its word, and nothing is rewritten."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fixtures.answers import answer, echo_in
from fixtures.http import request
from fixtures.tls import get_h2, shake

REPORT = b'{"token": "t1", "target": "/a%20b", "version": "HTTP/1.1", "headers": [["A", "1"]]}'


@contextmanager
def server(said: bytes, *, close: bool = True) -> Iterator[tuple[tuple[str, int], list[bytes]]]:
    """Serve *said* to one client; yields the address and what the client sent."""
    heard: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                heard.append(client.recv(65536))
                client.sendall(said)
                if not close:
                    done.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname(), heard
        done.set()
        thread.join()


def free_address() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
    return address


@pytest.mark.parametrize(
    ("said", "close", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True, 204),
        (b"", True, "closed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", True, "closed"),
        (b"", False, "silent"),
        (b"-NOAUTH\r\n", True, "no HTTP"),
    ],
)
def test_words(said: bytes, close: bool, status: int | str) -> None:
    """A status, or the word for what came instead."""
    with server(said, close=close) as (address, _heard):
        assert request(address, "/", {}, within=0.3).status == status


def test_nobody_there() -> None:
    """A closed port refuses, and a port that is not published has no address."""
    assert request(free_address(), "/", {}, within=1).status == "refused"
    assert request(None, "/", {}, within=1).status == "not published"
    assert shake(free_address()).state == "refused"
    assert shake(None).state == "not published"
    assert get_h2(free_address(), "/").status == "refused"


def test_the_target_goes_out_as_it_is() -> None:
    """No normalisation, no header that was not asked for but Host."""
    with server(b"HTTP/1.1 200 OK\r\n\r\n") as (address, heard):
        request(address, "/a/../b%2F//c?x=%zz", {"Upgrade": "websocket"}, within=1)

    assert heard[0] == (
        b"GET /a/../b%%2F//c?x=%%zz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n\r\n"
        % address[1]
    )


def test_repeated_headers_stay_apart() -> None:
    """Two Cache-Control lines are two; their directives are one list."""
    said = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=1\r\ncache-control: Public, x\r\n\r\n"
    with server(said) as (address, _heard):
        seen = request(address, "/", {}, within=1)

    assert seen.values("Cache-Control") == ["max-age=1", "Public, x"]
    assert seen.directives() == ["max-age=1", "public", "x"]


@pytest.mark.parametrize(
    ("body", "coding"), [(REPORT, ""), (gzip.compress(REPORT, mtime=0), "gzip")]
)
def test_a_report_is_read_through_gzip(body: bytes, coding: str) -> None:
    """The backend's report, whether the proxy has compressed it or not."""
    echo = answer(200, 0.1, "HTTP/1.1", [("Content-Encoding", coding)], body).echo()

    assert echo is not None
    assert (echo.process, echo.target, echo.values("a")) == ("t1", "/a%20b", ["1"])


@pytest.mark.parametrize("text", ["", "OK\n", "[]", "{}", '{"token": 1}', "<html>"])
def test_anything_else_is_no_report(text: str) -> None:
    """A page, another JSON document, or nothing."""
    assert echo_in(text) is None


def test_expires_needs_both_dates() -> None:
    """Seconds from Date to Expires, None where one is missing or is no date."""
    dates = [
        ("Date", "Fri, 20 Nov 2026 09:00:00 GMT"),
        ("Expires", "Fri, 20 Nov 2026 10:00:00 GMT"),
    ]

    assert answer(200, 0, "HTTP/1.1", dates, b"").expires_after() == 3600
    assert answer(200, 0, "HTTP/1.1", dates[:1], b"").expires_after() is None
    assert answer(200, 0, "HTTP/1.1", [dates[0], ("Expires", "0")], b"").expires_after() is None


@pytest.mark.parametrize(
    ("said", "close", "state"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "no TLS"),
        (b"", True, "closed"),
        (b"\x15\x03\x03\x00\x02\x02\x28", True, "alert"),
    ],
)
def test_tls_words(said: bytes, close: bool, state: str) -> None:
    """What answers a ClientHello is TLS, an alert of it, or neither."""
    with server(said, close=close) as (address, _heard):
        assert shake(address).state == state

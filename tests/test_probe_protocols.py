"""What servers answer, as words."""

from __future__ import annotations

import struct

import pytest

from fixtures.probe_looks import address
from fixtures.probe_protocols import (
    Talk,
    http2_settings,
    http_status,
    postgres_ssl,
    postgres_startup,
    redis_ping,
    websocket,
)

SQL_ERROR = b"SFATAL\0VFATAL\0C28P01\0Mno\0\0"


@pytest.mark.parametrize(
    ("talk", "answers", "word"),
    [
        (postgres_ssl(), [b"N"], "no-ssl"),
        (postgres_ssl(), [b"S"], "ssl"),
        (postgres_ssl(), [b"H"], "not-postgres"),
        (postgres_startup("u", "d"), [b"R" + struct.pack(">II", 8, 0)], "trust"),
        (postgres_startup("u", "d"), [b"R" + struct.pack(">II", 23, 10) + b"SC"], "scram-sha-256"),
        (postgres_startup("u", "d"), [b"E\0\0\0\x20" + SQL_ERROR], "error 28P01"),
        (postgres_startup("u", "d"), [b"HTTP/1.1 400"], "not-postgres"),
        (redis_ping(), [b"+PONG\r\n"], "PONG"),
        (redis_ping(), [b"-NOAUTH Authentication required.\r\n"], "NOAUTH"),
        (redis_ping("x"), [b"-WRONGPASS invalid\r\n", b"-NOAUTH\r\n"], "WRONGPASS"),
        (redis_ping("x"), [b"+OK\r\n", b"+PONG\r\n"], "PONG"),
        (redis_ping(), [b"HTTP/1.1 400\r\n"], "not-redis"),
        (http_status(), [b"HTTP/1.1 204 No Content\r\n"], "204"),
        (http_status(), [b"+PONG\r\n"], "not-http"),
        (http2_settings(), [b"\0\0\x06\x04\0\0\0\0\0\0\x03"], "http2"),
        (http2_settings(), [b"HTTP/1.1 400 Bad Request"], "not-http2"),
        (websocket("/"), [b"HTTP/1.1 404 Not Found\r\n\r\n"], "404"),
        # The accept value is that of RFC 6455 section 1.3.
        (
            websocket("/"),
            [
                b"HTTP/1.1 101 Switching Protocols\r\n"
                b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            ],
            "upgraded",
        ),
        (websocket("/"), [b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: no\r\n\r\n"], "wrong-accept"),
    ],
)
def test_words(talk: Talk, answers: list[bytes], word: str) -> None:
    """Each answer stands for one word."""
    assert talk.word(tuple(answers)) == word


def test_startup_message() -> None:
    """The length counts itself, and the list of parameters ends with an empty name."""
    (step,) = postgres_startup("me", "db").steps
    length, version = struct.unpack_from(">II", step.send)

    assert (length, version) == (len(step.send), 3 << 16)
    assert step.send[8:] == b"user\0me\0database\0db\0\0"


def test_addresses() -> None:
    """Three sorts of address are understood, and no others."""
    assert address("tcp://redis:6379") == {"tcp": ["redis", 6379]}
    assert address("tcp://[::1]:80") == {"tcp": ["::1", 80]}
    assert address("unix:///run/a b.sock") == {"unix": "/run/a b.sock"}
    assert address("abstract:name") == {"abstract": "name"}
    for wrong in ("tcp://redis", "unix://run/x", "redis:6379", ""):
        with pytest.raises(ValueError, match="is not tcp"):
            address(wrong)

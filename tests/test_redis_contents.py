"""Redis contents: what anybody reads in what an application keeps."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import redis as library

from fixtures.apps import Apps
from fixtures.evidence import Evidence
from fixtures.probe_sessions import CouldNotLook
from fixtures.redaction import Redactor
from fixtures.redis_contents import holds
from suites import test_app_state as checks

TOKEN = "5f1ce7a02b9d4c6688aa01fe"
CODES: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "base64": base64.b64encode,
    "base64 of URLs": base64.urlsafe_b64encode,
    "base64 without its end": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 in between": lambda data: b"s:" + base64.b64encode(data) + b".sig",
    "hexadecimal": lambda data: data.hex().encode(),
    "HEXADECIMAL": lambda data: data.hex().upper().encode(),
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "deflate": lambda data: zlib.compress(data)[2:-4],
    "zlib in base64": lambda data: base64.b64encode(zlib.compress(data)),
}
VALUES: dict[str, Callable[[bytes], tuple[bytes, Any]]] = {
    "string": lambda token: (b"string", token),
    "compressed": lambda token: (b"string", zlib.compress(token)),
    "hash": lambda token: (b"hash", {b"\x80": base64.b64encode(token)}),
    "set": lambda token: (b"set", {b"x", token}),
    "stream": lambda token: (b"stream", [(b"1-0", {b"user": token})]),
    "module": lambda token: (b"ReJSON-RL", b"\x07" + token),
}


def json(token: str = TOKEN) -> bytes:
    return b'{"user": "%s"}' % token.encode()


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz", b"\xff\xfe"])
@pytest.mark.parametrize("how", sorted(CODES))
def test_what_is_only_coded_is_read(how: str, before: bytes) -> None:
    """Wherever in the value it stands; no key is needed for that."""
    written = CODES[how]

    assert holds(TOKEN, written(before + json()))
    assert not holds(TOKEN, written(before + json(TOKEN[::-1])))


def test_what_is_encrypted_is_not_read() -> None:
    """Bytes of no meaning raise nothing, whatever they look like."""
    for data in (bytes(range(256)), b"", b"gAAAAABl", zlib.compress(b"x" * 99)[:-9]):
        assert not holds(TOKEN, data)


class Server:
    """A Redis client of one database, of a server that keeps *kept*."""

    kept: ClassVar[dict[int, dict[bytes, tuple[bytes, Any]]]] = {}

    def __init__(self, number: int) -> None:
        self._there = self.kept.get(number, {})

    def info(self, section: str) -> dict[str, Any]:
        assert section == "keyspace"
        return {f"db{number}": {"keys": len(keys)} for number, keys in self.kept.items()}

    def scan_iter(self, count: int) -> list[bytes]:
        assert count
        return list(self._there)

    def type(self, key: bytes) -> bytes:
        return self._there[key][0]

    def execute_command(self, command: str, key: bytes, *_: str) -> Any:
        kind, value = self._there[key]
        assert (command == "DUMP") == (kind == b"ReJSON-RL")
        return value


def check(monkeypatch: pytest.MonkeyPatch, database: int, key: bytes, made: Any) -> None:
    """Judge an application that keeps what *made* returns for its token under *key*."""
    kept: dict[int, dict[bytes, tuple[bytes, Any]]] = {0: {b"n": (b"hash", {b"a": b"\xff"})}}
    monkeypatch.setattr(Server, "kept", kept)
    lane: Any = SimpleNamespace(id="shop-shared")

    def client(_: object, *, db: int, text: bool) -> Server:
        assert not text, "what is no UTF-8 could not be read"
        return Server(db)

    apps = Apps(lane, SimpleNamespace(client=client), Evidence(Redactor()))  # type: ignore[arg-type]

    def opened(_: object, token: str) -> Any:
        if key:
            kept.setdefault(database, {})[key] = made(token.encode())
        return SimpleNamespace(status="200", data={"session": "s"})

    monkeypatch.setattr(apps, "token", lambda: TOKEN)
    monkeypatch.setattr(apps, "ready", opened)
    monkeypatch.setattr(apps, "ask", lambda *_, **__: SimpleNamespace(data=TOKEN))
    server: Any = SimpleNamespace(service="redis")
    expect = SimpleNamespace(server=server, opens=None, reads=None, field="session")
    promise: Any = SimpleNamespace(expect=expect)
    checks.test_secret_cannot_be_read(promise, apps)


@pytest.mark.parametrize("kind", sorted(VALUES))
@pytest.mark.parametrize("database", [0, 3])
def test_a_secret_in_clear_is_found(
    monkeypatch: pytest.MonkeyPatch, database: int, kind: str
) -> None:
    """In any database, in values of any type."""
    with pytest.raises(AssertionError, match="in clear in session"):
        check(monkeypatch, database, b"session:1", VALUES[kind])


def test_a_name_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key whose name is the secret."""
    with pytest.raises(AssertionError, match="in clear in user"):
        check(monkeypatch, 0, b"user:" + TOKEN.encode(), lambda _: (b"string", b"1"))


def test_an_encrypted_secret_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login is there, and says nothing."""
    check(monkeypatch, 0, b"session:1", lambda token: (b"string", bytes(255 - b for b in token)))


def test_a_login_must_reach_this_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are kept elsewhere are not encrypted here."""
    with pytest.raises(AssertionError, match="keeps nothing new"):
        check(monkeypatch, 0, b"", None)


def test_a_server_that_does_not_answer_is_not_empty() -> None:
    """Nothing is known of what it keeps."""
    lane: Any = SimpleNamespace(id="shop-shared")
    server: Any = SimpleNamespace(service="redis")

    def away(*_: object, **__: object) -> Any:
        raise library.ConnectionError("not published")

    apps = Apps(lane, SimpleNamespace(client=away), Evidence(Redactor()))  # type: ignore[arg-type]
    with pytest.raises(CouldNotLook, match="not published"):
        apps.contents(server)

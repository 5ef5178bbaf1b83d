"""Talk probe: what speaks its protocol, what only accepts; TLS versions, keys and names."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.evidence import Evidence
from fixtures.redaction import Redactor
from fixtures.talks import Talks, spoken
from fixtures.tls import Tls

Address = tuple[str, int]


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[Address]:
    """Let *serve* have one client after another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def loop() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client, suppress(OSError):
                        serve(client)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def says(words: bytes) -> Callable[[socket.socket], None]:
    def serve(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(words)

    return serve


def lane(address: Address | None) -> Any:
    return SimpleNamespace(published=lambda *_: address)


def talks(address: Address | None) -> Talks:
    return Talks(lane(address), None, Evidence(Redactor()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("protocol", "words", "word", "speaks"),
    [
        ("postgresql", b"N", "no-ssl", True),
        ("postgresql", b"S", "ssl", True),
        ("postgresql", b"HTTP/1.1 400\r\n", "not-postgres", False),
        ("redis", b"+PONG\r\n", "PONG", True),
        ("redis", b"-NOAUTH Authentication required.\r\n", "NOAUTH", True),
        ("redis", b"-LOADING\r\n", "LOADING", False),
        ("http", b"HTTP/1.1 502 Bad Gateway\r\n", "502", True),
        ("http", b"+PONG\r\n", "not-http", False),
        ("redis", b"", "closed", False),
    ],
)
def test_first_words_tell_the_protocol(
    protocol: str, words: bytes, word: str, speaks: bool
) -> None:
    """A port that accepts and says nothing, or something else, does not speak it."""
    with server(says(words)) as address:
        seen = talks(address).from_host("any", 1, protocol)

    assert seen == word
    assert spoken(protocol, seen) is speaks


def test_port_that_is_not_published_speaks_nothing() -> None:
    """Neither does one at which nobody listens."""
    assert talks(None).from_host("any", 1, "redis") == "not published"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()

    assert talks(None).at(free, "redis") == "refused"
    assert talks(None).at(free, "tls") == "refused"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem, and other.pem, the key of nobody's certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("pair")
    for certificate, key in (("cert.pem", "key.pem"), ("unused.pem", "other.pem")):
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                "-keyout", key, "-out", certificate,
            ],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.fixture
def secure(pair: Path) -> Iterator[Address]:
    """The address of a server that speaks TLS 1.2 alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair / "cert.pem", pair / "key.pem")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2

    def serve(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as one:
            one.recv(1)

    with server(serve) as address:
        yield address


def test_versions_are_tried_one_by_one(secure: Address) -> None:
    """What the server refuses is its refusal, not the client's own security level."""
    tls = Tls(lane(secure), Evidence(Redactor()))

    seen = {v: tls.handshake_of("any", 443, v) for v in ("TLSv1.1", "TLSv1.2", "TLSv1.3")}

    assert {version: one.state for version, one in seen.items()} == {
        "TLSv1.1": "alert",
        "TLSv1.2": "done",
        "TLSv1.3": "alert",
    }
    assert seen["TLSv1.2"].version == "TLSv1.2"


@pytest.mark.parametrize(
    ("key", "word"), [("key.pem", "pair"), ("other.pem", "key values mismatch"), ("", "no key")]
)
def test_key_and_certificate_belong_together(
    secure: Address, pair: Path, monkeypatch: pytest.MonkeyPatch, key: str, word: str
) -> None:
    """A key of another certificate, and a file that holds none, are told by what OpenSSL says."""
    text = (pair / key).read_text() if key else ""
    monkeypatch.setattr(Tls, "_text", lambda *_: text)

    seen = Tls(lane(secure), Evidence(Redactor())).pairs("any", 443, "/key.pem")

    assert seen == word or (word == "no key" and seen != "pair")

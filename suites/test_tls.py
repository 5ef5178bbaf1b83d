"""TLS: whether a port speaks it, with which certificate, and which protocol it selects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.http import Http
    from fixtures.promises import Promise
    from fixtures.tls import Tls


@dataclass(frozen=True, slots=True)
class NoTls:
    service: terms.Service
    port: terms.Port


@pytest.mark.promise("tls", expect=NoTls)
def test_no_tls(promise: Promise[NoTls], tls: Tls) -> None:
    """A ClientHello gets no TLS answer; an alert would be one."""
    seen = tls.handshake(promise.expect.service, promise.expect.port)

    assert seen.state not in ("done", "alert"), f"TLS is served: {seen}"


@dataclass(frozen=True, slots=True)
class Certificate:
    service: terms.Service
    port: terms.Port
    certificate: str
    """The certificate's file, below the stack's folder."""
    path: terms.Path
    status: terms.Status


@pytest.mark.promise("tls", expect=Certificate)
def test_tls_certificate(promise: Promise[Certificate], tls: Tls, http: Http) -> None:
    """The port presents the certificate of this file, and a request over TLS is answered."""
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port)
    file = tls.certificate(expect.certificate)

    assert seen.state == "done", f"handshake: {seen.state}"
    assert seen.fingerprint == file, f"presented {seen.fingerprint}, the file is {file}"
    answer = http.get(expect.service, expect.port, expect.path, tls=True)
    assert answer.status == expect.status, f"expected {expect.status}, seen {answer.status}"


@dataclass(frozen=True, slots=True)
class Alpn:
    service: terms.Service
    port: terms.Port
    offers: list[str]
    """What the client offers, in its order."""
    selects: str
    """What the server selects."""
    path: terms.Path
    status: terms.Status


@pytest.mark.promise("tls", expect=Alpn)
def test_alpn(promise: Promise[Alpn], tls: Tls, http: Http) -> None:
    """The server selects HTTP/2 and answers over it; a client that speaks only 1.1 is served."""
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port, expect.offers)

    assert seen.state == "done", f"handshake: {seen.state}"
    assert seen.alpn == expect.selects, f"expected {expect.selects}, selected {seen.alpn}"
    over_h2 = tls.get_h2(expect.service, expect.port, expect.path)
    assert over_h2.status == expect.status, f"over HTTP/2: {over_h2.status}"
    old = tls.handshake(expect.service, expect.port, ["http/1.1"])
    assert old.alpn == "http/1.1", f"a client with http/1.1 alone got {old.alpn or old.state}"
    answer = http.get(expect.service, expect.port, expect.path, tls=True)
    assert answer.status == expect.status, f"over HTTP/1.1: {answer.status}"

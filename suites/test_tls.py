"""TLS: whether a port speaks it, with which certificate, and which protocol it selects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.backends import Backends
    from fixtures.http import Http
    from fixtures.nginx_config import NginxConfig
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.tls import Tls
    from fixtures.transports import Transports

REFUSALS = ("alert", "closed", "reset")


@dataclass(frozen=True, slots=True)
class NoTls:
    service: terms.Service
    port: terms.Port


@pytest.mark.promise("tls", expect=NoTls)
def test_no_tls(promise: Promise[NoTls], tls: Tls, transports: Transports) -> None:
    """While the service listens, a ClientHello gets no TLS answer; an alert would be one.

    Cannot see: TLS after a plain beginning, as STARTTLS.
    """
    expect = promise.expect
    settled = transports.settled(expect.service)
    seen = tls.handshake(expect.service, expect.port)

    assert seen.state not in ("done", "alert"), f"TLS is served: {seen}"
    # What is not up yet, or too busy to answer, offers nothing either.
    if settled != "listens" or seen.state == "silent":
        raise RuntimeError(f"{expect.service} is {settled}, and the port is {seen.state}")


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
    """The port presents the certificate of this file, and a request over TLS is answered.

    About tls: TLS at a port.

    Cannot see: whether a browser trusts the certificate.
    """
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port)
    file = tls.certificate(expect.certificate)

    assert seen.state == "done", f"handshake: {seen.state}"
    assert seen.fingerprint == file, f"presented {seen.fingerprint}, the file is {file}"
    answer = http.get(expect.service, expect.port, expect.path, tls=True)
    assert answer.status == expect.status, f"expected {expect.status}, seen {answer.status}"


@dataclass(frozen=True, slots=True)
class InnerCertificate:
    service: terms.Service
    port: terms.Port
    inner: str
    """The path of the certificate in the container."""


@pytest.mark.promise("tls", expect=InnerCertificate)
def test_inner_certificate(promise: Promise[InnerCertificate], tls: Tls) -> None:
    """The port presents the certificate that lies under this path of the container."""
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port)
    file = tls.certificate_inside(expect.service, expect.inner)

    assert seen.state == "done", f"handshake: {seen.state}"
    assert seen.fingerprint == file, f"presented {seen.fingerprint}, {expect.inner} is {file}"


@dataclass(frozen=True, slots=True)
class InnerKey:
    service: terms.Service
    port: terms.Port
    key: str
    """The path of the key in the container."""


@pytest.mark.promise("tls", expect=InnerKey)
def test_inner_key(promise: Promise[InnerKey], tls: Tls, probes: ProbeContainers) -> None:
    """The key under this path is that of the presented certificate, and its owner's alone."""
    expect = promise.expect
    seen = tls.pairs(expect.service, expect.port, expect.key)
    facts = probes.beside(expect.service).stat(expect.key, follow=True)

    assert seen == "pair", f"the key and the presented certificate: {seen}"
    assert facts.mode is not None
    assert int(facts.mode, 8) & 0o077 == 0, f"{expect.key} has mode {facts.mode}"


@dataclass(frozen=True, slots=True)
class Terminated:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    backend: str
    """``service:port`` of the application."""


@pytest.mark.promise("tls", expect=Terminated)
def test_tls_is_terminated(
    promise: Promise[Terminated], tls: Tls, http: Http, backends: Backends
) -> None:
    """The port speaks TLS, and the application behind it, which speaks none, has the request."""
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port)
    answer = http.get(expect.service, expect.port, expect.path, tls=True)
    echo = answer.echo()

    assert seen.state == "done", f"handshake: {seen.state}"
    assert echo is not None, f"{expect.backend} did not answer: {answer.status}"
    assert echo.process in backends.tokens(expect.backend), "another process answered"


@dataclass(frozen=True, slots=True)
class Versions:
    service: terms.Service
    port: terms.Port
    accepts: list[str]
    """Versions, such as ``TLSv1.2``."""
    refuses: list[str]
    """Versions that a client may speak and the server must not."""


@pytest.mark.promise("tls", expect=Versions)
def test_tls_versions(promise: Promise[Versions], tls: Tls) -> None:
    """A client that speaks one version alone is served, or is refused by the server."""
    expect = promise.expect
    for version in expect.accepts:
        seen = tls.handshake_of(expect.service, expect.port, version)
        assert (seen.state, seen.version) == ("done", version), f"{version}: {seen.state}"
    for version in expect.refuses:
        seen = tls.handshake_of(expect.service, expect.port, version)
        assert seen.state in REFUSALS, f"{version}: {seen.state}"


@dataclass(frozen=True, slots=True)
class ServerName:
    service: terms.Service
    port: terms.Port
    server_name: str
    """The name that the client asks for (SNI and Host)."""
    path: terms.Path
    backend: str
    """``service:port`` of the application."""


@pytest.mark.promise("tls", expect=ServerName)
def test_server_name(
    promise: Promise[ServerName], tls: Tls, http: Http, backends: Backends,
    nginx_config: NginxConfig,
) -> None:  # fmt: skip
    """A client that asks for this name is served, and the server block bears it."""
    expect = promise.expect
    seen = tls.handshake(expect.service, expect.port, name=expect.server_name)
    host = {"Host": expect.server_name}
    answer = http.get(expect.service, expect.port, expect.path, host, tls=True)
    echo = answer.echo()
    names = nginx_config.values(expect.service, expect.port, expect.path, "server_name")

    assert seen.state == "done", f"handshake: {seen.state}"
    assert echo is not None, f"as {expect.server_name}: {answer.status}"
    assert echo.process in backends.tokens(expect.backend), "another process answered"
    assert expect.server_name in " ".join(names).split(), f"server_name is {names}"


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

"""Routes: which backend a proxy asks, what the backend sees, and what the proxy says itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.backends import Backends
    from fixtures.host_ports import HostPorts
    from fixtures.http import Http
    from fixtures.nginx_config import NginxConfig
    from fixtures.promises import Promise

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Proxied:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    paths: terms.Paths


@pytest.mark.promise("route", expect=Proxied)
def test_proxied_path(promise: Promise[Proxied], http: Http) -> None:
    """The backend itself answers each request, whatever target it saw."""
    expect = promise.expect
    token = http.token(expect.backend)
    for path in expect.paths:
        answer = http.get(expect.service, expect.port, path)
        echo = answer.echo()
        assert echo is not None, f"{path}: {expect.backend} did not answer: {answer.status}"
        assert echo.process == token, f"{path}: another process than {expect.backend} answered"


@dataclass(frozen=True, slots=True)
class Routes:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    targets: dict[str, str]
    """By what a request asks for, what the backend sees."""
    body: int = 0
    """Bytes that are posted to each target, where it is more than none."""


@pytest.mark.promise("route", expect=Routes)
def test_route(promise: Promise[Routes], http: Http, backends: Backends) -> None:
    """The backend itself answers each request, and saw the target that is promised.

    A proxy may spell a path differently (RFC 3986 section 6.2.2): decoded paths are compared.

    About route: which backend a proxy asks for what, and what that one sees.

    Cannot see: rules for requests that nobody asked here.
    """
    expect = promise.expect
    tokens = backends.tokens(expect.backend)
    body = secrets.token_bytes(expect.body)
    method = "POST" if body else "GET"
    for asked, wanted in expect.targets.items():
        answer = http.get(expect.service, expect.port, asked, method=method, body=body)
        echo = answer.echo()
        assert echo is not None, f"{asked}: {expect.backend} did not answer: {answer.status}"
        assert echo.process in tokens, f"{asked}: another process than {expect.backend} answered"
        assert decoded(echo.target or "") == decoded(wanted), (
            f"{asked}: expected {wanted}, the backend saw {echo.target}"
        )
        assert echo.method == method, f"{asked}: expected {method}, the backend saw {echo.method}"
        assert not body or echo.sha256 == sha256(body).hexdigest(), f"{asked}: another body came"


def decoded(target: str) -> tuple[str, str]:
    """Return the path without percent-encoding, and the query as it is."""
    path, _, query = target.partition("?")
    return unquote(path), query


@dataclass(frozen=True, slots=True)
class BarePath:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path


@pytest.mark.promise("route", expect=BarePath)
def test_bare_path(promise: Promise[BarePath], http: Http) -> None:
    """A GET ends at the backend, directly or by a redirect on the same host.

    nginx names its own port in a redirect, not the one it is published on; so the path of the
    redirect is followed, on the published port.
    """
    expect = promise.expect
    token = http.token(expect.backend)
    answer = http.get(expect.service, expect.port, expect.path)
    seen = [answer.status]
    if answer.status in REDIRECTS:
        location = urlsplit(answer.first("Location"))
        assert location.hostname in (None, "127.0.0.1"), f"redirected to {location.hostname}"
        target = location.path + (f"?{location.query}" if location.query else "")
        answer = http.get(expect.service, expect.port, target)
        seen.append(answer.status)
    echo = answer.echo()
    assert echo is not None, f"{expect.path}: {expect.backend} did not answer: {seen}"
    assert echo.process == token, f"{expect.path}: another process than {expect.backend} answered"


@dataclass(frozen=True, slots=True)
class UpstreamVersion:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path
    version: str
    """The version, as in a request line."""


@pytest.mark.promise("route", expect=UpstreamVersion)
def test_upstream_version(promise: Promise[UpstreamVersion], http: Http) -> None:
    """The backend's report of the request line names this version of HTTP."""
    expect = promise.expect
    answer = http.get(expect.service, expect.port, expect.path)
    echo = answer.echo()

    assert echo is not None, f"{expect.backend} did not answer: {answer.status}"
    assert echo.process == http.token(expect.backend), "another process answered"
    assert echo.version == expect.version, f"expected {expect.version}, seen {echo.version}"


@dataclass(frozen=True, slots=True)
class UpstreamHeaders:
    service: terms.Service
    port: terms.Port
    backend: terms.Backend
    path: terms.Path
    sees: dict[str, str]
    """Headers, with the values that the backend sees."""
    sends: dict[str, str]
    """Headers that the client sends."""


@pytest.mark.promise("route", expect=UpstreamHeaders)
def test_upstream_header(promise: Promise[UpstreamHeaders], http: Http) -> None:
    """The backend sees these header values; what the client must send, the proxy never invents."""
    expect = promise.expect
    token = http.token(expect.backend)
    answer = http.get(expect.service, expect.port, expect.path, expect.sends)
    echo = answer.echo()
    assert echo is not None, f"{expect.backend} did not answer: {answer.status}"
    assert echo.process == token, "another process answered"
    for name, value in expect.sees.items():
        seen = [one.lower() for one in echo.values(name)]
        assert seen == [value.lower()], f"{name}: expected {value}, seen {echo.values(name)}"
    passed = [name for name in expect.sees if name in expect.sends]
    if passed:
        plain = http.get(expect.service, expect.port, expect.path).echo()
        assert plain is not None, f"{expect.backend} did not answer a plain request"
        for name in passed:
            assert plain.values(name) == [], f"{name}: sent though the client did not"


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    status: terms.Status
    body: str
    """The answer's body, byte for byte."""


@pytest.mark.promise("route", expect=OwnAnswer)
def test_own_answer(promise: Promise[OwnAnswer], http: Http) -> None:
    """The answer is this text, byte for byte; a backend would have answered with its report.

    Cannot see: other servers with the very same answer.
    """
    expect = promise.expect
    answer = http.get(expect.service, expect.port, expect.path)
    body = expect.body.encode()

    assert answer.status == expect.status, f"expected {expect.status}, seen {answer.status}"
    assert answer.body == body, f"expected {body!r}, seen {answer.starts!r}"
    assert answer.values("Content-Length") == [str(len(body))], answer.values("Content-Length")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    version: str
    """Program and release, as in ``nginx/1.25``."""


@pytest.mark.promise("server-version", expect=ServerVersion)
def test_server_version(
    promise: Promise[ServerVersion], http: Http, nginx_config: NginxConfig
) -> None:
    """The Server header names this release; where it names none, the program in the container."""
    expect = promise.expect
    seen = http.get(expect.service, expect.port, expect.path).first("Server")
    if "/" not in seen:
        seen = nginx_config.version(expect.service)

    assert seen == expect.version or seen.startswith(f"{expect.version}."), (
        f"expected {expect.version}, seen {seen!r}"
    )


@dataclass(frozen=True, slots=True)
class PortSetting:
    variable: str
    """A variable of .env."""
    listens_on: int
    """The port that .env gives."""
    backend: terms.Backend
    service: terms.Service
    port: terms.Port
    path: terms.Path


@pytest.mark.promise("env-file", expect=PortSetting)
def test_port_setting(promise: Promise[PortSetting], http: Http, host_ports: HostPorts) -> None:
    """The process listens where .env says and the proxy reaches it; another value moves it."""
    expect = promise.expect
    setting = host_ports.setting(expect.variable)
    token = http.token(expect.backend)
    echo = http.get(expect.service, expect.port, expect.path).echo()

    assert setting == str(expect.listens_on), f"expected {expect.listens_on}, seen {setting}"
    assert echo is not None, f"{expect.path} does not reach {expect.backend}"
    assert echo.process == token, "another process answered"
    obeyed = host_ports.obeys(expect.backend, expect.variable)
    assert obeyed == "listens", f"with another {expect.variable}: {obeyed}"

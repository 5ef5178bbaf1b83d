"""Prefixes: which of several applications behind a proxy has a request, and from whom."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .exits import code

if TYPE_CHECKING:
    from fixtures.backends import Backends
    from fixtures.http import Http
    from fixtures.networks import Networks
    from fixtures.promises import Promise
    from fixtures.shell import Shell


@dataclass(frozen=True, slots=True)
class Prefixes:
    service: terms.Service
    port: terms.Port
    prefixes: dict[str, str]
    """``service:port`` of the application by prefix."""
    tls: bool = False
    """Whether the requests go over TLS."""
    seen: dict[str, str] = field(default_factory=dict)
    """By prefix, what its application sees in its place; nothing is compared without."""


@pytest.mark.promise("route", expect=Prefixes)
def test_prefixes(promise: Promise[Prefixes], http: Http, backends: Backends) -> None:
    """Each prefix leads to its own application, and no other is asked."""
    expect = promise.expect
    for prefix, backend in expect.prefixes.items():
        token = secrets.token_hex(8)
        tokens = backends.tokens(backend)
        answer = http.get(expect.service, expect.port, f"{prefix}{token}", tls=expect.tls)
        asked = backends.asked(expect.prefixes.values(), token)
        echo = answer.echo()
        assert echo is not None, f"{prefix}: no application answered: {answer.status}"
        assert echo.process in tokens, f"{prefix}: another process than {backend} answered"
        assert asked == {one: int(one == backend) for one in asked}, f"{prefix}: asked were {asked}"
        begins = expect.seen.get(prefix)
        assert begins is None or echo.target == f"{begins}{token}", (
            f"{prefix}{token}: expected {begins}{token}, the application saw {echo.target}"
        )


@dataclass(frozen=True, slots=True)
class Forwarded:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    backend: str
    """``service:port`` of the application."""
    client: str
    """The service that the application sees as its client."""


@pytest.mark.promise("route", expect=Forwarded)
def test_forwarded(
    promise: Promise[Forwarded], http: Http, backends: Backends, networks: Networks
) -> None:
    """The application answers, and what it sees as its client is the proxy, not who asked."""
    expect = promise.expect
    tokens = backends.tokens(expect.backend)
    answer = http.get(expect.service, expect.port, expect.path)
    echo = answer.echo()
    assert echo is not None, f"{expect.backend} did not answer: {answer.status}"
    assert echo.process in tokens, f"another process than {expect.backend} answered"
    own = list(networks.addresses(expect.client).values())
    assert echo.peer in own, f"{expect.backend} was asked by {echo.peer}, not by {own}"


@dataclass(frozen=True, slots=True)
class Own:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    status: int
    """The status of the answer."""
    methods: list[str]
    """Methods with which it is asked."""
    applications: list[str]
    """``service:port`` of each application behind the proxy."""
    command: str
    """The document's own request."""


@pytest.mark.promise("route", expect=Own)
def test_own_answer(promise: Promise[Own], http: Http, backends: Backends) -> None:
    """The proxy answers this path itself: no application behind it hears of the request.

    Cannot see: other servers with the very same answer.
    """
    expect = promise.expect
    for method in expect.methods:
        token = secrets.token_hex(8)
        target = f"{expect.path}?{token}"
        answer = http.get(expect.service, expect.port, target, method=method)
        asked = backends.asked(expect.applications, token)
        assert answer.status == expect.status, f"{method} {expect.path}: {answer.status}"
        assert asked == dict.fromkeys(expect.applications, 0), f"asked were {asked}"


@pytest.mark.promise("route", expect=Own, lane="as-printed")
def test_own_answer_as_printed(promise: Promise[Own], shell: Shell) -> None:
    """The request as printed shows the status; curl ends with 0 whatever that is."""
    answer = shell.run(promise.expect.command)

    assert code(answer) == 0, answer.short
    first = (answer.stdout.splitlines() or [""])[0].split()
    assert first[1:2] == [str(promise.expect.status)], f"it begins {' '.join(first)!r}"

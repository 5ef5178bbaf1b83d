"""Proxy timeouts: how long a proxy waits for a silent backend and keeps an idle socket."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.answers import Answer
    from fixtures.http import Http
    from fixtures.nginx_config import NginxConfig
    from fixtures.promises import Promise
    from fixtures.websocket import Idle, WebSocket

TOLERANCE = 2.0
T = TypeVar("T")


def at_once(*looks: Callable[[], T]) -> list[T]:
    """Return what each of *looks* returns; they run at the same time and share their evidence."""
    with ThreadPoolExecutor(len(looks)) as pool:
        running = [pool.submit(copy_context().run, look) for look in looks]
        return [one.result() for one in running]


@dataclass(frozen=True, slots=True)
class GatewayTimeout:
    service: terms.Service
    port: terms.Port
    in_time: str
    """What a request asks for that is answered in time."""
    too_late: str
    """What a request asks for that is answered too late."""
    timeout_seconds: float
    """The timeout."""
    status: terms.Status


def silent_backend(promise: Promise[GatewayTimeout], http: Http) -> list[Answer]:
    """Ask for an answer that comes in time and, meanwhile, for one that comes too late."""
    expect = promise.expect

    def ask(target: str) -> Answer:
        within = expect.timeout_seconds + TOLERANCE + 0.5
        return http.get(expect.service, expect.port, target, within=within)

    return at_once(lambda: ask(expect.in_time), lambda: ask(expect.too_late))


@pytest.mark.promise("route", expect=GatewayTimeout, early=silent_backend)
def test_gateway_timeout(promise: Promise[GatewayTimeout], early: list[Answer]) -> None:
    """A backend that answers in time is waited for; one that does not is given up on time.

    Cannot see: time-outs between other bytes of an answer.
    """
    expect = promise.expect
    in_time, too_late = early

    assert in_time.status == 200, f"{expect.in_time}: {in_time.status} after {in_time.seconds} s"
    assert in_time.echo() is not None, f"{expect.in_time}: the backend did not answer"
    assert too_late.status == expect.status, (
        f"{expect.too_late}: expected {expect.status}, seen {too_late.status} after "
        f"{too_late.seconds} s"
    )
    assert abs(too_late.seconds - expect.timeout_seconds) <= TOLERANCE, (
        f"{expect.too_late}: expected {expect.timeout_seconds} s, seen {too_late.seconds} s"
    )


@dataclass(frozen=True, slots=True)
class IdleSocket:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    idle_seconds: float
    """How long nothing is sent."""
    directives: dict[str, float]
    """By directive of nginx, its value in seconds."""
    contrast: str
    """A route with the default timeout, for the evidence."""


def idle_sockets(promise: Promise[IdleSocket], websocket: WebSocket) -> list[Idle]:
    """Leave a socket alone beyond the default timeout, and one on the route of the contrast."""
    expect = promise.expect

    def look(path: str) -> Idle:
        return websocket.idle(expect.service, expect.port, path, expect.idle_seconds)

    return at_once(lambda: look(expect.path), lambda: look(expect.contrast))


@pytest.mark.promise("websocket", expect=IdleSocket, early=idle_sockets)
def test_idle_websocket(
    promise: Promise[IdleSocket], early: list[Idle], nginx_config: NginxConfig
) -> None:
    """An idle socket outlives nginx's default of 60 s, and the timeouts are what is promised.

    The contrast, a route with the default, is kept as evidence: it is not promised here.

    Cannot see: the whole documented time, if that is days: the setting is read, and the default
    outlived.
    """
    expect = promise.expect
    idle = early[0]

    assert idle.state == "echoes", f"{expect.path}: {idle.state} after {idle.after} s"
    for directive, seconds in expect.directives.items():
        seen = nginx_config.seconds(expect.service, expect.port, expect.path, directive)
        assert seen == seconds, f"{directive}: expected {seconds} s, seen {seen}"

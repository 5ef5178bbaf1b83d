"""Arrivals: where a request ends up, whatever answers there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.captures import Captures
    from fixtures.http import Http
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Arrives:
    service: terms.Service
    port: terms.Port
    paths: terms.Paths
    arrives_at: str
    """The service that the request is passed on to."""
    on_port: int
    """The port in that container to which it comes."""


@pytest.mark.promise("route", expect=Arrives)
def test_arrival(promise: Promise[Arrives], http: Http, captures: Captures) -> None:
    """A word in the query of each request is seen in a packet to this port of this container.

    So the program behind the port may be any, and answer as it likes.

    Cannot see: requests that are passed on encrypted; what becomes of them.
    """
    expect = promise.expect
    marks = {path: f"stackproof-{secrets.token_hex(12)}" for path in expect.paths}
    with captures.of([expect.arrives_at], list(marks.values())) as seen:
        answers = {
            path: http.get(
                expect.service, expect.port, f"{path}{'&' if '?' in path else '?'}{mark}"
            )
            for path, mark in marks.items()
        }
    ports = seen[expect.arrives_at].ports

    for path, mark in marks.items():
        assert ports[mark], f"{path} did not come to {expect.arrives_at}: {answers[path].status}"
        assert ports[mark] == [expect.on_port], (
            f"{path} came to port {ports[mark]} of {expect.arrives_at}, not {expect.on_port}"
        )

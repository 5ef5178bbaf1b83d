"""Unix sockets: what the checks make of who answers there, without an engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.answers import Answer
from suites import test_unix_sockets as sockets

SOCKETS = {"app1": "/run/one.sock", "app2": "/run/two.sock"}


def judge(**answers: Answer) -> None:
    def beside(service: str) -> Any:
        one = SimpleNamespace(name=SOCKETS[service], state="listening", abstract=False)
        names = ("one.sock", "two.sock")
        return SimpleNamespace(
            listdir=lambda _: SimpleNamespace(names=names), unix_sockets=lambda: [one]
        )

    asked: Any = SimpleNamespace(get=lambda service, *_: answers[service])
    probes: Any = SimpleNamespace(beside=beside)
    promise: Any = SimpleNamespace(
        expect=sockets.OwnSockets("/run", SOCKETS, "/whoami", "X-Instance")
    )
    sockets.test_own_sockets(promise, probes, asked)


def said(status: int | str, name: str = "") -> Answer:
    return Answer(status, headers=(("X-Instance", name),) if name else ())


def test_each_instance_answers_and_names_itself() -> None:
    """No answer differs from every name, and is nobody's."""
    judge(app1=said(200, "a"), app2=said(200, "b"))

    with pytest.raises(AssertionError, match="who answers"):
        judge(app1=said(200, "a"), app2=said(200, "a"))
    with pytest.raises(AssertionError, match="app2 on its socket: closed"):
        judge(app1=said(200, "a"), app2=said("closed"))
    with pytest.raises(AssertionError, match="app1 on its socket: 404"):
        judge(app1=said(404, "a"), app2=said(200, "b"))
    with pytest.raises(AssertionError, match="app2 does not name itself"):
        judge(app1=said(200, "a"), app2=said(200))

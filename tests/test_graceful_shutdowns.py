"""Graceful shutdowns: when a port is closed, and what the check makes of it, without an engine."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import port_watches
from fixtures.chat_server import ChatServer
from fixtures.evidence import Evidence
from fixtures.port_watches import PortLook
from fixtures.probe_sessions import CouldNotLook
from fixtures.redaction import Redactor
from suites import graceful_shutdowns as scenario
from suites import test_graceful_shutdowns as shutdowns

ORDER = ["port closed", "notice", "work done", "connections end"]


def judge(*looks: PortLook, newcomer: str = "refused") -> None:
    """Judge a server whose notice comes at 10.0, by its clients' clock."""
    notice = SimpleNamespace(at=10.0)
    seen: Any = SimpleNamespace(of=lambda _: [notice], end=SimpleNamespace(at=15.0))
    done: Any = SimpleNamespace(at=14.0)
    story = scenario.Story(
        clients=[seen] * scenario.CLIENTS,
        done=done,
        newcomers=[scenario.Closed(newcomer, 0.01)],
        looks=list(looks),
    )
    promise: Any = SimpleNamespace(expect=SimpleNamespace(order=ORDER))
    shutdowns.test_order(promise, story)


OPEN, GONE = PortLook(9.9, 9.91, listening=True), PortLook(10.1, 10.11, listening=False)


def test_a_port_that_is_open_after_the_notice_was_closed_too_late() -> None:
    """One look that began after it is enough; one that began before it says nothing."""
    judge(OPEN, GONE)
    judge(OPEN, PortLook(9.99, 10.02, listening=True), GONE)
    judge()

    with pytest.raises(AssertionError, match="inf"):
        judge(OPEN, PortLook(10.01, 10.02, listening=True), GONE)
    with pytest.raises(AssertionError, match="inf"):
        judge(OPEN, GONE, newcomer="connected")


def test_the_evidence_tells_between_which_moments_it_was_closed() -> None:
    """From the last look that found it open to the first that did not."""
    assert scenario._closed([OPEN, GONE], 10.0) == (-0.1, 0.11)
    assert scenario._closed([], 10.0) == (None, None)


def server(*sights: bool | CouldNotLook) -> ChatServer:
    """Return a server that is seen to listen, or not, in one look after another."""
    left = iter(sights)

    def tcp_sockets() -> list[Any]:
        sight = next(left)
        if isinstance(sight, CouldNotLook):
            raise sight
        return [SimpleNamespace(state="listening", local="0.0.0.0", local_port=1, pid=7)][:sight]

    networks = {"NetworkSettings": {"Networks": {"default": {"IPAddress": "10.0.0.2"}}}}
    container: Any = SimpleNamespace(attrs=networks, name="s", reload=lambda: None)
    known: Any = SimpleNamespace(service="server", port=1)
    probe: Any = SimpleNamespace(tcp_sockets=tcp_sockets)
    none: Any = None
    return ChatServer(container, known, none, lambda: probe, Evidence(Redactor()))


@pytest.mark.parametrize("end", [False, CouldNotLook("it ended")])
def test_a_port_is_watched_until_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, end: bool | CouldNotLook
) -> None:
    """Or until the probe ends with the server; the first look precedes everything else."""
    monkeypatch.setattr(port_watches, "BETWEEN", 0.001)
    clock = itertools.count()
    with server(True, True, end).port_watched(lambda: float(next(clock))) as looks:
        assert looks[0] == PortLook(0.0, 1.0, listening=True)
        while len(looks) < 2 + (end is False):
            pass

    assert [look.listening for look in looks] == [True, True] + [False] * (end is False)


def test_a_server_that_no_probe_stands_beside_is_not_watched() -> None:
    """What is seen otherwise still counts; nothing is known from its sockets."""
    with server(CouldNotLook("its pid is host")).port_watched(lambda: 0.0) as looks:
        assert looks == []

"""Chat traffic: how a server answers when many clients talk at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import Load
    from fixtures.chat_servers import ChatServers
    from fixtures.promises import Promise

LATER = 20.0
"""Seconds until it begins: what is looked at as soon as a lane is up needs quiet for a moment."""
AGAIN = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """So many clients that each ask *a_second* times, for *seconds*; for *longer* where slow."""

    server: ChatService
    clients: int
    """How many clients there are."""
    a_second: float
    seconds: float
    longer: float
    p99_most: float
    """Seconds that 99 of 100 answers take at most."""


def busy(promise: Promise[Traffic], chat: Chat, chat_servers: ChatServers) -> Load:
    """Let all clients ask; again where the clients themselves had no time."""
    return _busy(promise.expect, chat, chat_servers, promise.expect.seconds)


def busy_for_long(promise: Promise[Traffic], chat: Chat, chat_servers: ChatServers) -> Load:
    """Do the same for longer."""
    return _busy(promise.expect, chat, chat_servers, promise.expect.longer)


def _busy(expect: Traffic, chat: Chat, chat_servers: ChatServers, seconds: float) -> Load:
    with chat_servers.like(expect.server) as server:
        clients = chat.open_all(server.chat, [""] * expect.clients)
        chat.until(chat.now() + LATER)
        for _ in range(AGAIN):
            load = chat.load(clients, 1.0 / expect.a_second, seconds)
            if load.late < expect.p99_most / 4:
                break
        return load


@pytest.mark.promise("performance", expect=Traffic, early=busy)
def test_busy(promise: Promise[Traffic], early: Load) -> None:
    """Every question is answered, and 99 of 100 within this time."""
    _answered(promise.expect, early, promise.expect.seconds)


@pytest.mark.promise("performance", expect=Traffic, lane="slow", early=busy_for_long)
def test_busy_for_long(promise: Promise[Traffic], early: Load) -> None:
    """So it is for longer."""
    _answered(promise.expect, early, promise.expect.longer)


def _answered(expect: Traffic, early: Load, seconds: float) -> None:
    if early.late >= expect.p99_most / 4:
        raise RuntimeError(f"the clients themselves were {early.late} s late")

    assert early.sent >= 0.9 * expect.clients * expect.a_second * seconds, early.sent
    assert early.answered == early.sent, f"{early.answered} of {early.sent} answered"
    assert early.p99 <= expect.p99_most, f"p99 {early.p99} s, median {early.p50} s"

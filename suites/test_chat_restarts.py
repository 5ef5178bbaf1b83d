"""Chat restarts: a server that starts again where its old connections still linger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.one_offs import OneOffs
    from fixtures.promises import Promise

CLIENTS = 5
TRIES = 3


@dataclass(frozen=True, slots=True)
class Rebinds:
    server: ChatService
    signal: str
    """The signal that ends the server."""
    ended: str
    """What the log says when it has ended."""
    begins: str
    """What it says when it begins to."""
    listens: str
    """What the log says when it listens."""
    within_seconds: float
    """From when it begins to listen."""


@pytest.mark.promise("restart", expect=Rebinds)
def test_rebinds(
    promise: Promise[Rebinds], chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets
) -> None:
    """Restarted in one network namespace, it binds at its first try, though connections linger.

    From when it begins to listen: the start of its interpreter is no matter of the address.
    """
    expect = promise.expect
    server = chat_servers.own(expect.server)
    word = server.connected()
    assert word == "connected", f"it does not even start: {word}"
    took: list[float] = []
    for number in range(1, TRIES + 1):
        chat.open_all(server.chat, [""] * CLIENTS)
        server.signal(expect.signal)
        log = server.log_until(expect.listens, number + 1, 15.0)
        lingering = [*chat_sockets.states(server).values()].count("time-wait")
        if not lingering:
            raise RuntimeError("no connection of the old server lingers: nothing was tried")
        ends = [line for line in log if expect.ended in line.text]
        starts = [line for line in log if expect.listens in line.text]
        taken = [line.text for line in log if re.search("Errno 98|already in use", line.text)]
        assert not taken, f"with {lingering} lingering connections: {taken[0]}"
        assert len(starts) == number + 1, f"it does not listen again: {log[-3:]}"
        assert len(ends) == number, f"it ended {len(ends)} times in {number} restarts"
        begins = [line for line in log if expect.begins in line.text]
        assert len(begins) == number + 1, f"it began to listen {len(begins)} times"
        took.append(round(starts[-1].at - begins[-1].at, 2))
        if took[-1] < expect.within_seconds:
            break

    assert min(took) < expect.within_seconds, f"it listened again after {took} s"


@dataclass(frozen=True, slots=True)
class Interpreter:
    server: ChatService
    python: list[int]
    """The version of Python, as numbers."""


@pytest.mark.promise("server-version", expect=Interpreter)
def test_interpreter(
    promise: Promise[Interpreter], chat: Chat, chat_servers: ChatServers, one_offs: OneOffs
) -> None:
    """Its code runs, on a Python that is at least this one."""
    expect = promise.expect
    version = one_offs.program(expect.server.service, "interpreter", [])
    welcome = chat.open(chat_servers.own(expect.server).chat).welcome

    assert version[:2] >= expect.python, f"Python {version}"
    assert welcome is not None, "its code does not run"

"""Chat options: options of live accepted sockets, and what they do on the wire."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat import ChatService
from .chat_options import KIND, Option, Quiet, Silence, on_time, vanish_unpinged

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.chat_wire import ChatWire, Packet
    from fixtures.promises import Promise


@pytest.mark.promise(KIND, expect=Option)
def test_option(
    promise: Promise[Option], chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets
) -> None:
    """getsockopt(2) on a socket that the server has accepted, or on the one that listens.

    About socket-option: options of a server's sockets, and whether they have their effect.

    Cannot see: options that Linux changes later by itself.
    """
    expect = promise.expect
    server = chat_servers.own(expect.server)
    if expect.state == "listening":
        options = chat_sockets.listening(server, expect.option)
    else:
        client = chat.open(server.chat)
        options = chat_sockets.accepted(server, client, expect.option)
        client.close()

    assert options[expect.option] == expect.value, f"{expect.option} is {options[expect.option]}"


LATE = (1.0, 10.0)
"""Seconds that an answer may come late: on a quiet machine, and on one that starts other stacks."""
TRIES = 3
"""Times that two answers are asked for; a busy server may write both in one go."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    server: ChatService
    option: str
    """The name of the option."""
    value: int
    """What getsockopt(2) reads."""
    apart_seconds: float
    """From the first answer to the second."""


@pytest.mark.promise(KIND, expect=AtOnce)
def test_small_answers_go_at_once(
    promise: Promise[AtOnce], chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets,
    chat_wire: ChatWire,
) -> None:  # fmt: skip
    """A second small answer goes out while the first is not acknowledged, and the option is set.

    The client acknowledges nothing: it loses all packets from before the first answer on.
    """
    expect = promise.expect
    server = chat_servers.own(expect.server)
    for _ in range(TRIES):
        client = chat.open(server.chat, watched=True)
        option = chat_sockets.accepted(server, client, expect.option)[expect.option]
        came = answers_unacknowledged(client, expect.apart_seconds, chat, chat_wire)
        client.close("reset")
        if len(came) > 1:
            break

    assert option == expect.value, f"{expect.option} is {option}"
    assert len(came) == 2, f"unacknowledged, {len(came)} answers came"
    # One that has waited goes with the first, when that is sent again.
    first, second = came
    assert second.seq == first.seq + first.size, "the second waited for the first"


def answers_unacknowledged(
    client: ChatClient, apart: float, chat: Chat, chat_wire: ChatWire
) -> list[Packet]:
    """Return the packets that bring two answers, *apart* seconds from each other, to *client*.

    One where the server was held up for so long that it wrote both at once.
    """
    known = len(chat_wire.news(client))
    for part in (1, 2):
        client.send("work", {"seconds": 0.3 + part * apart})
    asked = chat_wire.lose(client)
    came: list[Packet] = []
    for late in LATE:
        chat.until(asked + 0.3 + 2 * apart + late)
        came = chat_wire.news(client)[known:]
        if len(came) > 1:
            break
    return came


@dataclass(frozen=True, slots=True)
class Window:
    server: ChatService
    option: str
    """The name of the option."""
    value: int
    """What getsockopt(2) reads."""
    widest: int
    """The widest window in bytes."""


@pytest.mark.promise(KIND, expect=Window)
def test_window_stays(
    promise: Promise[Window], chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets,
    chat_wire: ChatWire,
) -> None:  # fmt: skip
    """A client that sends as fast as it can is never offered a wider window.

    The option alone says nothing: what Linux starts with reads the same.
    """
    expect = promise.expect
    server = chat_servers.own(expect.server)
    client = chat.open(server.chat, watched=True)
    option = chat_sockets.accepted(server, client, expect.option)[expect.option]
    for _ in range(20):
        answer = client.ask("echo", {"text": "x" * 900_000})
        assert answer is not None, "a large message was not answered"
    widest = chat_wire.widest(client)
    client.close()

    assert option == expect.value, f"{expect.option} is {option}"
    assert 0.4 * expect.widest < widest <= expect.widest, f"a window of {widest} bytes"


@dataclass(frozen=True, slots=True)
class Probed:
    silence: Quiet
    option: str
    """The name of the option."""
    value: int
    """What getsockopt(2) reads."""
    gap_seconds: float
    """From one probe to the next."""


@pytest.mark.promise(KIND, expect=Probed, early=vanish_unpinged)
def test_probes_repeat(promise: Promise[Probed], early: Silence) -> None:
    """A client that vanished is probed after the idle time, and then at this interval."""
    expect, times = promise.expect, early.probes
    option = early.options[expect.option]

    assert option == expect.value, f"{expect.option} is {option}"
    assert len(times) >= 3, f"probes after {times} s"
    gaps = [round(after - before, 2) for before, after in itertools.pairwise(times)]
    assert all(on_time(gap, expect.gap_seconds) for gap in gaps[:2]), f"probes after {times} s"


@dataclass(frozen=True, slots=True)
class GivenUp:
    silence: Quiet
    option: str
    """The name of the option."""
    value: int
    """What getsockopt(2) reads."""
    probes: int
    """How many probes there are."""


@pytest.mark.promise(KIND, expect=GivenUp, early=vanish_unpinged)
def test_given_up_after_probes(promise: Promise[GivenUp], early: Silence) -> None:
    """The connection ends after so many probes without an answer, one interval after the last.

    Another value than the promised one says nothing of what that value does: an error, no finding.
    """
    quiet, seen = promise.expect.silence, early
    option = seen.options[promise.expect.option]
    due = quiet.idle + promise.expect.probes * quiet.interval

    if option != promise.expect.value:
        raise RuntimeError(f"{promise.expect.option} is {option}")
    assert seen.given_up is not None, f"still there after probes at {seen.probes} s"
    assert (len(seen.probes), abs(seen.given_up - due) < 5) == (promise.expect.probes, True), (
        f"given up after {len(seen.probes)} probes and {seen.given_up:.0f} s"
    )

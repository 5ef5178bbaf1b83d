"""Chat quality: what a server measures of one connection, beside what really happened there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, Seen
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_wire import ChatWire, Packet
    from fixtures.wanted import Wanted

KIND = "metrics"
DELAY = 0.1
DELAYS = (0.05, 0.1, 0.15)
PAUSE = 4.0
TRIES, NEAR = 3, 0.005
LOSS = 0.4


@dataclass(frozen=True, slots=True)
class Measured:
    """A server that keeps so many round-trip *samples* of a connection.

    *often* and *seldom* are variables with which it pings 20 times a second, and each 2 s.
    """

    server: ChatService
    samples: int
    often: dict[str, str]
    seldom: dict[str, str]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a server counted of a client, and what that client saw."""

    shown: dict[str, Any]
    seen: Seen
    messages: int


@dataclass(slots=True)
class Qualities:
    """What the server showed, by stage; *looked* is when, in seconds since the epoch."""

    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    traffic: list[Traffic] = field(default_factory=list)
    looked: dict[str, float] = field(default_factory=dict)
    pings: int = 0
    took: list[float] = field(default_factory=list)
    """The seconds from a ping to its answer, by the packets."""


def measure(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire
) -> Qualities:
    """Let clients answer pings after known times, send known amounts, and lose packets."""
    plan: Measured = wanted.having("measured")[0].expect.measured
    found = Qualities()
    chat.ready()
    with (
        chat_servers.like(plan.server) as usual,
        chat_servers.like(plan.server, plan.often) as often,
        chat_servers.like(plan.server, plan.seldom) as seldom,
    ):
        together(
            lambda: _window(plan, chat, often, found),
            lambda: _average(chat, chat_wire, seldom, found),
            lambda: _traffic(chat, usual, found),
            lambda: _activity(chat, usual, found),
            lambda: _losses(chat, chat_wire, usual, found),
        )
    return found


def _look(server: ChatServer, client: ChatClient, found: Qualities, stage: str) -> None:
    found.shown[stage] = server.told("/debug/clients").get(client.name, {})
    found.looked[stage] = time.time()


def _pinged(client: ChatClient, more: int) -> None:
    """Wait until *client* has been pinged so many more times."""
    after = len(client.seen().frames)
    for _ in range(more):
        if client.wait(("ping",), after, 3.0) is None:
            return
        after += 1


def _window(plan: Measured, chat: Chat, server: ChatServer, found: Qualities) -> None:
    """Answer pings late, then at once; where the server itself was late, as in `_average`."""
    for _ in range(TRIES):
        client = chat.open(server.chat, pong=DELAY)
        _pinged(client, plan.samples)
        chat.until(chat.now() + 2 * DELAY)
        _look(server, client, found, "slow")
        client.become(pong=0.0)
        _pinged(client, plan.samples + 10)
        _look(server, client, found, "quick")
        found.pings = len(client.seen().of("ping"))
        slow, quick = (float(found.shown[one].get("avg_rtt", 0)) for one in ("slow", "quick"))
        if abs(slow - quick - DELAY) < NEAR:
            return


def _average(chat: Chat, chat_wire: ChatWire, server: ChatServer, found: Qualities) -> None:
    """Answer three pings after other times each; what it really took stands in the packets.

    On a busy machine a server may measure its own lateness too: then another client tries.
    """
    for _ in range(TRIES):
        client = chat.open(server.chat, pong=None, watched=True)
        _look(server, client, found, "fresh")
        known = len(chat_wire.packets(client))
        for delay in DELAYS:
            client.become(pong=delay)
            _pinged(client, 1)
            client.become(pong=None)
        chat.until(chat.now() + 2 * delay)
        _look(server, client, found, "answered")
        found.took = _took(chat_wire.packets(client)[known:])
        mean = sum(found.took) / len(DELAYS)
        if abs(float(found.shown["answered"].get("avg_rtt", 0)) - mean) < NEAR:
            return


def _took(packets: list[Packet]) -> list[float]:
    """Return the seconds from each ping to its answer."""
    took, pinged = list[float](), 0.0
    for one in packets:
        if one.size and one.to_us:
            pinged = one.at
        elif one.size:
            took.append(one.at - pinged)
    return took


def _traffic(chat: Chat, server: ChatServer, found: Qualities) -> None:
    plans = ((3, 50), (7, 500))
    clients = chat.open_all(server.chat, ["", ""], pong=None)
    for client, (times, size) in zip(clients, plans, strict=True):
        for _ in range(times):
            client.ask("echo", {"text": "t" * size})
    shown = server.told("/debug/clients")
    for client, (times, _) in zip(clients, plans, strict=True):
        found.traffic.append(Traffic(shown.get(client.name, {}), client.seen(), times + 1))


def _activity(chat: Chat, server: ChatServer, found: Qualities) -> None:
    client = chat.open(server.chat, pong=None)
    client.ask("echo", {"text": "active"})
    found.looked["sent"] = time.time()
    chat.until(chat.now() + PAUSE)
    _look(server, client, found, "idle")
    client.ask("echo", {"text": "active"})
    _look(server, client, found, "active")


def _losses(chat: Chat, chat_wire: ChatWire, server: ChatServer, found: Qualities) -> None:
    client = chat.open(server.chat, pong=None, watched=True)
    client.ask("mirror", {"text": "before"})
    _look(server, client, found, "lossless")
    chat_wire.lose(client, LOSS)
    for _ in range(20):
        client.ask("mirror", {"text": "while packets are lost"}, seconds=1.0)
    _look(server, client, found, "lossy")

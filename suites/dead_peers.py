"""Dead peers: clients that vanish or stop reading, and how a server and the others fare."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, End, Load
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.chat_wire import ChatWire
    from fixtures.wanted import Wanted

KIND, CLOSED = "heartbeat", "shutdown"
LANE = "peers"
OTHERS = 18
SOON, LATER = 0.3, 1.0
"""Seconds until the answer to one that vanishes, and to one that is closed then."""
HUGE = 1_000_000
SIZE, HEAD = 300_000, 5
"""Bytes of a message that no buffer on the way holds, and of the head of its frame."""


@dataclass(frozen=True, slots=True)
class Peers:
    """A server that pings each *interval* seconds, the first time soon where *soon* is set.

    It takes *longest* seconds at most to notice that a client has vanished.
    """

    server: ChatService
    soon: dict[str, str]
    interval: float
    longest: float


@dataclass(slots=True)
class Loss:
    """A client that vanished: seconds from the cut, and from the first data unacknowledged."""

    noticed: float | None = None
    unacknowledged: float = 0.0
    """When, after the cut, the server first sent what was never acknowledged."""


@dataclass(slots=True)
class Vanished:
    """What became of one client that vanished between pings, of one in an answer, of others."""

    between: Loss = field(default_factory=Loss)
    answering: Loss = field(default_factory=Loss)
    connections: list[int] = field(default_factory=list)
    """What /health counted before, and after the first had been noticed."""
    listed: list[bool] = field(default_factory=list)
    """Whether the server still listed one that it had closed, and one that it had noticed."""
    others: Load | None = None
    gaps: list[float] = field(default_factory=list)
    """Between the pings of each of the others."""
    lost: int = 0
    """How many of the others lost their connection."""


def vanish(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets,
    chat_wire: ChatWire,
) -> Vanished:  # fmt: skip
    """Among clients that answer, let two vanish and one stop reading; watch all of them.

    A third one that has vanished is closed, while an answer to it is on its way.
    """
    plan: Peers = wanted.having("peers")[0].expect.peers
    found = Vanished()
    with chat_servers.like(plan.server, plan.soon) as server:
        others = chat.open_all(server.chat, [""] * OTHERS, watched=True)
        deaf = chat.open(server.chat, rcvbuf=8192)
        between, answering = (chat.open(server.chat, watched=True) for _ in range(2))
        began = between.opened_at
        deaf.become(pong=None, reading=False)
        for _ in range(8):
            deaf.send("blob", {"size": HUGE, "random": 1.0})
        closed = _lost_in_an_answer(chat, server, chat_wire)
        cut = chat_wire.lose(between)
        answering.send("work", {"seconds": SOON})
        cut_too = chat_wire.lose(answering)
        cuts = {between: cut, answering: cut_too}

        def follow() -> None:
            found.between, found.answering = _follow(
                cuts, plan.longest, chat, chat_sockets, chat_wire, server
            )
            chat.until(chat.now() + 0.5)
            found.connections.append(int(server.shown("/health")["connections"]))
            found.listed.append(between.name in server.told("/debug/clients"))

        def close() -> None:
            chat.until(cut_too + 2 * LATER)
            server.told("/debug/close", {"client_key": closed.name})
            # Later than it lingers, if it does so in the loop, and long before one is noticed.
            chat.until(chat.now() + 8.0)
            found.listed.append(closed.name in server.told("/debug/clients"))
            found.connections.append(int(server.shown("/health")["connections"]))

        def use() -> None:
            found.others = chat.load(others[:3], 1.0, plan.interval * 2)

        together(follow, close, use)
        _nothing_came(closed)
        chat.until(began + 2 * plan.interval + 4.0)
        for one in others:
            pings = _pings(one, chat_wire)
            found.gaps += [round(b - a, 2) for a, b in itertools.pairwise(pings)]
            found.lost += one.ended() is not None
        return found


def _lost_in_an_answer(chat: Chat, server: ChatServer, chat_wire: ChatWire) -> ChatClient:
    """Return a client that has vanished; the answer to it is soon sent, and never acknowledged."""
    client = chat.open(server.chat)
    client.send("work", {"seconds": LATER})
    chat_wire.lose(client)
    return client


def _nothing_came(client: ChatClient) -> None:
    if client.seen().of("done"):
        raise RuntimeError("the answer had come before its client vanished: nothing is under way")


def _pings(client: ChatClient, chat_wire: ChatWire) -> list[float]:
    """Return when the pings came, by their packets where the client got nothing else."""
    if client.seen().of("echo"):
        return [frame.at for frame in client.seen().of("ping")]
    return [packet.at for packet in chat_wire.news(client)[1:]]


def _follow(
    cuts: dict[ChatClient, float], longest: float, chat: Chat, chat_sockets: ChatSockets,
    chat_wire: ChatWire, server: ChatServer,
) -> list[Loss]:  # fmt: skip
    """Return, for each client, when the server let go of it, looking for *longest* seconds."""
    losses = {client: Loss() for client in cuts}
    last = max(cuts.values()) + longest + 5.0
    while chat.now() < last and any(one.noticed is None for one in losses.values()):
        states = chat_sockets.states(server)
        for client, loss in losses.items():
            if loss.noticed is None and (client.host, client.port) not in states:
                loss.noticed = round(chat.now() - cuts[client], 2)
        chat.until(chat.now() + 0.5)
    for client, loss in losses.items():
        sent = [one.at for one in chat_wire.news(client) if one.at > cuts[client]]
        loss.unacknowledged = round(min(sent) - cuts[client], 2) if sent else 0.0
    return list(losses.values())


@dataclass(frozen=True, slots=True)
class Closes:
    """A server that is told to close connections; *seconds* is how long it lingers."""

    server: ChatService
    seconds: float


@dataclass(slots=True)
class Closed:
    """What became of clients that a server closed while it had something for them."""

    wanted: int = 0
    received: int = 0
    end: End | None = None
    others: Load | None = None
    """Of a client that asked for an echo ten times a second meanwhile."""
    gone: bool = False
    """Whether the one that had vanished was let go of."""


def close_slow_reader(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Closed:
    """Let a server send a lot and close at once, to a client that reads late and slowly."""
    plan: Closes = wanted.having("closes")[0].expect.closes
    found = Closed(wanted=SIZE + HEAD)
    with chat_servers.like(plan.server) as server:
        client = chat.open(server.chat, pong=None, rcvbuf=8192)
        before = client.seen().received
        client.become(pong=None, reading=False)
        client.send("blob", {"size": SIZE, "random": 1.0, "close": True})
        for _ in range(6):
            chat.until(chat.now() + 0.5)
            client.become(pong=None, reading=True)
            chat.until(chat.now() + 0.002)
            client.become(pong=None, reading=False)
        client.become(pong=None, reading=True)
        found.end = client.ended(20.0)
        found.received = client.seen().received - before
        return found


def close_dead(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire
) -> Closed:
    """Let a server close a client that has vanished with data under way; time another client."""
    plan: Closes = wanted.having("closes")[0].expect.closes
    found = Closed()
    with chat_servers.like(plan.server) as server:
        alive = chat.open(server.chat)
        dead = _lost_in_an_answer(chat, server, chat_wire)

        def close() -> None:
            # The answer is in the kernel's buffer by then: that is what a close lingers for.
            chat.until(chat.now() + 2 * LATER)
            server.told("/debug/close", {"client_key": dead.name})

        def use() -> None:
            found.others = chat.load([alive], 0.1, plan.seconds + 4.0)

        together(close, use)
        _nothing_came(dead)
        found.gone = dead.name not in server.told("/debug/clients")
        return found

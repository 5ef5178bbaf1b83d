"""Chat queue: what waits for a client that does not read, and in which order it comes then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import Frame
    from fixtures.chat_servers import ChatServers
    from fixtures.wanted import Wanted

KIND = "message"
PING = 2.0
MANY, PAD = 150, 3600
"""Ordinary messages that fill every buffer on the way, each below the compression threshold."""
FEW, SHORT = 10, 1000
"""Ordinary messages without padding, all queued at once."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A server that pings first after 2 s where the variables *pinged* are set."""

    server: ChatService
    pinged: dict[str, str]


@dataclass(slots=True)
class Order:
    """The events that came once the client read again, and how many were on their way before."""

    came: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Those of the ordinary messages, in the order in which they came."""
    asked: list[int] = field(default_factory=list)
    under_way: int = 0
    short: list[int] = field(default_factory=list)
    """The numbers of ordinary messages to a client that reads all the time."""

    def place(self, event: str) -> int:
        """Return how many messages came before the first *event*, -1 without one."""
        return self.came.index(event) if event in self.came else -1


def hold_back(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Order:
    """Fill a client that does not read; then let messages of all priorities wait; then read."""
    plan: Queue = wanted.having("queue")[0].expect.queue
    found = Order()
    with chat_servers.like(plan.server, plan.pinged) as server:
        client = chat.open(server.chat, pong=None, rcvbuf=8192)
        client.become(pong=None, reading=False)
        known = len(client.seen().frames)
        client.send("burst", {"count": MANY, "size": PAD})
        chat.until(chat.now() + 0.5)
        client.send("stats")
        client.send("burst", {"count": FEW, "size": 10})
        client.send("echo", {"text": "a command"})
        chat.until(client.opened_at + PING + 0.7)
        queued = int(server.told("/debug/clients")[client.name]["queued"])
        # The ping, the answer, the statistics and the later messages wait; so does the rest.
        found.under_way = MANY - (queued - FEW - 3)
        client.become(pong=None, reading=True)
        client.wait(("stats",), known, 10.0)
        chat.until(chat.now() + 0.5)
        frames: list[Frame] = list(client.seen().frames[known:])
        # A second ping is none of those that waited.
        pings = [one for one in frames if one.event == "ping"]
        found.came = [one.event for one in frames if one not in pings[1:]]
        found.numbers = [int(one.data["number"]) for one in frames if one.event == "news"]
        found.asked = [*range(1, MANY + 1), *range(1, FEW + 1)]
        reader = chat.open(server.chat)
        reader.send("burst", {"count": SHORT})
        last = reader.ask("stats", seconds=10.0)
        assert last is not None, "the statistics do not come"
        found.short = [int(one.data["number"]) for one in reader.seen().of("news")]
        return found

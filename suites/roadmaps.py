"""Roadmaps: the features that a document says are there already, each tried in short."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Available:
    """A server whose pings and their timeout are scaled down to *timeout* seconds by *env*."""

    server: ChatService
    env: dict[str, str]
    timeout: float
    """Seconds after which a silent client is let go."""
    most: int
    """How many visits of one address are served."""
    path: str
    """Where the health is."""
    available: list[str]
    """The features."""


@dataclass(slots=True)
class Features:
    """What each feature was seen to do, by its name."""

    seen: dict[str, str] = field(default_factory=dict)


def tried(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets
) -> Features:
    """Try every feature at one server."""
    expect: Available = wanted.of(Available)[0].expect
    found = Features()
    with chat_servers.like(expect.server, expect.env) as server:
        options = chat_sockets.listening(server, "SO_REUSEADDR")
        found.seen["SO_REUSEADDR"] = "works" if options.get("SO_REUSEADDR") else "off"
        silent = chat.open(server.chat, pong=None)
        end = silent.ended(3 * expect.timeout + 2.0)
        first = silent.wait(("ping",), 0, 0.0)
        gone = end.at - first.at if end and first else 0.0
        right = gone > expect.timeout - 0.1
        found.seen["ping timeout"] = "works" if right else f"gone after {gone:.2f} s: {end}"
        start, address = chat.now() + 0.2, chat.address()
        moments = [(address, start + 0.05 * number) for number in range(expect.most + 1)]
        served = [visit.served for visit in chat.visits(server.chat, moments)]
        right = served == [True] * expect.most + [False]
        found.seen["rate limit"] = "works" if right else f"served: {served}"
        health = server.shown(expect.path)
        right = health.get("status") == "healthy" and "connections" in health
        found.seen["health check"] = "works" if right else f"told: {health}"
    return found

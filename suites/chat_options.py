"""Chat options: what the options of accepted sockets do on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.chat_wire import ChatWire, Packet
    from fixtures.wanted import Wanted

KIND = "socket-option"
ROOM = 5.0
"""Seconds after the time at which something must have happened at the latest."""


@dataclass(frozen=True, slots=True)
class Option:
    """The value that getsockopt(2) reads of an accepted socket, or of the listening one."""

    server: ChatService
    option: str
    """The name of the option."""
    value: int | list[int]
    """What getsockopt(2) reads: one value, or those that it may be."""
    state: str = "established"
    """Which socket is asked: the listening one, or one that was accepted."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A server that sends no pings where the variables *quiet* are set, and its keepalive."""

    server: ChatService
    quiet: dict[str, str]
    idle: float
    interval: float
    count: int


@dataclass(frozen=True, slots=True)
class Silence:
    """What a server did about a client that vanished at once; seconds after the last segment."""

    probes: list[float]
    given_up: float | None
    options: dict[str, Any]
    """Of the accepted socket."""


def vanish_unpinged(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets,
    chat_wire: ChatWire,
) -> Silence:  # fmt: skip
    """Let a client vanish that gets no pings; follow the server until it gives the client up."""
    quiet: Quiet = next(
        one.expect.silence for one in wanted.of(KIND) if hasattr(one.expect, "silence")
    )
    longest = quiet.idle + quiet.interval * quiet.count + ROOM
    with chat_servers.like(quiet.server, quiet.quiet) as server:
        client = chat.open(server.chat, watched=True)
        options = chat_sockets.accepted(server, client, "TCP_KEEPINTVL", "TCP_KEEPCNT")
        vanished = chat_wire.lose(client)
        place, state = (client.host, client.port), ""
        while chat.now() < vanished + longest:
            state = chat_sockets.states(server).get(place, "gone")
            if state == "gone":
                break
            chat.until(chat.now() + 0.5)
        given_up = chat.now() if state == "gone" else None
        packets = chat_wire.packets(client)
        last = _last_data(packets)
        probes = [round(one.at - last, 2) for one in chat_wire.keepalives(client)]
        after = None if given_up is None else round(given_up - last, 2)
        return Silence(probes, after, options)


def _last_data(packets: list[Packet]) -> float:
    """Return when the last data went either way."""
    return max(one.at for one in packets if one.size)


def on_time(seconds: float, promised: float) -> bool:
    """Return whether a timer of the kernel ran so long as promised.

    It is never early, and up to an eighth late: kernel/time/timer.c of Linux.
    """
    return promised - 0.2 <= seconds <= 1.125 * promised + 0.3

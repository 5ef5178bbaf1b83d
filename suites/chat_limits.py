"""Chat limits: a server that is full, and messages that are too long."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, End, Load
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.chat_wire import ChatWire
    from fixtures.wanted import Wanted

CONNECTIONS, MESSAGES = "limit", "message"
CHUNK = 1 << 20
HEAD = struct.Struct("!IB")


@dataclass(frozen=True, slots=True)
class Full:
    """A server that serves so many clients at once.

    With the variables *env* it gives one up that acknowledges nothing for *gives_up* seconds.
    """

    server: ChatService
    most: int
    env: dict[str, str]
    gives_up: float


@dataclass(slots=True)
class Crowding:
    """What became of clients that filled a server, and of those that came after."""

    answered: list[int] = field(default_factory=list)
    """How many of those inside answered: when it was full, and after one more came."""
    counted: list[int] = field(default_factory=list)
    """What /health counted at the same moments."""
    extra_served: bool = False
    extra_end: End | None = None
    extra_after: float = 0.0
    """Seconds until the extra client's connection ended."""
    next_served: dict[str, bool] = field(default_factory=dict)
    """Whether the next client was served soon after one ended so: fin, reset, timeout."""


def fill(wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire) -> Crowding:
    """Fill a server from many addresses; let one more come; let three leave, and others come."""
    plan: Full = wanted.having("full")[0].expect.full
    found = Crowding()
    with chat_servers.like(plan.server, plan.env) as server:
        inside: list[ChatClient] = []
        while len(inside) < plan.most:
            some = min(20, plan.most - len(inside))
            inside += chat.open_all(server.chat, [""] * some)

        def look() -> None:
            answers = chat.ask_all(inside, "echo", {"text": "there"})
            found.answered.append(sum(one is not None for one in answers))
            found.counted.append(int(server.shown("/health").get("connections", -1)))

        look()
        extra = chat.open(server.chat, None)
        extra.send("hello", {"client_key": "one too many"})
        found.extra_end = extra.ended(3.0)
        found.extra_after = (found.extra_end.at if found.extra_end else 0) - extra.opened_at
        found.extra_served = bool(extra.seen().of("welcome"))
        look()
        for how in ("fin", "reset"):
            inside.pop().close(how)
            found.next_served[how] = _served(chat, server.chat, 2.0)
        vanished = inside.pop()
        sent = vanished.send("work", {"seconds": 0.3})
        chat_wire.lose(vanished)
        chat.until(sent.at + 0.3 + plan.gives_up)
        # A timer of the kernel that counts up by doubling is late by as much at most.
        found.next_served["timeout"] = _served(chat, server.chat, plan.gives_up + 2.0)
        return found


def _served(chat: Chat, to: tuple[str, int], within: float) -> bool:
    """Return whether a client is served *within* so many seconds; it stays."""
    deadline = chat.now() + within
    while True:
        if chat.open(to).welcome is not None:
            return True
        if chat.now() > deadline:
            return False
        chat.until(chat.now() + 0.2)


@dataclass(frozen=True, slots=True)
class Longest:
    """A server that takes messages of up to *most* bytes."""

    server: ChatService
    most: int


@dataclass(slots=True)
class Lengths:
    """What became of a long message, of one that is too long, and of one without an end."""

    long_size: int = 0
    """Bytes of the text that the server had, as it answers."""
    long_same: bool = False
    over_answered: bool = False
    over_end: End | None = None
    endless_end: End | None = None
    endless_bytes: int = 0
    """How much of it had gone out when the connection ended."""
    grown: int = 0
    """By how many bytes the server's memory grew meanwhile."""
    others: Load | None = None


def send_long(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_sockets: ChatSockets
) -> Lengths:
    """Send a message of nearly the limit, one byte more than it, and one that never ends."""
    plan: Longest = wanted.having("longest")[0].expect.longest
    found = Lengths()
    with chat_servers.like(plan.server) as server:
        # Whether a megabyte has 1,000,000 or 1,048,576 bytes is not said: neither is tried.
        text = "m" * (1_000_000 - 1 - _overhead())
        answer = chat.open(server.chat).ask("echo", {"text": text}, seconds=10.0)
        if answer is not None:
            found.long_size = int(answer.data["size"]) + _overhead()
            found.long_same = answer.data["sha256"] == _digest(text)
        over = chat.open(server.chat)
        over.send("echo", {"text": "m" * (plan.most + 1 - _overhead())})
        found.over_answered = over.wait(("echo",), 0, 3.0) is not None
        found.over_end = over.ended(1.0)
        others = chat.open_all(server.chat, ["", ""])
        before = chat_sockets.peak(server)
        endless = chat.open(server.chat)
        found.others, _ = together(
            lambda: chat.load(others, 0.2, 4.0), lambda: _never_end(endless, found)
        )
        found.grown = chat_sockets.peak(server) - before
        return found


def _never_end(client: ChatClient, found: Lengths) -> None:
    """Announce 3.75 GiB, and send 50 MiB of it."""
    client.send("", raw=base64.b64encode(HEAD.pack(0xF0000000, 0)).decode())
    client.send("", raw=base64.b64encode(bytes(CHUNK)).decode(), times=50)
    found.endless_end = client.ended(8.0)
    found.endless_bytes = client.seen().sent


def _overhead() -> int:
    """Return the bytes of an echo request around its text."""
    return len(json.dumps({"event": "echo", "data": {"text": ""}}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

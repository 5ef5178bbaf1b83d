"""Tokens: sessions of a chat server that are used, forged, replayed and left to expire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.wanted import Wanted

KIND = "token"
BATCH = 100
LATE = 0.5


@dataclass(frozen=True, slots=True)
class Sessions:
    """A server whose tokens live *lifetime* seconds, *scaled* ones where *env* says so."""

    server: ChatService
    lifetime: float
    setting: str
    """What the server calls the lifetime."""
    scaled: float
    env: str


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a token is good for, in seconds."""

    sessions: Sessions
    life_seconds: float
    """Seconds from its making to its end."""


@dataclass(slots=True)
class Story:
    """Whether each try was accepted, by stage; the tokens; what the server holds of sessions."""

    tries: dict[str, list[bool | None]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def presented(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Present right and wrong tokens; then let some live to their end."""
    sessions: Sessions = wanted.having("sessions")[0].expect.sessions
    changed = {sessions.env: f"{sessions.scaled:g}"}
    with chat_servers.like(sessions.server, changed) as server:
        story, stages = Story(), (_forged, _unused, _used)
        together(*(partial(stage, sessions, chat, server, story) for stage in stages))
        return story


def _forged(sessions: Sessions, chat: Chat, server: ChatServer, story: Story) -> None:
    del sessions
    first, second = chat.open_all(server.chat, ["first", "second"])
    right = first.token
    changed = right[:-1] + ("A" if right[-1:] != "A" else "B")
    story.tries["right"] = [_accepted(first, right), _accepted(first, right)]
    before = server.told("/debug/sessions").get("first", {})
    wrong = [changed, right[:8], "", secrets.token_urlsafe(32)]
    story.tries["wrong"] = [_accepted(first, token) for token in wrong]
    story.held["after wrong ones"] = server.told("/debug/sessions").get("first", {})
    story.held["before wrong ones"] = before
    story.tries["right after wrong ones"] = [_accepted(first, right)]
    story.held["after use"] = server.told("/debug/sessions").get("first", {})
    story.tries["another's"] = [_accepted(second, right)]
    story.tries["own after another's"] = [_accepted(second, second.token)]
    again = chat.open(server.chat, None)
    story.tries["on a new connection"] = [_accepted(again, right, "first")]
    renewed = chat.open(server.chat, "first")
    story.tries["replayed"] = [_accepted(renewed, right)]
    story.tries["renewed"] = [_accepted(renewed, renewed.token)]


def _unused(sessions: Sessions, chat: Chat, server: ChatServer, story: Story) -> None:
    """Use a token shortly before its end, and after it."""
    client, life = chat.open(server.chat, "unused"), sessions.scaled
    made = client.welcome.at if client.welcome else client.opened_at
    story.tries["before its end"] = [_accepted(client, client.token, due=made + 0.9 * life)]
    chat.until(made + 1.1 * life)
    story.held["before it is tried"] = server.told("/debug/sessions")
    story.tries["after its end"] = [_accepted(client, client.token)]
    story.held["after it was tried"] = server.told("/debug/sessions")


def _used(sessions: Sessions, chat: Chat, server: ChatServer, story: Story) -> None:
    """Use a token again and again, also after its end."""
    client, life = chat.open(server.chat, "used"), sessions.scaled
    made = client.welcome.at if client.welcome else client.opened_at
    story.tries["in use"] = []
    for part in (0.2, 0.4, 0.6, 0.8):
        story.tries["in use"].append(_accepted(client, client.token, due=made + part * life))
    story.tries["used too long"] = [_accepted(client, client.token, due=made + 1.1 * life)]


def many(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Open many sessions at a server with the documented lifetime."""
    sessions: Sessions = wanted.having("sessions")[0].expect.sessions
    story = Story()
    with chat_servers.like(sessions.server) as server:
        story.settings = server.told("/debug/settings")
        for _ in range(2):
            clients = chat.open_all(server.chat, [""] * BATCH)
            story.tokens += [client.token for client in clients]
            for client in clients:
                client.close()
    return story


def whole_life(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Keep a token as long as it is documented to live."""
    sessions: Sessions = wanted.of(Lives)[0].expect.sessions
    story = Story()
    with chat_servers.like(sessions.server) as server:
        client = chat.open(server.chat, "patient")
        made = client.welcome.at if client.welcome else client.opened_at
        for stage, moment in (("before its end", -60.0), ("after its end", 30.0)):
            chat.until(made + sessions.lifetime + moment)
            story.tries[stage] = [_accepted(client, client.token)]
    return story


def _accepted(client: ChatClient, token: str, key: str = "", due: float = 0.0) -> bool | None:
    """Return what the server makes of *token* at the moment *due*, None without an answer.

    Raises `RuntimeError` when the client was late.
    """
    data = {"token": token} | ({"client_key": key} if key else {})
    sent = client.send("auth", data, due=due)
    if due and sent.at - due > LATE:
        raise RuntimeError(f"the client was {sent.at - due:.2f} s late")
    said = client.wait(("auth",), sent.after)
    return bool(said.data.get("ok")) if said else None

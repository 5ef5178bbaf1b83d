"""Health endpoints: what a chat server tells of its health while clients come and go."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.answers import Answer
    from fixtures.chat import Chat
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.wanted import Wanted

KIND = "health-endpoint"
THREE = 3
FULL = 100


@dataclass(frozen=True, slots=True)
class Health:
    """Where a server tells its health."""

    server: ChatService
    path: str
    """Where the health is."""
    metrics: str
    """Where the metrics are."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of the health path, and the server's own clock before and after it."""

    answer: Answer
    before: str
    after: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that it told, empty without one."""
        try:
            found = json.loads(self.answer.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def value(self, key: str) -> Any:
        """Return what was told under *key*."""
        assert key in self.body, f"no {key}: {self.answer.status} {self.answer.starts}"
        return self.body[key]


@dataclass(slots=True)
class Story:
    """Answers by stage."""

    told: dict[str, Told] = field(default_factory=dict)
    echoed: dict[str, bool] = field(default_factory=dict)
    """Whether a client of the chat port got its answer, by stage."""
    attempts: list[str] = field(default_factory=list)
    """What the asker of the health path got on the chat port when it came too often."""
    totals: list[Any] = field(default_factory=list)
    """The connections that the metrics count before and after looks at the health path."""
    on_chat_port: str = ""
    """What a GET of the health path gets on the chat port."""


def in_use(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Let three clients come and go; then as many as there is room for."""
    health: Health = wanted.having("health")[0].expect.health
    with chat_servers.like(health.server) as server:
        story = Story()
        story.told["empty"] = _told(server, health)
        clients = chat.open_all(server.chat, [""] * THREE)
        story.told["three"] = _told(server, health)
        story.echoed["three"] = clients[0].ask("echo", {"text": "here"}) is not None
        for client in clients:
            client.close()
        story.told["gone"] = _told(server, health)
        story.on_chat_port = str(server.get(health.path, health.server.port).status)
        chat.open_all(server.chat, [""] * FULL)
        for _ in range(12):
            story.attempts.append(server.greeted())
        story.totals.append(server.shown(health.metrics).get("total_connections"))
        story.told["full"] = _told(server, health)
        story.totals.append(server.shown(health.metrics).get("total_connections"))
        return story


def deaf(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Close the listener of a server that goes on otherwise."""
    health: Health = wanted.having("health")[0].expect.health
    with chat_servers.like(health.server) as server:
        story = Story()
        client = chat.open(server.chat)
        story.told["serving"] = _told(server, health)
        server.told("/debug/stop-listening", {})
        story.attempts.append(chat.open(server.chat).word)
        story.echoed["deaf"] = client.ask("echo", {"text": "still here"}) is not None
        story.told["deaf"] = _told(server, health)
        return story


def _told(server: ChatServer, health: Health) -> Told:
    before = server.local_time()
    answer = server.get(health.path)
    return Told(answer, before, server.local_time())

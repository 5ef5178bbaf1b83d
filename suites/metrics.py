"""Metrics: what a chat server counts while clients come, talk, fail and go."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.answers import Answer
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.wanted import Wanted

KIND = "metrics"
COME, LEAVE, ASK = 5, 2, 40
UNANSWERED = 7
"""Messages to which there is no answer, so that both ways differ."""
GARBLED = base64.b64encode(b"\x00\x00\x00\x04\x00nope").decode()
"""A frame of four bytes that are no JSON."""
BURST = 20
SETTLE = 2.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """Where a server shows its metrics, and its health beside them."""

    server: ChatService
    path: str
    """Where the metrics are."""
    health: str
    """Where the health is."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the metrics, when they were asked for and there, and all that clients saw."""

    shown: dict[str, Any]
    at: float
    by: float
    sent: int = 0
    received: int = 0
    frames: int = 0

    @property
    def uptime(self) -> float:
        """The shown uptime; 0 where none is shown."""
        return float(self.shown.get("uptime", 0.0))

    def value(self, key: str) -> Any:
        """Return what is shown under *key*."""
        assert key in self.shown, f"no {key}: {self.shown}"
        return self.shown[key]

    def total(self, *path: str) -> float:
        """Return a rate that is shown, times the uptime: what was counted."""
        value: Any = self.shown
        for part in path:
            assert isinstance(value, dict), f"no {'.'.join(path)}: {self.shown}"
            assert part in value, f"no {'.'.join(path)}: {self.shown}"
            value = value[part]
        return float(value) * self.uptime


@dataclass(slots=True)
class Story:
    """Looks by stage."""

    looks: dict[str, Look] = field(default_factory=dict)
    connections: dict[str, Any] = field(default_factory=dict)
    """What the health path tells of connections, by stage."""
    answer: Answer | None = None
    ages: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Seconds at a look since the server was seen to listen, and since the engine started it."""
    burst_seconds: float = 0.0


class _Watcher:
    """Looks at the metrics of one server, between whatever its clients do."""

    def __init__(self, metrics: Metrics, chat: Chat, server: ChatServer) -> None:
        self.metrics, self.chat, self.server = metrics, chat, server
        self.story = Story()

    def look(self, stage: str, clients: Sequence[ChatClient] = ()) -> Look:
        """Keep a look, and the traffic of *clients*; a ping that comes meanwhile spoils none."""
        for _ in range(5):
            before = [client.seen() for client in clients]
            at = self.chat.now()
            shown = self.server.shown(self.metrics.path)
            by = self.chat.now()
            after = [client.seen() for client in clients]
            if [one.received for one in before] == [one.received for one in after]:
                break
        sums = (sum(one.sent for one in after), sum(one.received for one in after))
        look = Look(shown, at, by, *sums, sum(len(one.frames) for one in after))
        self.story.looks[stage] = look
        self.story.connections[stage] = self.server.shown(self.metrics.health).get("connections")
        return look

    def aged(self, stage: str) -> None:
        """Keep a look, and how old the server is at least and at most."""
        least = self.server.listened()
        self.look(stage)
        self.story.ages[stage] = (least, self.server.age())

    def settled(self, stage: str, active: int) -> None:
        """Keep a look once so many are active, or two seconds later."""
        end = self.chat.now() + SETTLE
        while self.look(stage).shown.get("active_connections") != active:
            if self.chat.now() > end:
                break
            self.chat.until(self.chat.now() + 0.1)


def counted(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Let clients come, talk, send what is no message, and go in two ways."""
    metrics: Metrics = wanted.having("metrics")[0].expect.metrics
    with chat_servers.like(metrics.server) as server:
        watcher = _Watcher(metrics, chat, server)
        story = watcher.story
        story.answer = server.get(metrics.path)
        watcher.look("fresh")
        clients = chat.open_all(server.chat, [""] * COME)
        watcher.look("five came", clients)
        for number in range(ASK):
            clients[number % COME].ask("echo", {"text": f"text {number} " * (number % 7 + 1)})
        for _ in range(UNANSWERED):
            clients[0].send("pong", {"id": 0})
        clients[0].ask("echo", {"text": "all of it has come"})
        watcher.look("talked", clients)
        clients[0].send("", raw=GARBLED)
        clients[0].wait(("error",))
        watcher.look("garbled", clients)
        for client in clients[:LEAVE]:
            client.close()
        clients[LEAVE].close("reset")
        watcher.settled("two left", COME - LEAVE - 1)
        _burst(watcher, clients[-1])
        first = story.looks["fresh"]
        chat.until(first.at + 5.0)
        watcher.aged("five seconds old")
        server.restart()
        server.connected()
        watcher.aged("restarted")
        return story


def _burst(watcher: _Watcher, client: ChatClient) -> None:
    """Send a burst of what is no message; look until all of it is told, and keep how long it took.

    The answer to a question behind the burst tells when the server had all of it.
    """
    told = watcher.story.looks["two left"].shown.get("errors", {})
    client.send("", raw=GARBLED, times=BURST)
    answer = client.ask("echo", {"text": "behind the burst"})
    began = answer.at if answer else watcher.chat.now()
    while True:
        look = watcher.look("burst")
        done = sum(look.shown.get("errors", {}).values()) - sum(told.values()) >= BURST
        if done or look.at - began > SETTLE:
            return
        # It was not told yet when it was asked for.
        watcher.story.burst_seconds = round(look.by - began, 3)

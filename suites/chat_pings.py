"""Chat pings: when a server pings its clients, and what becomes of those that do not answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, End
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_sockets import ChatSockets
    from fixtures.chat_wire import ChatWire
    from fixtures.wanted import Wanted

SCHEDULE, TIMEOUT = "heartbeat", "heartbeat"
KEEPALIVE = ("SO_KEEPALIVE", "TCP_KEEPIDLE")
CROWD = 24
"""Clients of each of two servers that connect together."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Pings come each *interval* seconds, the first *earliest* to *latest* after the connection."""

    server: ChatService
    interval: float
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Member:
    """A client of a crowd: seconds after it connected."""

    pings: tuple[float, ...]
    probe: float | None
    """When the first keepalive probe came, before any ping; None without one."""
    last: float
    """When the last data before the first ping came."""


@dataclass(slots=True)
class Crowds:
    """Two crowds, each of another server, that came at the same time; *seconds* is how long."""

    of: list[list[Member]] = field(default_factory=list)
    seconds: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)
    """Of one accepted socket."""

    @property
    def members(self) -> list[Member]:
        """All clients of both."""
        return [one for crowd in self.of for one in crowd]


def crowds(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire,
    chat_sockets: ChatSockets,
) -> Crowds:  # fmt: skip
    """Let two crowds connect, answer pings and do nothing else, for a first ping and one more."""
    plan: Schedule = next(one.expect.schedule for one in wanted.having("schedule"))
    found = Crowds(seconds=plan.latest + plan.interval / 2 + 2.0)

    def crowd() -> list[Member]:
        with chat_servers.like(plan.server) as server:
            clients = chat.open_all(server.chat, [""] * CROWD, watched=True)
            found.options = chat_sockets.accepted(server, clients[0], *KEEPALIVE)
            chat.until(clients[0].opened_at + found.seconds)
            return [_member(client, chat_wire) for client in clients]

    chat.ready()
    found.of = together(crowd, crowd)
    return found


def _member(client: ChatClient, chat_wire: ChatWire) -> Member:
    start = client.opened_at
    # What the server sends after its welcome are pings; the kernel has timed their packets.
    pings = tuple(round(one.at - start, 3) for one in chat_wire.news(client)[1:])
    first = pings[0] if pings else float("inf")
    probes = [round(one.at - start, 3) for one in chat_wire.keepalives(client)]
    data = [one.at - start for one in chat_wire.packets(client) if one.size]
    last = max((at for at in data if at < first - 0.5), default=0.0)
    return Member(pings, next((at for at in probes if at < first), None), round(last, 3))


@dataclass(frozen=True, slots=True)
class Patience:
    """A server that ends a silent client after *seconds*, told by its *setting*.

    With the variables *env* it pings and ends sooner: *scaled* seconds, a ping each *interval*.
    """

    server: ChatService
    seconds: float
    setting: str
    scaled: float
    interval: float
    env: dict[str, str]


@dataclass(slots=True)
class Silences:
    """How each client's connection ended, if it did, and when its first unanswered ping came."""

    ends: dict[str, End | None] = field(default_factory=dict)
    pings: dict[str, int] = field(default_factory=dict)
    connections: list[int] = field(default_factory=list)
    """What /health counted with all of them there, and at the end."""
    unanswered: float | None = None
    keys: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    setting: float = 0.0


def answering(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Silences:
    """Let one client answer all its pings, and one miss two in a row, three times."""
    plan: Patience = wanted.having("patience")[0].expect.patience
    with chat_servers.like(plan.server, plan.env) as server:
        return _answering(plan, chat, chat_servers, server, plan.interval, plan.scaled)


def answering_on_own(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Silences:
    """Do the same with the documented times."""
    plan: Patience = wanted.of(TIMEOUT)[0].expect.patience
    with chat_servers.like(plan.server) as server:
        interval = plan.interval * plan.seconds / plan.scaled
        return _answering(plan, chat, chat_servers, server, interval, plan.seconds)


def _answering(
    plan: Patience, chat: Chat, chat_servers: ChatServers, server: ChatServer,
    interval: float, seconds: float,
) -> Silences:  # fmt: skip
    found = Silences(setting=_setting(plan, chat_servers))
    usual, late = chat.open_all(server.chat, ["", ""])
    for _ in range(3):
        late.become(pong=None)
        after = len(late.seen().frames)
        for _ in range(2):
            frame = late.wait(("ping",), after, 3 * interval)
            after = len(late.seen().frames) if frame else after
        late.become(pong=0.0)
        chat.until(chat.now() + 1.5 * interval)
    chat.until(usual.opened_at + 3.4 * seconds)
    _keep(found, {"answers": usual, "late": late}, server)
    return found


def silent(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Silences:
    """Let one client read and never answer, beside one that answers; wait until it is ended."""
    plan: Patience = wanted.having("patience")[0].expect.patience
    with chat_servers.like(plan.server, plan.env) as server:
        return _silent(plan, chat, chat_servers, server)


def silent_on_own(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Silences:
    """Do the same with the documented times."""
    plan: Patience = wanted.having("patience")[0].expect.patience
    with chat_servers.like(plan.server) as server:
        return _silent(plan, chat, chat_servers, server, plan.seconds)


def _silent(
    plan: Patience, chat: Chat, chat_servers: ChatServers, server: ChatServer,
    seconds: float = 0.0,
) -> Silences:  # fmt: skip
    found = Silences(setting=_setting(plan, chat_servers))
    quiet = chat.open(server.chat, pong=None)
    usual = chat.open(server.chat)
    found.connections.append(int(server.shown("/health").get("connections", -1)))
    first = quiet.wait(("ping",), 0, 65.0)
    found.unanswered = first.at if first else None
    quiet.ended(2.5 * (seconds or plan.scaled))
    chat.until(chat.now() + plan.interval)
    found.connections.append(int(server.shown("/health").get("connections", -1)))
    _keep(found, {"silent": quiet, "answers": usual}, server)
    return found


def _setting(plan: Patience, chat_servers: ChatServers) -> float:
    shown: dict[str, Any] = chat_servers.own(plan.server).told("/debug/settings")
    return float(shown[plan.setting])


def _keep(found: Silences, clients: dict[str, ChatClient], server: ChatServer) -> None:
    for name, client in clients.items():
        found.keys[name] = client.name
        found.ends[name] = client.ended()
        found.pings[name] = len(client.seen().of("ping"))
    found.log = server.log()

"""Graceful shutdowns: servers that are told to end, with and without clients and work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, Frame, Seen
    from fixtures.chat_server import ChatServer, Exit
    from fixtures.chat_servers import ChatServers
    from fixtures.port_watches import PortLook
    from fixtures.shell import Answer, Shell
    from fixtures.wanted import Wanted

KIND, LANE = "shutdown", "shutdown"
BESIDE = "peers"
"""A lane whose copies have servers of their own for each scenario, with room for one more."""
CLIENTS, FEW = 10, 5
SHORT = 4.0
"""Seconds of the work that is in progress when a server is interrupted."""
ENDLESS, PATIENCE = 120.0, 90.0
RETURNS = "returns"
NOTICE = "serverShutdown"
HUGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Shutdown:
    """A server that waits for work in progress, at most *wait* seconds.

    *pending* is how many seconds the work takes that is in progress when it is told to end.
    """

    server: ChatService
    bots: str
    """The service of the stack's own clients."""
    door: int
    """Its port, on which clients are started."""
    pending: float
    wait: float


@dataclass(frozen=True, slots=True)
class Closed:
    """What a client met that came while the server was ending, so many seconds after the notice."""

    word: str
    seconds: float


@dataclass(slots=True)
class Story:
    """One server's end: what each client saw, what the process said, and when."""

    clients: list[Seen] = field(default_factory=list)
    done: Frame | None = None
    """The answer to the work that was in progress."""
    newcomers: list[Closed] = field(default_factory=list)
    looks: list[PortLook] = field(default_factory=list)
    """Looks at the server's own listening sockets, from before the signal until there was none."""
    exit: Exit | None = None
    told: float = 0.0
    """When the (first) signal was sent, in epoch seconds; 0 where Compose sent it."""
    command: Answer | None = None
    log: list[str] = field(default_factory=list)
    logged: list[float] = field(default_factory=list)
    """When the engine got each line, in epoch seconds."""
    returned: float | None = None
    """Seconds from the notice until the stack's own client was seen at the server again."""
    waited: float | None = None
    """Seconds from the end of its connection to its next attempt, as that client tells."""

    def notices(self) -> list[list[Frame]]:
        """Return the notices that each client got."""
        return [seen.of(NOTICE) for seen in self.clients]

    def ends(self) -> list[str]:
        """Return how the connection of each client ended, ``open`` where it did not."""
        return [seen.end.how if seen.end else "open" for seen in self.clients]

    @property
    def seconds(self) -> float:
        """Seconds from the signal to the end of the process."""
        return self.exit.at - self.told if self.exit else float("inf")


def stopped(wanted: Wanted, chat: Chat, chat_servers: ChatServers, shell: Shell) -> Story:
    """Stop the stack's own server with `docker compose stop` while clients wait for work.

    One more signal comes a second later. Then it is started at once, and its client awaited.
    """
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    name, story = expect.server.service, Story()
    own = chat_servers.own(expect.server)
    own.connected()
    door = chat_servers.neighbour(expect.bots, expect.door)
    door.ready()
    door.ask("/clients", {"client_key": RETURNS})
    half = [""] * (CLIENTS // 2)
    clients = chat.open_all(own.chat, half)
    deaf = _deaf(chat, own)
    clients += chat.open_all(own.chat, half)
    with own.port_watched(chat.now) as story.looks, ThreadPoolExecutor() as pool:
        sent = clients[0].send("work", {"seconds": expect.pending})
        chat.until(sent.at + 1.0)
        if not own.told("/debug/clients")[deaf.name]["queued"]:
            raise RuntimeError("nothing waits for the client that does not read")
        stop = pool.submit(copy_context().run, shell.run, f"docker compose stop {name}", 90.0)
        notice = clients[1].wait((NOTICE,), 0, 15.0)
        noticed = notice.at if notice else chat.now()
        _knock(story, chat, own, noticed)
        chat.until(noticed + 1.0)
        own.signal("SIGTERM")
        _knock(story, chat, own, noticed)
        story.done = clients[0].wait(("done",), sent.after, expect.pending + 5.0)
        story.command = stop.result()
    last, gone = _closed(story.looks, noticed)
    own.keep("port watched", f"listening {last}, gone {gone} s from the notice")
    for client in clients:
        client.ended(5.0)
    story.clients = [client.seen() for client in clients]
    story.exit, story.log = own.exit(1.0), own.log()
    shell.run(f"docker compose start {name}", 60.0)
    story.returned = _return(chat, chat_servers.own(expect.server), noticed)
    story.waited = _waited(door.ask(f"/clients/{RETURNS}")["events"])
    return story


def _deaf(chat: Chat, server: ChatServer) -> ChatClient:
    """Return a client that does not read, for which more waits than all buffers hold."""
    deaf = chat.open(server.chat, rcvbuf=8192)
    deaf.become(pong=None, reading=False)
    for _ in range(8):
        deaf.send("blob", {"size": HUGE, "random": 1.0})
    return deaf


def _knock(story: Story, chat: Chat, server: ChatServer, noticed: float) -> None:
    newcomer = chat.open(server.chat)
    word = newcomer.word if newcomer.word != "connected" or newcomer.welcome else "no service"
    story.newcomers.append(Closed(word, round(newcomer.opened_at - noticed, 3)))


def _closed(looks: list[PortLook], noticed: float) -> tuple[float | None, float | None]:
    """Return the seconds from *noticed* between which the port was closed, as far as was seen.

    From the beginning of the last look that found it open to the end of the first that did not.
    """
    opened = [round(look.began - noticed, 3) for look in looks if look.listening]
    gone = [round(look.ended - noticed, 3) for look in looks if not look.listening]
    return opened[-1] if opened else None, gone[0] if gone else None


def _return(chat: Chat, server: ChatServer, noticed: float) -> float | None:
    """Return when the first client came to a server that nobody else knows."""
    while (now := chat.now()) < noticed + PATIENCE:
        if server.glance("/metrics").get("total_connections", 0):
            server.keep("first client", f"{now - noticed:.1f} s after the notice")
            return round(now - noticed, 1)
        chat.until(now + 0.2)
    server.keep("first client", f"none in {PATIENCE:g} s")
    return None


def _waited(events: list[dict[str, Any]]) -> float | None:
    """Return how long the first wait between two connections was."""
    ended = next((one["at"] for one in events if one["event"] == "disconnected"), None)
    again = [one["at"] for one in events if one["event"] == "connecting"][1:2]
    return round(again[0] - ended, 3) if ended is not None and again else None


def idle(wanted: Wanted, chat_servers: ChatServers) -> Story:
    """End a server that nobody uses with SIGTERM."""
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    with chat_servers.like(expect.server) as server:
        return _ended(server, "SIGTERM", [], 12.0)


def used(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """End a server with a few clients, which ask for nothing, with SIGTERM."""
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    with chat_servers.like(expect.server) as server:
        return _ended(server, "SIGTERM", chat.open_all(server.chat, [""] * FEW), 12.0)


def interrupted(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """End a server with SIGINT while one of its clients waits for work, and come meanwhile."""
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    with chat_servers.like(expect.server) as server:
        clients = chat.open_all(server.chat, [""] * FEW)
        sent = clients[0].send("work", {"seconds": SHORT})
        chat.until(sent.at + 0.2)
        story = Story(told=server.signal("SIGINT"))
        notice = clients[1].wait((NOTICE,), 0, SHORT)
        _knock(story, chat, server, notice.at if notice else chat.now())
        return _followed(story, server, clients, 12.0)


def working(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """End a server with SIGTERM while work is in progress."""
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    with chat_servers.like(expect.server) as server:
        client = chat.open(server.chat)
        sent = client.send("work", {"seconds": expect.pending})
        chat.until(sent.at + 1.0)
        return _ended(server, "SIGTERM", [client], expect.pending + 5.0)


def overlong(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """End a server while work is in progress that takes longer than it waits."""
    expect: Shutdown = wanted.having("shutdown")[0].expect.shutdown
    with chat_servers.like(expect.server) as server:
        client = chat.open(server.chat)
        client.send("work", {"seconds": ENDLESS})
        return _ended(server, "SIGTERM", [client], expect.wait + 15.0)


def _ended(server: ChatServer, name: str, clients: list[ChatClient], within: float) -> Story:
    return _followed(Story(told=server.signal(name)), server, clients, within)


def _followed(story: Story, server: ChatServer, clients: list[ChatClient], within: float) -> Story:
    story.exit = server.exit(within)
    for client in clients:
        client.ended(1.0)
    story.clients = [client.seen() for client in clients]
    log = server.log_until("", 0, 0.0)
    story.log, story.logged = [line.text for line in log], [line.at for line in log]
    return story


def lines(log: list[str], *parts: Any) -> list[str]:
    """Return the lines of *log* that hold all of *parts*."""
    return [line for line in log if all(str(part) in line for part in parts)]

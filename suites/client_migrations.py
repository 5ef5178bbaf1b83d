"""Client migrations: clients that one server sends to another, and what becomes of their words."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, End, Frame, Seen
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.neighbours import Neighbour
    from fixtures.wanted import Wanted

KIND, NOTICE = "client-migration", "serverMigration"
MOVERS, TALKERS, STAYERS, ADDRESSES = 40, 4, 10, 6
"""The stack's own clients; those of them that talk a lot; clients of ours, that stay."""
OFTEN, SELDOM = 0.2, 1.0
"""Seconds from one word of a client to its next."""
LOOK = 0.25
LONGEST = 75.0


@dataclass(frozen=True, slots=True)
class Migration:
    """A server whose clients are to move after *after* seconds, and where clients are started."""

    server: ChatService
    bots: str
    """The service of the stack's own clients."""
    door: int
    """Its port, on which clients are started."""
    after: float


@dataclass(frozen=True, slots=True)
class Talk:
    """What one client said: numbers from 1 on, and what both servers took in of them."""

    every: float
    """Seconds from one to the next."""
    said: int
    """The last number, as the client itself tells; the servers were asked a second later."""
    missing: tuple[int, ...]
    twice: tuple[int, ...]
    dropped: tuple[int, ...]
    away: float
    """Seconds at most from its last word to a server to its next welcome."""


@dataclass(slots=True)
class Story:
    """One migration, from notice to the last arrival."""

    place: tuple[str, int] = ("", 0)
    """Where the new server is."""
    stayers: list[Seen] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    """How many of those that stay were answered, at several times before anybody is to move."""
    newcomer: Frame | None = None
    newcomer_welcome: bool = True
    newcomer_end: End | None = None
    delays: list[float] = field(default_factory=list)
    """Seconds from its notice to its arrival, of each client that moved."""
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """How many had arrived at the new server, and when."""
    talks: list[Talk] = field(default_factory=list)
    last: float = 0.0
    """Seconds from the beginning until all had arrived."""

    def busiest_second(self) -> float:
        """Return how many arrived in the busiest second, as far as the looks can tell.

        Of those that came between two looks, at least one second's share came in one second.
        """
        return max(
            (
                (after[1] - before[1]) / math.ceil(after[0] - before[0])
                for before, after in itertools.combinations(self.arrivals, 2)
                if after[0] > before[0]
            ),
            default=0.0,
        )

    def arrived(self) -> int:
        """Return how many arrived in all."""
        return self.arrivals[-1][1] - self.arrivals[0][1] if self.arrivals else 0


def moved(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Start clients at one server, move them to another, and stop the first."""
    migration: Migration = wanted.having("migration")[0].expect.migration
    with (
        chat_servers.like(migration.server) as old,
        chat_servers.like(migration.server) as new,
    ):
        story = Story(place=new.chat)
        door = chat_servers.neighbour(migration.bots, migration.door)
        door.ready()
        keys = _start(chat, door, old)
        stayers = chat.open_all(old.chat, [""] * STAYERS)
        began = chat.now()
        old.told("/debug/migrate", {"host": new.chat[0], "port": new.chat[1]})
        _newcomer(story, chat.open(old.chat))
        _follow(story, chat, new, stayers, began, migration.after)
        new.keep("arrivals", [(round(at - began, 1), count) for at, count in story.arrivals])
        story.stayers = [one.seen() for one in stayers]
        notes = _notes(old)
        old.signal("SIGTERM")
        old.exit(15.0)
        chat.until(chat.now() + 1.0)
        shown = door.ask("/clients")
        chat.until(chat.now() + 1.0)
        notes += _notes(new)
        _judge(story, {key: shown[key] for key in keys}, notes)
        for key in keys:
            door.ask(f"/clients/{key}", method="DELETE")
        return story


def _start(chat: Chat, door: Neighbour, old: ChatServer) -> list[str]:
    """Start the stack's own clients, from several addresses, and wait until all are there."""
    keys = [f"mover-{number}" for number in range(MOVERS)]
    sources = [chat.spare() for _ in range(ADDRESSES)]
    for number, key in enumerate(keys):
        told: dict[str, Any] = {
            "client_key": key,
            "server_host": old.chat[0],
            "server_port": old.chat[1],
            "source": sources[number % ADDRESSES],
            "note_every": _every(number),
        }
        door.ask("/clients", told)
    end = chat.now() + 10.0
    while old.shown("/health").get("connections") != MOVERS and chat.now() < end:
        chat.until(chat.now() + 0.2)
    return keys


def _every(number: int) -> float:
    return OFTEN if number < TALKERS else SELDOM


def _newcomer(story: Story, newcomer: ChatClient) -> None:
    story.newcomer = newcomer.wait((NOTICE,), 0, 3.0)
    story.newcomer_welcome = newcomer.welcome is not None
    story.newcomer_end = newcomer.ended(3.0)


def _follow(
    story: Story, chat: Chat, new: ChatServer, stayers: list[ChatClient], began: float, after: float
) -> None:
    """Look at the new server until all have arrived; meanwhile ask the old one something."""
    asking = [began + part * after for part in (0.2, 0.5, 0.9)]
    while (now := chat.now()) < began + LONGEST:
        total = int(new.glance("/metrics").get("total_connections", 0))
        story.arrivals.append((now, total))
        story.last = round(now - began, 1)
        if asking and now >= asking[0]:
            asking.pop(0)
            said = chat.ask_all(stayers, "echo", {"text": "still here"})
            story.answered.append(sum(one is not None for one in said))
        if story.arrived() >= MOVERS and not asking:
            return
        chat.until(now + LOOK)


def _notes(server: ChatServer) -> list[dict[str, Any]]:
    """Return what the server has taken in; nothing where it has ended: then nobody has it."""
    if server.exit(0.0).code is not None:
        return []
    found: list[dict[str, Any]] = server.told("/debug/notes")["notes"]
    return found


def _judge(story: Story, shown: dict[str, Any], notes: list[dict[str, Any]]) -> None:
    place = list(story.place)
    for number, (key, client) in enumerate(shown.items()):
        events = client["events"]
        noticed = _time(events, NOTICE)
        welcome = _time(events, "welcome", place)
        if noticed is not None and welcome is not None:
            story.delays.append(round(welcome - noticed, 2))
        away = float("inf") if welcome is None else _away(events)
        story.talks.append(_talk(_every(number), key, client, notes, round(away, 3)))


def _away(events: list[dict[str, Any]]) -> float:
    """Return the longest time that a client could not talk, from holding back to a welcome."""
    longest, since = 0.0, None
    for event in events:
        if event["event"] in ("holding", "disconnected") and since is None:
            since = float(event["at"])
        elif event["event"] == "welcome" and since is not None:
            longest, since = max(longest, event["at"] - since), None
    return longest if since is None else float("inf")


def _talk(
    every: float, key: str, client: dict[str, Any], notes: list[dict[str, Any]], away: float
) -> Talk:
    had = Counter(int(note["number"]) for note in notes if note["client_key"] == key)
    said = int(client["said"])
    return Talk(
        every,
        said,
        tuple(number for number in range(1, said + 1) if number not in had),
        tuple(sorted(number for number, times in had.items() if times > 1)),
        tuple(client["dropped"]),
        away,
    )


def _time(events: list[dict[str, Any]], name: str, place: list[Any] | None = None) -> float | None:
    for event in events:
        if event["event"] == name and (place is None or event.get("place") == place):
            return float(event["at"])
    return None

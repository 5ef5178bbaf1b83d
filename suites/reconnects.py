"""Reconnects: clients that lose their server, and what they do until they have it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import terms
from .chat import together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_servers import ChatServers
    from fixtures.chat_wire import ChatWire, Door
    from fixtures.neighbours import Neighbour
    from fixtures.wanted import Wanted

DELAY, QUEUE = "reconnect", "reconnect"
LANE = "peers"
CROWD = 20
EVERY = "crowd"


@dataclass(frozen=True, slots=True)
class Clients:
    """Where further clients are started, over HTTP."""

    service: terms.Service
    port: int


@dataclass(frozen=True, slots=True)
class Backoff:
    """Clients that wait *base* seconds, then twice as long each time, *longest* at most.

    *jitter* is the random part of a delay that is added to it.
    """

    clients: Clients
    base: float
    longest: float
    jitter: float


@dataclass(slots=True)
class Attempts:
    """The seconds between the attempts of each client to reach a server that refuses it."""

    crowd: dict[str, list[float]] = field(default_factory=dict)
    """Of clients as they are."""
    capped: dict[str, list[float]] = field(default_factory=dict)
    """Of clients whose first delay would be longer than the longest."""
    first: list[float] = field(default_factory=list)
    """Of one client: the first delay of its first outage, the last, and that of the next."""


def lose_server(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire
) -> Attempts:
    """Refuse clients for a minute; refuse one for some time, serve it, and refuse it again."""
    return _lose_server(wanted, chat, chat_servers, chat_wire, 5)


def lose_server_for_long(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire
) -> Attempts:
    """Do the same until the longest delay has come three times."""
    return _lose_server(wanted, chat, chat_servers, chat_wire, 8)


def _lose_server(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire, delays: int
) -> Attempts:
    plan: Backoff = wanted.having("backoff")[0].expect.backoff
    bots = chat_servers.neighbour(plan.clients.service, plan.clients.port)
    bots.ready()
    found, shut = Attempts(), chat_wire.door()
    for number in range(CROWD):
        _start(bots, f"{EVERY}-{number}", shut)
    for number in range(5):
        _start(bots, f"capped-{number}", shut, backoff_base=4 * plan.longest)
    began = chat.now()
    due = sum(min(plan.base * 2**step, plan.longest) for step in range(delays))
    end = began + max(due, plan.longest) * (1 + plan.jitter) + 3.0
    other = chat_wire.door()

    def two_outages() -> None:
        found.first = _two_outages(plan, chat, other, bots)

    together(lambda: chat.until(end), two_outages)
    for kind, gaps in ((EVERY, found.crowd), ("capped", found.capped)):
        for key, times in _times(shut).items():
            if key.startswith(kind):
                gaps[key] = [round(b - a, 3) for a, b in pairwise(times)][:delays]
                bots.ask(f"/clients/{key}", method="DELETE")
    return found


def _two_outages(plan: Backoff, chat: Chat, door: Door, bots: Neighbour) -> list[float]:
    key = "two-outages"
    _start(bots, key, door)
    # After its delays of 2, 4 and 8 s it is served, a while, and then refused again.
    chat.until(chat.now() + 3.5 * plan.base)
    door.turn(to_open=True)
    chat.until(chat.now() + 5.0 * plan.base)
    lost = door.turn(to_open=False)
    chat.until(lost + plan.base * (1 + plan.jitter) + 1.0)
    times = [visit.at for visit in door.visits()]
    bots.ask(f"/clients/{key}", method="DELETE")
    served = [visit.at for visit in door.visits() if visit.served]
    after = [at for at in times if at > lost]
    gaps = [b - a for a, b in pairwise(at for at in times if at < lost)]
    if not served or not after or not gaps:
        return []
    return [round(gap, 3) for gap in (gaps[0], gaps[-1], after[0] - lost)]


def _times(door: Door) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for visit in door.visits():
        times.setdefault(visit.key, []).append(visit.at)
    return times


def _start(bots: Neighbour, key: str, door: Door, **knobs: Any) -> None:
    place = {"client_key": key, "server_host": door.address, "server_port": door.port}
    bots.ask("/clients", {**place, **knobs})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Clients that keep messages for *seconds*; with *backoff_max* they try more often."""

    clients: Clients
    seconds: float
    backoff_max: float


@dataclass(slots=True)
class Deliveries:
    """Numbers of the messages that came after an outage, in order, and those that were queued."""

    after_long: list[int] = field(default_factory=list)
    after_short: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    """Those that came before the short outage."""


OLD, FRESH = 101, 102
SHORT = (1, 2, 3)


def queue_messages(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, chat_wire: ChatWire
) -> Deliveries:
    """Cut two clients off, longer and shorter than messages are kept; queue some meanwhile."""
    plan: Waiting = wanted.having("waiting")[0].expect.waiting
    bots = chat_servers.neighbour(plan.clients.service, plan.clients.port)
    bots.ready()
    found = Deliveries()
    doors = chat_wire.door(), chat_wire.door()
    together(
        lambda: _long(plan, chat, doors[0], bots, found),
        lambda: _short(plan, chat, doors[1], bots, found),
    )
    return found


def _long(plan: Waiting, chat: Chat, door: Door, bots: Neighbour, found: Deliveries) -> None:
    key = _served(plan, chat, door, bots, "long")
    cut = door.turn(to_open=False)
    bots.ask(f"/clients/{key}/send", {"numbers": [OLD]})
    chat.until(cut + plan.seconds - 5.0)
    bots.ask(f"/clients/{key}/send", {"numbers": [FRESH]})
    chat.until(cut + plan.seconds + 10.0)
    _open_again(plan, chat, door)
    found.after_long = [note.number for note in door.notes() if note.at > cut]
    bots.ask(f"/clients/{key}", method="DELETE")


def _short(plan: Waiting, chat: Chat, door: Door, bots: Neighbour, found: Deliveries) -> None:
    key = _served(plan, chat, door, bots, "short")
    cut = door.turn(to_open=False)
    found.before = [note.number for note in door.notes()]
    for number in SHORT:
        chat.until(cut + number)
        bots.ask(f"/clients/{key}/send", {"numbers": [number]})
    chat.until(cut + 10.0)
    _open_again(plan, chat, door)
    found.after_short = [note.number for note in door.notes() if note.at > cut]
    bots.ask(f"/clients/{key}", method="DELETE")


def _served(plan: Waiting, chat: Chat, door: Door, bots: Neighbour, name: str) -> str:
    """Start a client that is served, and send one message; return its key."""
    door.turn(to_open=True)
    key = f"queue-{name}"
    _start(bots, key, door, backoff_max=plan.backoff_max)
    chat.until(chat.now() + 1.0)
    bots.ask(f"/clients/{key}/send", {"numbers": [0]})
    chat.until(chat.now() + 0.5)
    return key


def _open_again(plan: Waiting, chat: Chat, door: Door) -> None:
    opened = door.turn(to_open=True)
    chat.until(opened + 1.1 * plan.backoff_max + 1.5)

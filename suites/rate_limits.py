"""Rate limits: who is served when one address after another connects too often."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .chat import ChatService, together

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, Visit
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.wanted import Wanted

KIND = "limit"
MARGIN = 0.7
"""Seconds before and after a moment at which the answer changes."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A server that serves an address *most* times in *window* seconds."""

    server: ChatService
    most: int
    window: float


@dataclass(frozen=True, slots=True)
class Block:
    """A block that holds *seconds*, or *scaled* ones where the variable *env* says so."""

    server: ChatService
    seconds: float
    """How long a block holds."""
    setting: str
    """What the server calls that time."""
    scaled: float
    env: str


@dataclass(slots=True)
class Story:
    """Visits by stage; *kept* tells who still answers of the clients that were there before."""

    visits: dict[str, list[Visit]] = field(default_factory=dict)
    kept: list[bool] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def served(self, stage: str) -> list[bool]:
        """Return for each visit of *stage* whether it was served."""
        return [visit.served for visit in self.visits.get(stage, ())]


def one_window(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Fill the quota of several addresses, each in its way, and follow them for one window."""
    limit: Limit = next(one.expect.limit for one in wanted.having("limit"))
    with chat_servers.like(limit.server) as server:
        story = Story(settings=server.told("/debug/settings"))
        stages = (_burst, _existing, _sliding, _hammering)
        together(*(partial(stage, limit, chat, server, story) for stage in stages))
        return story


def _burst(limit: Limit, chat: Chat, server: ChatServer, story: Story) -> None:
    """Come once too often, one visit after another; then from another address."""
    now, address, other = chat.now() + 0.2, chat.address(), chat.address()
    moments = [(address, now + 0.3 * number) for number in range(limit.most + 1)]
    *filling, last = chat.visits(server.chat, [*moments, (other, moments[-1][1] + 0.1)])
    story.visits |= {"burst": filling, "other address": [last]}


def _existing(limit: Limit, chat: Chat, server: ChatServer, story: Story) -> None:
    """Keep three clients of an address and exhaust it; see whether the three still answer."""
    address = chat.address()
    there: list[ChatClient] = chat.open_all(server.chat, [""] * 3, address)
    now = chat.now() + 0.2
    more = [(address, now + 0.1 * number) for number in range(limit.most - 2)]
    story.visits["beside existing"] = chat.visits(server.chat, more)
    chat.until(now + 2.0)
    answers = chat.ask_all(there, "echo", {"text": "still there"})
    story.kept = [answer is not None for answer in answers]
    for one in there:
        one.close()


def _sliding(limit: Limit, chat: Chat, server: ChatServer, story: Story) -> None:
    """Come once a second until the quota is used; come again as the first places get free."""
    start, address = chat.now() + 0.5, chat.address()
    after = start + limit.window
    moments = {
        "filling": [start + number for number in range(limit.most)],
        "before the first is free": [after - MARGIN],
        "the first is free": [after + MARGIN - 0.2],
        "and taken": [after + MARGIN],
        "the second is free": [after + 1.0 + MARGIN],
    }
    every = [(address, at) for stage in moments.values() for at in stage]
    seen = iter(chat.visits(server.chat, every))
    story.visits |= {stage: [next(seen) for _ in ats] for stage, ats in moments.items()}


def _hammering(limit: Limit, chat: Chat, server: ChatServer, story: Story) -> None:
    """Use the quota at once, and go on trying once a second for a window."""
    start, address = chat.now() + 0.5, chat.address()
    quota = [(address, start + 0.1 * number) for number in range(limit.most)]
    count = int(limit.window - 2)
    hammer = [(address, start + 2.0 + number) for number in range(count)]
    last = (address, start + limit.window + MARGIN)
    seen = chat.visits(server.chat, [*quota, *hammer, last])
    story.visits["quota"] = seen[: limit.most]
    story.visits["hammering"] = seen[limit.most : -1]
    story.visits["after hammering"] = seen[-1:]


@dataclass(slots=True)
class Blocked:
    """Visits of a blocked address and of another one; and what the server says it is set to."""

    visits: dict[str, list[Visit]] = field(default_factory=dict)
    other: list[Visit] = field(default_factory=list)
    default: dict[str, list[Visit]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def blocked(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Blocked:
    """Block an address for a short time, and another one for as long as documented."""
    expect: Block = wanted.of(Block)[0].expect
    address, other, third = chat.address(), chat.address(), chat.address()
    with (
        chat_servers.like(expect.server) as usual,
        chat_servers.like(expect.server, {expect.env: f"{expect.scaled:g}"}) as quick,
    ):
        told = Blocked(settings=usual.told("/debug/settings"))
        began = chat.now()
        told.default["before"] = chat.visits(usual.chat, [(third, began + 0.1)])
        usual.told("/debug/block", {"ip": third})
        told.visits["before"] = chat.visits(quick.chat, [(address, chat.now() + 0.1)])
        quick.told("/debug/block", {"ip": address})
        start = chat.now()
        while_ = [(address, start + part * expect.scaled) for part in (0.1, 0.5, 0.85)]
        after = (address, start + expect.scaled + 0.7)
        *told.visits["blocked"], last = chat.visits(quick.chat, [*while_, after])
        told.visits["after"] = [last]
        told.other = chat.visits(quick.chat, [(other, chat.now() + 0.1)])
        late = [(third, began + 2.0 + seconds) for seconds in (10.0, 60.0)]
        told.default["blocked"] = chat.visits(usual.chat, late)
        return told


def blocked_for_long(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Blocked:
    """Block an address for as long as documented, and wait."""
    expect: Block = wanted.of(Block)[0].expect
    address, told = chat.address(), Blocked()
    with chat_servers.like(expect.server) as server:
        server.told("/debug/block", {"ip": address})
        start = chat.now()
        for stage, moment in (("blocked", -60.0), ("after", 5.0)):
            chat.until(start + expect.seconds + moment - 1.0)
            moments = [(address, start + expect.seconds + moment)]
            told.visits[stage] = chat.visits(server.chat, moments)
    return told

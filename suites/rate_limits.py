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
    moments = [(address, now + 0.2 * number) for number in range(limit.most)]
    filling = chat.visits(server.chat, moments)
    last, elsewhere = (chat.visits(server.chat, [(one, now)]) for one in (address, other))
    story.visits |= {"burst": filling + last, "other address": elsewhere}


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
    filling = [(address, start + number) for number in range(limit.most)]
    filled = story.visits["filling"] = chat.visits(server.chat, filling, exact=True)
    first, second = (visit.at + limit.window for visit in filled[:2])
    moments = {
        "before the first is free": first - MARGIN,
        "the first is free": first + MARGIN - 0.2,
        "and taken": first + MARGIN,
        "the second is free": second + MARGIN,
    }
    seen = chat.visits(server.chat, [(address, at) for at in moments.values()], exact=True)
    story.visits |= {stage: [visit] for stage, visit in zip(moments, seen, strict=True)}


def _hammering(limit: Limit, chat: Chat, server: ChatServer, story: Story) -> None:
    """Use the quota at once, and go on trying once a second for a window."""
    start, address = chat.now() + 0.5, chat.address()
    quota = [(address, start + 0.1 * number) for number in range(limit.most)]
    used = story.visits["quota"] = chat.visits(server.chat, quota)
    start, free = chat.now(), used[0].at + limit.window
    tries = [(address, start + number) for number in range(int(free - start))]
    story.visits["hammering"] = chat.visits(server.chat, tries)
    last = (address, free + used[0].took + MARGIN)
    story.visits["after hammering"] = chat.visits(server.chat, [last])


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
        before = chat.now()
        quick.told("/debug/block", {"ip": address})
        since, scaled = chat.now(), expect.scaled
        while_ = [since + 0.1, before + 0.5 * scaled, before + 0.8 * scaled]
        moments = [(address, at) for at in while_]
        told.visits["blocked"] = chat.visits(quick.chat, moments, exact=True)
        told.visits["after"] = chat.visits(quick.chat, [(address, since + scaled + 0.5)])
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

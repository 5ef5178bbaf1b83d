"""Client migrations: whom a server sends elsewhere, when, and what is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .client_migrations import (
    KIND,
    MOVERS,
    NOTICE,
    STAYERS,
    Migration,
    Story,
    moved,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Notice:
    migration: Migration
    host: str
    """The key of the new server's address."""
    port: str
    """The key of its port."""


@pytest.mark.promise(KIND, expect=Notice, early=moved)
def test_notice(promise: Promise[Notice], early: Story) -> None:
    """Each client that is there gets one notice with the address of the new server.

    About client-migration: whom a server sends elsewhere, when, and what is lost on the way.

    Cannot see: servers of other hosts.
    """
    expect = promise.expect
    notices = [seen.of(NOTICE) for seen in early.stayers]
    counts = [len(each) for each in notices]

    assert counts == [1] * STAYERS, f"notices of each client: {counts}"
    places = {(each[0].data.get(expect.host), each[0].data.get(expect.port)) for each in notices}
    assert places == {early.place}, f"{places}, the new server is at {early.place}"


@dataclass(frozen=True, slots=True)
class After:
    migration: Migration
    key: str
    """The key of the seconds to wait."""
    moves_after: list[float]
    """Seconds from the notice to the arrival, at least and at most."""


@pytest.mark.promise(KIND, expect=After, early=moved)
def test_moves_after(promise: Promise[After], early: Story) -> None:
    """The notice says how many seconds to wait, and the stack's own clients move after those."""
    expect = promise.expect
    low, high = expect.moves_after
    told = {each.data.get(expect.key) for seen in early.stayers for each in seen.of(NOTICE)}

    assert told == {expect.migration.after}, f"told to move after {told} s"
    assert len(early.delays) == MOVERS, f"{len(early.delays)} of {MOVERS} moved"
    assert low <= min(early.delays), f"one moved after {min(early.delays)} s"
    assert max(early.delays) <= high, f"one moved after {max(early.delays)} s"


@dataclass(frozen=True, slots=True)
class Redirects:
    migration: Migration
    redirects: list[str]
    """The keys of the new address and port."""


@pytest.mark.promise(KIND, expect=Redirects, early=moved)
def test_newcomer_redirected(promise: Promise[Redirects], early: Story) -> None:
    """Who comes meanwhile is told the new address, gets no welcome, and is let go."""
    assert early.newcomer is not None, "no notice for who comes meanwhile"
    place = tuple(early.newcomer.data.get(key) for key in promise.expect.redirects)

    assert place == early.place, place
    assert not early.newcomer_welcome, "it was served as usual"
    assert early.newcomer_end is not None, "its connection stays open"


@dataclass(frozen=True, slots=True)
class Keeps:
    migration: Migration
    keeps: str
    """What goes on, in words."""


@pytest.mark.promise(KIND, expect=Keeps, early=moved)
def test_existing_kept(promise: Promise[Keeps], early: Story) -> None:
    """Until they move, all clients that were there get their answers from the old server."""
    assert early.answered == [STAYERS] * 3, f"{early.answered} of {STAYERS} {promise.expect.keeps}"


@dataclass(frozen=True, slots=True)
class Gradual:
    migration: Migration
    most_a_second: float
    """The part of all clients that arrives in one second at most."""


@pytest.mark.promise(KIND, expect=Gradual, early=moved)
def test_gradual(promise: Promise[Gradual], early: Story) -> None:
    """All clients arrive, and in no second more than this part of them."""
    most, busiest = promise.expect.most_a_second, early.busiest_second()

    # Not by how many the new server counts: who comes twice would stand for another.
    assert len(early.delays) == MOVERS, f"{len(early.delays)} of {MOVERS} arrived"
    assert busiest <= most * MOVERS, f"{busiest:.0f} of {MOVERS} arrived in one second"


@dataclass(frozen=True, slots=True)
class NothingLost:
    migration: Migration
    lost: int
    """How many messages are lost."""
    duplicated: int
    """How many are there twice."""
    away_most: float
    """Seconds that a client is away at most."""


@pytest.mark.promise(KIND, expect=NothingLost, early=moved)
def test_nothing_lost(promise: Promise[NothingLost], early: Story) -> None:
    """Clients that talk all the time: both servers together have each message, and have it once.

    Each client tells what its last was. None is silent for long, and the old server ends as soon
    as all have moved.
    """
    expect = promise.expect
    assert len(early.talks) == MOVERS, f"{len(early.talks)} clients talked"
    for talk in early.talks:
        assert talk.said * talk.every > 0.8 * early.last, f"{talk.said} words in {early.last} s"
        assert len(talk.missing) == expect.lost, f"lost {talk.missing[:9]} of {talk.said}"
        assert len(talk.dropped) == expect.lost, f"gave up {talk.dropped[:9]}"
        assert len(talk.twice) == expect.duplicated, f"twice {talk.twice[:9]}"
        assert talk.away <= expect.away_most, f"away for {talk.away} s"

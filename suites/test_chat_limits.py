"""Chat limits: how many clients a server serves, and how long a message it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat_limits import (
    CONNECTIONS,
    MESSAGES,
    Crowding,
    Full,
    Lengths,
    Longest,
    fill,
    send_long,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Serves:
    full: Full
    serves: int
    """How many clients are served at the same time."""


@pytest.mark.promise(CONNECTIONS, expect=Serves, early=fill)
def test_serves_so_many(promise: Promise[Serves], early: Crowding) -> None:
    """So many clients answer at the same time, and /health counts them."""
    assert early.answered[0] == promise.expect.serves, f"{early.answered[0]} answer"
    assert early.counted[0] == promise.expect.serves, f"/health counts {early.counted[0]}"


@dataclass(frozen=True, slots=True)
class OneMore:
    full: Full
    ends_within_seconds: float
    """How long the one too many may stay connected."""


@pytest.mark.promise(CONNECTIONS, expect=OneMore, early=fill)
def test_one_more_gets_nothing(promise: Promise[OneMore], early: Crowding) -> None:
    """One more is not welcomed and soon ended; all others still answer."""
    most = promise.expect.full.most
    assert early.answered[0] == most, f"only {early.answered[0]} were inside"
    assert not early.extra_served, "it was welcomed"
    assert early.extra_end is not None, "it is still connected"
    assert early.extra_after < promise.expect.ends_within_seconds, (
        f"ended after {early.extra_after:.1f} s"
    )
    assert (early.answered[1], early.counted[1]) == (most, most)


@dataclass(frozen=True, slots=True)
class Freed:
    full: Full
    after: list[str]
    """How a client leaves: ``fin``, ``reset``, or ``timeout`` where it vanishes."""


@pytest.mark.promise(CONNECTIONS, expect=Freed, early=fill)
def test_slot_is_freed(promise: Promise[Freed], early: Crowding) -> None:
    """Full, it serves nobody else; when one has left, in whatever way, it serves another."""
    assert early.extra_end is not None, "it was never full"
    assert not early.extra_served, "it was never full"
    left_out = [how for how in promise.expect.after if not early.next_served[how]]
    assert not left_out, f"nobody is served after {', '.join(left_out)}"


@dataclass(frozen=True, slots=True)
class Takes:
    longest: Longest
    takes: int
    """How many bytes a message may have."""


@pytest.mark.promise(MESSAGES, expect=Takes, early=send_long)
def test_long_message(promise: Promise[Takes], early: Lengths) -> None:
    """A message of this length is processed whole.

    About message: what messages between a server and its clients are like: size, order,
    compression.

    Cannot see: messages of other encodings.

    About message: what messages between a server and its clients are like: size, order,
    compression.
    """
    assert early.long_size == promise.expect.takes, f"of it {early.long_size} bytes were processed"
    assert early.long_same, "its content has changed"


@dataclass(frozen=True, slots=True)
class Refuses:
    longest: Longest
    grows: int
    """How many bytes more a message may have before it is cut."""
    answers_within_seconds: float
    """How long others may wait for an answer."""


@pytest.mark.promise(MESSAGES, expect=Refuses, early=send_long)
def test_too_long_message(promise: Promise[Refuses], early: Lengths) -> None:
    """One byte more is not processed; a message without an end is cut, and nobody suffers."""
    expect, others = promise.expect, early.others

    assert early.long_size, "shorter ones are not processed either"
    assert not early.over_answered, "one byte more than the limit was processed"
    assert early.endless_end is not None, "a message without an end goes on"
    assert early.grown < expect.grows, f"its memory grew by {early.grown} bytes"
    assert others is not None
    assert others.answered == others.sent > 0, f"{others.answered} of {others.sent} answered"
    assert others.slowest < expect.answers_within_seconds, f"others waited {others.slowest} s"

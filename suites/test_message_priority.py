"""Message priority: which messages of a chat server overtake which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat_queue import FEW, KIND, MANY, SHORT, Order, Queue, hold_back

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Overtakes:
    queue: Queue
    overtakes: str
    """The message that overtakes all others."""


@pytest.mark.promise(KIND, expect=Overtakes, early=hold_back)
def test_overtakes_all(promise: Promise[Overtakes], early: Order) -> None:
    """It comes next after what was already on its way when it was queued as the last."""
    event = promise.expect.overtakes
    place = early.place(event)

    assert early.under_way < MANY, "everything was on its way already: nothing to overtake"
    assert place >= 0, f"no {event} came"
    assert place <= early.under_way + 1, f"{place} came before it, {early.under_way} were sent"


@dataclass(frozen=True, slots=True)
class Before:
    queue: Queue
    before_ordinary: str
    """The message that comes before ordinary ones."""


@pytest.mark.promise(KIND, expect=Before, early=hold_back)
def test_before_ordinary(promise: Promise[Before], early: Order) -> None:
    """It was asked for after all ordinary messages, and none of those that waited came before."""
    event = promise.expect.before_ordinary
    place = early.place(event)

    assert early.under_way < MANY, "everything was on its way already: nothing to overtake"
    assert place >= 0, f"no {event} came"
    waited = early.came[:place].count("news") - early.under_way
    assert waited <= 1, f"{waited} ordinary messages that had waited came before"


@dataclass(frozen=True, slots=True)
class Last:
    queue: Queue
    last: str
    """The message that comes after all others."""


@pytest.mark.promise(KIND, expect=Last, early=hold_back)
def test_last(promise: Promise[Last], early: Order) -> None:
    """It was asked for before other messages, and came after all of them."""
    assert len(early.came) >= MANY + FEW + 3, f"{len(early.came)} messages came"
    assert early.came[-1] == promise.expect.last, f"the last are {early.came[-3:]}"


@dataclass(frozen=True, slots=True)
class InOrder:
    queue: Queue
    in_order: int
    """How many messages are queued."""


@pytest.mark.promise(KIND, expect=InOrder, early=hold_back)
def test_in_order(promise: Promise[InOrder], early: Order) -> None:
    """Ordinary messages come in the order in which they were queued, also many at once."""
    assert promise.expect.in_order == SHORT
    assert early.numbers == early.asked, f"they came as {early.numbers}"
    assert early.short == list(range(1, SHORT + 1)), f"{len(early.short)} came, not in order"

"""Ways: of two ways to the same program, which one costs less.

Judged on the 95 % interval of the saving: kept, if all of it is above 0; broken, if all of it is
below a saving worth the name; unobservable, if it holds both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .balancing import Place, Pool

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from fixtures.balancer import Balancer
    from fixtures.paired import Paired
    from fixtures.promises import Promise
    from fixtures.rounds import Rounds
    from fixtures.ways import Ways

WORTH = 5.0
"""Percent: a saving that is surely less is none, where the document gives no number."""


@dataclass(frozen=True, slots=True)
class Way:
    entry: Place
    """Where requests go in."""
    services: terms.Services


@dataclass(frozen=True, slots=True)
class Cheaper:
    pools: list[Pool]
    """The backends that must be ready before anything is measured."""
    ways: dict[str, Way]
    """The ways that are compared, by name."""
    cheaper: str
    """The way that takes less CPU time."""
    worth: float = WORTH
    """The saving, in percent of the slower way, that would be worth telling."""


@pytest.mark.promise("performance", expect=Cheaper)
def test_cheaper(
    promise: Promise[Cheaper],
    balancer: Balancer,
    ways: Ways,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """Through the same balancer, requests take less CPU time of all services this way.

    Cannot see: other loads and other machines: only both ways here, side by side.
    """
    expect = promise.expect
    _assert_ready(expect.pools, balancer)
    seen = ways.cost(expect.ways, expect.cheaper)

    _judge(seen, expect.worth, unobservable)


@dataclass(frozen=True, slots=True)
class Quicker:
    beside: str
    """The service from beside which is asked."""
    path: terms.Path
    ways: dict[str, str]
    """The ways that are compared, by name."""
    quicker: str
    """The way that takes less time."""
    pools: list[Pool]
    """The backends that must be ready before anything is measured."""
    rounds: int = 80
    """Rounds in which the ways take turns."""
    calls: int = 100
    """Calls in a round, or in all."""
    worth: float = WORTH
    """The saving, in percent of the slower way, that would be worth telling."""


@pytest.mark.promise("performance", expect=Quicker)
def test_quicker(
    promise: Promise[Quicker],
    balancer: Balancer,
    rounds: Rounds,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """From beside the client, without the balancer, a request takes less time this way."""
    expect = promise.expect
    _assert_ready(expect.pools, balancer)
    seen = rounds.beside(
        expect.beside, expect.path, expect.ways, expect.quicker, expect.rounds, expect.calls
    )
    assert not isinstance(seen, str), f"no answer: {seen}"

    _judge(seen, expect.worth, unobservable)


def _judge(seen: Paired, worth: float, unobservable: Callable[[str], NoReturn]) -> None:
    assert seen.low > 0 or seen.high >= worth, seen.short
    if seen.low <= 0:
        unobservable(f"neither a saving nor its absence shows: {seen.short}")


def _assert_ready(pools: list[Pool], balancer: Balancer) -> None:
    """Assert that both ways lead somewhere, or there is nothing to compare."""
    for pool in pools:
        rows = balancer.ready(pool.stats, pool.backend)
        checks = {name: row.check for name, row in rows.items()}
        assert set(checks.values()) == {"L7OK"}, f"{pool.backend}: {checks}"

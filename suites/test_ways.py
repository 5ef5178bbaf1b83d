"""Ways: of two ways to the same program, which one costs less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .balancing import Place, Pool

if TYPE_CHECKING:
    from fixtures.balancer import Balancer
    from fixtures.promises import Promise
    from fixtures.ways import Ways


@dataclass(frozen=True, slots=True)
class Way:
    entry: Place
    services: list[str]


@dataclass(frozen=True, slots=True)
class Cheaper:
    pools: list[Pool]
    ways: dict[str, Way]
    cheaper: str


@pytest.mark.promise("cheaper-way", expect=Cheaper)
def test_cheaper(promise: Promise[Cheaper], balancer: Balancer, ways: Ways) -> None:
    """Through the same balancer, requests take less CPU time of all services this way.

    Rounds of both ways in turn; the 95 % interval of the median saving lies above zero.
    """
    expect = promise.expect
    _assert_ready(expect.pools, balancer)
    seen = ways.cost(expect.ways, expect.cheaper)

    assert seen.low > 0, seen.short


@dataclass(frozen=True, slots=True)
class Quicker:
    beside: str
    target: str
    ways: dict[str, str]
    quicker: str
    pools: list[Pool]


@pytest.mark.promise("quicker-way", expect=Quicker)
def test_quicker(promise: Promise[Quicker], balancer: Balancer, ways: Ways) -> None:
    """From beside the client, without the balancer, a request takes less time this way.

    Rounds of both ways in turn; the 95 % interval of the median saving lies above zero.
    """
    expect = promise.expect
    _assert_ready(expect.pools, balancer)
    seen = ways.latency(expect.beside, expect.target, expect.ways, expect.quicker)

    assert seen.low > 0, seen.short


def _assert_ready(pools: list[Pool], balancer: Balancer) -> None:
    """Assert that both ways lead somewhere, or there is nothing to compare."""
    for pool in pools:
        rows = balancer.ready(pool.stats, pool.backend)
        checks = {name: row.check for name, row in rows.items()}
        assert set(checks.values()) == {"L7OK"}, f"{pool.backend}: {checks}"

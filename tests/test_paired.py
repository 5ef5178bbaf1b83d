"""Paired: what the differences of rounds say, and when they are enough."""

from __future__ import annotations

import pytest

from fixtures.paired import compared, interval, until_decided
from fixtures.ways import nanoseconds


def test_saving_is_a_share_of_the_second() -> None:
    """A way that takes nine tenths saves a tenth."""
    found = compared("one", "other", "µs", [(90.0, 100.0)] * 10)

    assert (found.saved, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.decided
    assert "+10.0%" in found.short


def test_noise_decides_nothing() -> None:
    """Rounds that go either way leave zero inside the interval."""
    rounds = [(90.0, 100.0), (110.0, 100.0)] * 10

    assert not compared("one", "other", "µs", rounds).decided


def test_interval_is_the_same_for_the_same_values() -> None:
    """A report can be made again."""
    values = [0.1, 0.2, 0.15, 0.3, -0.1, 0.05]

    assert interval(values) == interval(values)
    assert interval(values)[0] <= 0.125 <= interval(values)[1]


def test_measuring_ends_when_it_is_decided() -> None:
    """Neither before the least number of rounds nor after the most."""
    asked: list[int] = []

    def clear() -> list[tuple[float, float]]:
        asked.append(1)
        return [(50.0, 100.0)]

    assert len(until_decided(clear, "a", "b", "µs", least=5, most=50).rounds) == 5
    turns = iter([(90.0, 100.0), (110.0, 100.0)] * 20)
    undecided = until_decided(lambda: [next(turns)], "a", "b", "µs", least=4, most=20)
    assert len(undecided.rounds) == 20
    assert not undecided.decided


@pytest.mark.parametrize("text", ["1500000\n", "usage_usec 1500\nuser_usec 1000\n"])
def test_cpu_time_of_either_cgroup_version(text: str) -> None:
    """Nanoseconds in the one, microseconds in the other."""
    assert nanoseconds(text) == 1500000

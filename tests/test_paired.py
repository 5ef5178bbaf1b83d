"""Paired: what the differences of rounds say."""

from __future__ import annotations

import pytest

from fixtures.paired import compared, interval
from fixtures.ways import nanoseconds


def test_saving_is_a_share_of_the_second() -> None:
    """A way that takes nine tenths saves a tenth."""
    found = compared("one", "other", "µs", [(90.0, 100.0)] * 10)

    assert (found.saved, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert "+10.0%" in found.short


def test_noise_decides_nothing() -> None:
    """Rounds that go either way leave zero inside the interval."""
    rounds = [(90.0, 100.0), (110.0, 100.0)] * 10

    found = compared("one", "other", "µs", rounds)

    assert found.low < 0 < found.high


def test_interval_is_the_same_for_the_same_values() -> None:
    """A report can be made again."""
    values = [0.1, 0.2, 0.15, 0.3, -0.1, 0.05]

    assert interval(values) == interval(values)
    assert interval(values)[0] <= 0.125 <= interval(values)[1]


@pytest.mark.parametrize("text", ["1500000\n", "usage_usec 1500\nuser_usec 1000\n"])
def test_cpu_time_of_either_cgroup_version(text: str) -> None:
    """Nanoseconds in the one, microseconds in the other."""
    assert nanoseconds(text) == 1500000

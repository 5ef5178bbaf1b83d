"""Paired: what the differences of rounds say."""

from __future__ import annotations

import pytest

from fixtures.paired import compared, interval
from fixtures.rounds import between
from fixtures.ways import nanoseconds


def test_saving_is_a_share_of_the_second() -> None:
    """A way that takes nine tenths saves a tenth."""
    found = compared("one", "other", "µs", [(90.0, 100.0)] * 10)

    assert (found.saved, found.low, found.high, found.wide) == pytest.approx((10, 10, 10, 0))
    assert "+10.0 %" in found.short


def test_each_round_is_compared_with_itself() -> None:
    """Slow moments of the machine cancel out."""
    found = compared("one", "other", "µs", [(80, 100), (160, 200), (320, 400), (80, 100)])

    assert (found.saved, found.low, found.high) == (20.0, 20.0, 20.0)


def test_one_wild_round_does_not_move_it() -> None:
    """A round in which the machine was busy with something else."""
    found = compared("one", "other", "µs", [(80.0, 100.0)] * 19 + [(900.0, 100.0)])

    assert found.saved == found.low == found.high == 20.0


def test_same_way_twice_shows_no_gain() -> None:
    """The interval holds 0 and stays below a band that begins at 10."""
    rounds = [(100.0 + (n + 1) % 3, 100.0 + n % 3) for n in range(24)]
    found = compared("one", "other", "µs", rounds)

    assert found.low <= 0 <= found.high < 10


def test_noise_decides_nothing() -> None:
    """Rounds that go either way leave zero inside an interval that is wide."""
    found = compared("one", "other", "µs", [(60.0, 100.0), (140.0, 100.0)] * 12)

    assert found.low < 0 < found.high
    assert found.wide > 20


def test_interval_is_the_same_for_the_same_values() -> None:
    """A report can be made again."""
    values = [0.1, 0.2, 0.15, 0.3, -0.1, 0.05]

    assert interval(values) == interval(values)
    assert interval(values)[0] <= 0.125 <= interval(values)[1]


def test_failed_calls_are_no_measurement() -> None:
    """Each way says why."""
    assert between({"unix": "ENOENT"}, "unix", "tcp") == "unix: ENOENT"


def test_rounds_of_a_program_are_paired_by_way() -> None:
    """Whichever came first in a round."""
    timed = [{"unix": {"median_us": 80}, "tcp": {"median_us": 100}}] * 3

    found = between(timed, "unix", "tcp")

    assert not isinstance(found, str)
    assert found.rounds == ((80, 100),) * 3


@pytest.mark.parametrize("text", ["1500000\n", "usage_usec 1500\nuser_usec 1000\n"])
def test_cpu_time_of_either_cgroup_version(text: str) -> None:
    """Nanoseconds in the one, microseconds in the other."""
    assert nanoseconds(text) == 1500000

"""Rounds: what paired medians show."""

from __future__ import annotations

import pytest

from fixtures.rounds import reduction


def test_reduction_is_the_median_of_the_pairs() -> None:
    """Each round is compared with itself, so that slow moments of the machine cancel out."""
    found = reduction([100, 200, 400, 100, 200], [80, 160, 320, 80, 160])

    assert (found.percent, found.low, found.high, found.wide) == (20.0, 20.0, 20.0, 0.0)
    assert found.rounds == (20.0,) * 5


def test_one_wild_round_does_not_move_it() -> None:
    """A round in which the machine was busy with something else."""
    found = reduction([100.0] * 20, [80.0] * 19 + [900.0])

    assert found.percent == 20.0
    assert found.low == found.high == 20.0


def test_same_transport_twice_shows_no_gain() -> None:
    """The interval holds 0 and stays below a band that begins at 10."""
    tcp = [100.0 + n % 3 for n in range(24)]
    found = reduction(tcp, [100.0 + (n + 1) % 3 for n in range(24)])

    assert found.low <= 0 <= found.high < 10


def test_noise_widens_the_interval() -> None:
    """Rounds that disagree by more than the band leave nothing to judge."""
    unix = [60.0, 140.0] * 12
    found = reduction([100.0] * 24, unix)

    assert found.wide > 20


def test_the_same_measurement_gives_the_same_interval() -> None:
    """The resampling is seeded."""
    tcp, unix = [100.0, 110.0, 95.0, 130.0], [90.0, 70.0, 80.0, 99.0]

    assert reduction(tcp, unix) == reduction(tcp, unix)


def test_rounds_come_in_pairs() -> None:
    """A missing half is a mistake of ours."""
    with pytest.raises(ValueError, match="zip"):
        reduction([1.0, 2.0], [1.0])

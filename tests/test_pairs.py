"""Pairs: where the marks of a measurement in rounds are drawn."""

from __future__ import annotations

from typing import Any

import pytest

from reports.pairs import pairs

SAW: dict[str, Any] = {
    "first": "unix",
    "second": "tcp",
    "unit": "µs a call",
    "rounds": [[90.0, 100.0], [80.0, 100.0]],
    "saved": 15.0,
    "low": 10.0,
    "high": 20.0,
}


def test_what_saves_lies_right_of_zero() -> None:
    """The interval holds the median, and here its ends are the rounds."""
    drawn = pairs(SAW)

    assert drawn is not None
    assert 0 < drawn.zero < drawn.left < drawn.median < drawn.left + drawn.width < 100
    assert drawn.rounds == pytest.approx([drawn.left, drawn.left + drawn.width])
    assert drawn.band is None
    assert (drawn.zero, "0") in drawn.ticks
    assert drawn.words == (
        "unix takes 15.0 % less than tcp; 95 % interval +10.0 to +20.0 %, 2 rounds"
    )
    assert drawn.aside == "85 against 100 µs a call"


def test_promised_band_is_drawn() -> None:
    """Also where no round reaches it."""
    drawn = pairs(SAW, {"percent": [30.0, 40.0], "service": "x"})

    assert drawn is not None
    assert drawn.band is not None
    assert drawn.left + drawn.width < drawn.band[0] < sum(drawn.band) < 100
    assert "promised 30 to 40 % less" in drawn.aside


def test_more_is_called_more() -> None:
    """A way that takes a tenth more lies left of zero."""
    rounds = [[110.0, 100.0]] * 3
    drawn = pairs({**SAW, "rounds": rounds, "saved": -10.0, "low": -10.0, "high": -10.0})

    assert drawn is not None
    assert drawn.median < drawn.zero
    assert drawn.words.startswith("unix takes 10.0 % more than tcp")


def test_wild_round_leaves_room_for_the_others() -> None:
    """It is told, not drawn; the interval does not know it anyway."""
    rounds = [[80.0 + n, 100.0] for n in range(10)] + [[5000.0, 100.0]]
    drawn = pairs({**SAW, "rounds": rounds})

    assert drawn is not None
    assert len(drawn.rounds) == 10
    assert "1 wild round not drawn" in drawn.aside


@pytest.mark.parametrize("saw", ["text", None, {}, {**SAW, "rounds": []}, {"low": 1}])
def test_other_looks_are_not_drawn(saw: Any) -> None:
    """Nothing is drawn of what is no measurement."""
    assert pairs(saw) is None

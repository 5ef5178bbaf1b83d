"""Pairs: where the marks of a measurement in rounds are drawn."""

from __future__ import annotations

from typing import Any

import pytest

from reports.pairs import pairs

SAVED = {"rounds": [[90.0, 100.0], [80.0, 100.0]], "saved": 0.15, "low": 0.1, "high": 0.2}
PERCENT = {"rounds": [10.0, 20.0], "percent": 15.0, "low": 10.0, "high": 20.0}


@pytest.mark.parametrize("saw", [SAVED, PERCENT])
def test_both_shapes_are_drawn_alike(saw: dict[str, Any]) -> None:
    """Zero is in the middle; what saves lies to its right."""
    drawn = pairs(saw)

    assert drawn is not None
    assert drawn.zero == 50
    assert drawn.zero < drawn.left < drawn.median < drawn.left + drawn.width < 100
    assert drawn.rounds == pytest.approx([drawn.left, drawn.left + drawn.width])
    assert drawn.words.startswith("+15.0 % less, 95 % interval +10.0 to +20.0 %, 2 rounds")


@pytest.mark.parametrize("saw", ["text", None, {}, {"low": 1, "high": 2, "rounds": []}, {"low": 1}])
def test_other_looks_are_not_drawn(saw: Any) -> None:
    """Nothing is drawn of what is no measurement."""
    assert pairs(saw) is None

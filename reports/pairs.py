"""Pairs: differences that were measured round by round, as the places of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_ROOM = 1.08
"""The axis reaches this far beyond the values, so that no mark lies on its end."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """One measurement; places in percent of the picture's width, from the left."""

    rounds: list[float]
    left: float
    """Where the interval begins, and with *width* where it ends."""
    width: float
    median: float
    zero: float
    words: str


def pairs(saw: Any) -> Pairs | None:
    """Return the picture of what a probe *saw*; None where it is no measurement in pairs.

    A probe gives either ``saved`` as a share, with the two values of each round, or ``percent``,
    with the difference of each; and ``low`` and ``high``, the interval of the median.
    """
    if not isinstance(saw, dict) or not {"low", "high", "rounds"} <= set(saw) or not saw["rounds"]:
        return None
    if "saved" in saw:
        values = [100 * (1 - float(one) / float(other)) for one, other in saw["rounds"]]
        median, low, high = (100 * float(saw[key]) for key in ("saved", "low", "high"))
    elif "percent" in saw:
        values = [float(one) for one in saw["rounds"]]
        median, low, high = (float(saw[key]) for key in ("percent", "low", "high"))
    else:
        return None
    reach = _ROOM * max(*map(abs, (*values, low, high)), 1.0)

    def place(value: float) -> float:
        return round(50 + 50 * value / reach, 2)

    return Pairs(
        rounds=[place(value) for value in values],
        left=place(low),
        width=round(place(high) - place(low), 2),
        median=place(median),
        zero=place(0.0),
        words=f"{median:+.1f} % less, 95 % interval {low:+.1f} to {high:+.1f} %,"
        f" {len(values)} rounds",
    )

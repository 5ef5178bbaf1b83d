"""Pairs: differences that were measured round by round, as the places of a picture."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ROOM = 0.06
"""The axis reaches this share of its length beyond what it shows, so that no mark ends it."""
_TICKS = 6
_KEYS = {"first", "second", "unit", "rounds", "saved", "low", "high"}


@dataclass(frozen=True, slots=True)
class Pairs:
    """One measurement; places in percent of the picture's width, from the left."""

    rounds: list[float]
    left: float
    """Where the interval begins, and with *width* where it ends."""
    width: float
    median: float
    zero: float
    ticks: list[tuple[float, str]]
    band: tuple[float, float] | None
    """Where the promised band begins, and how wide it is."""
    words: str
    aside: str


def pairs(saw: Any, expect: Any = None) -> Pairs | None:
    """Return the picture of what a probe *saw*; None where it is no measurement in pairs.

    It is one if it has two values of each round, and what the first saved in percent of the second.
    A band that was promised is the pair ``percent`` of *expect*.
    """
    if not isinstance(saw, dict) or not set(saw) >= _KEYS or not saw["rounds"]:
        return None
    values = [100 * (1 - float(one) / float(other)) for one, other in saw["rounds"]]
    median, low, high = (float(saw[key]) for key in ("saved", "low", "high"))
    band = _band(expect)
    # Single wild rounds would leave no room for the others.
    within = _middle(values)
    marks = [0.0, low, high, *within, *(band or ())]
    room = _ROOM * ((max(marks) - min(marks)) or 1.0)
    start: float = min(marks) - room
    end: float = max(marks) + room

    def place(value: float) -> float:
        return round(100 * (value - start) / (end - start), 2)

    shown = [value for value in values if start <= value <= end]
    return Pairs(
        rounds=[place(value) for value in shown],
        left=place(low),
        width=round(place(high) - place(low), 2),
        median=place(median),
        zero=place(0.0),
        ticks=[(place(tick), f"{tick:+g} %" if tick else "0") for tick in _ticks(start, end)],
        band=(place(band[0]), round(place(band[1]) - place(band[0]), 2)) if band else None,
        words=f"{saw['first']} takes {_share(median)} than {saw['second']};"
        f" 95 % interval {low:+.1f} to {high:+.1f} %, {len(values)} rounds",
        aside=_aside(saw, band, len(values) - len(shown)),
    )


def _band(expect: Any) -> tuple[float, float] | None:
    band = expect.get("percent") if isinstance(expect, Mapping) else None
    return (float(band[0]), float(band[1])) if isinstance(band, list) and len(band) == 2 else None


def _middle(values: Sequence[float]) -> list[float]:
    """Return *values* without those beyond three times the middle half's width from it."""
    if len(values) < 4:
        return list(values)
    first, _, last = statistics.quantiles(values, n=4)
    reach = 3 * (last - first)
    return [value for value in values if first - reach <= value <= last + reach]


def _ticks(start: float, end: float) -> list[float]:
    """Return round numbers from *start* to *end*, zero among them if it is between."""
    rough = (end - start) / _TICKS
    power: float = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough)
    return [step * number for number in range(math.ceil(start / step), math.floor(end / step) + 1)]


def _share(percent: float) -> str:
    return f"{abs(percent):.1f} % {'less' if percent >= 0 else 'more'}"


def _aside(saw: Mapping[str, Any], band: tuple[float, float] | None, outside: int) -> str:
    """Return what the picture's marks do not say."""
    first, second = (statistics.median(float(one[n]) for one in saw["rounds"]) for n in (0, 1))
    parts = [f"{first:.0f} against {second:.0f} {saw['unit']}"]
    parts += [f"promised {band[0]:g} to {band[1]:g} % less"] if band else []
    parts += [f"{outside} wild round{'' if outside == 1 else 's'} not drawn"] if outside else []
    return "; ".join(parts)

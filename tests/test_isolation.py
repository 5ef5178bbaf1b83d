"""Isolation: what another bridge reaches, and what it reaches for a moment only."""

from __future__ import annotations

from typing import Any

import pytest

from suites import test_isolation as isolation


class Seen:
    """Answers from elsewhere, a list for each place; the last one stays."""

    def __init__(self, **answers: list[str]) -> None:
        self._answers = answers

    def connect_from_inside(
        self, _key: str, places: dict[str, str], *, within: float
    ) -> dict[str, str]:
        return dict.fromkeys(places, "connected" if within else "timeout")

    def connect_from_elsewhere(self, places: dict[str, str]) -> dict[str, str]:
        words = self._answers
        return {n: words[n].pop(0) if len(words[n]) > 1 else words[n][0] for n in places}


def judge(**answers: list[str]) -> None:
    seen: Any = Seen(**answers)
    isolation.assert_blocked(seen, "net", {name: f"{name}:1" for name in answers})


def test_a_gap_of_the_engine_is_no_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is reached once, while Docker makes another network, and never again, is kept out."""
    monkeypatch.setattr(isolation, "PAUSES", (0.0, 0.0))

    judge(db=["connected", "timeout"], cache=["connected", "connected", "timeout"])


@pytest.mark.parametrize("word", ["connected", "refused"])
def test_what_is_reached_each_time_is_named(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that answers from another network, be it with a refusal."""
    monkeypatch.setattr(isolation, "PAUSES", (0.0, 0.0))

    with pytest.raises(AssertionError, match="reached from another bridge network"):
        judge(db=[word], cache=["connected", "timeout"])

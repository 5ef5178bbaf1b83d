"""Levels: which checks a run has, above all those that wait for long times as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.claims import Claims
from fixtures.promises import LEVELS, SLOW, USUAL, Declared, Promise
from fixtures.selections import Selection


def promise(level: str = "live") -> Declared:
    return Promise(
        "demo", "one", "says", "section", "time-out", level, {},
        None, None, None, None, Path("promises.yaml"), 7,
    )  # fmt: skip


def marker(**how: str) -> pytest.Mark:
    return pytest.mark.promise("time-out", **how).mark


def claimed(selection: Selection, mark: pytest.Mark, level: str = "live") -> int:
    """Return how many promises of *level* a check with *mark* decides in such a run."""
    return len(Claims([promise(level)], selection).claim(mark))


def levels(*names: str) -> Selection:
    return Selection(levels=frozenset(names))


def test_slow_checks_are_left_out_unless_they_are_asked_for() -> None:
    """They take minutes, and say what others say of shorter times."""
    assert (*USUAL, SLOW) == LEVELS
    assert claimed(Selection(), marker()) == 1
    assert claimed(Selection(), marker(lane="slow")) == 0
    assert claimed(levels(*LEVELS), marker(lane="slow")) == 1


def test_slow_alone_is_only_what_is_slow() -> None:
    """Whatever the level of the promise that has the slow check."""
    assert claimed(levels(SLOW), marker(lane="slow")) == 1
    assert claimed(levels(SLOW), marker()) == 0
    assert claimed(levels(SLOW), marker(lane="peers"), "disruptive") == 0
    assert claimed(levels(SLOW), marker(), SLOW) == 1


def test_a_promise_by_its_id_is_not_slow_either() -> None:
    """But where its own level is, or the run's."""
    one = frozenset({"one"})

    assert claimed(Selection(ids=one), marker(lane="slow")) == 0
    assert claimed(Selection(ids=one), marker(lane="peers")) == 1
    assert claimed(Selection(ids=one), marker(lane="slow"), SLOW) == 1
    assert claimed(Selection(frozenset(LEVELS), one), marker(lane="slow")) == 1


def test_a_promise_without_a_slow_check_is_left_out_of_a_slow_run() -> None:
    """It is not reported as untested: nobody asked for it."""
    usual, slow = promise(), promise()
    made = Claims([usual], levels(SLOW))
    made.claim(marker())

    assert made.left_out() == [("demo", "one")]

    made = Claims([slow], levels(SLOW))
    made.claim(marker(lane="slow"))

    assert made.left_out() == []

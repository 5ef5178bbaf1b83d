"""Waits: they look until it holds, and not a moment longer."""

from __future__ import annotations

from fixtures.waits import consistently, eventually


def test_eventually_returns_the_answer_that_holds() -> None:
    """It stops looking once the answer is right."""
    answers = iter([1, 2, 3, 4])

    assert eventually(lambda: next(answers), lambda n: n == 3, within=5, every=0) == 3


def test_eventually_returns_the_last_answer_when_time_is_up() -> None:
    """The check asserts; a wait never decides."""
    assert eventually(lambda: "no", lambda a: a == "yes", within=0.02, every=0.005) == "no"


def test_eventually_wants_successes_in_a_row() -> None:
    """One lucky answer of a flapping service is not readiness."""
    answers = iter([True, False, True, True, True])
    left = eventually(lambda: next(answers), bool, within=5, every=0, in_a_row=3)

    assert left
    assert next(answers, None) is None


def test_consistently_returns_the_first_answer_that_does_not_hold() -> None:
    """It is the counterexample that a report shows."""
    answers = iter([1, 1, 2, 1])

    assert consistently(lambda: next(answers), lambda n: n == 1, during=5, every=0) == 2

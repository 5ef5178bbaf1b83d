"""Rows: adding verdicts, and what the gate makes of them."""

from __future__ import annotations

import itertools

import pytest

from reports.rows import WORSE, Ended, Row, Verdict, counts, exit_code, settled


def row(verdict: Verdict = "untested", *, selected: bool = True, finding: str | None = None) -> Row:
    return Row(
        "web",
        "front-port",
        "The front answers.",
        "Ports / front",
        "port",
        "live",
        verdict,
        selected=selected,
        finding=finding,
    )


@pytest.mark.parametrize(("one", "other"), list(itertools.product(WORSE[1:], repeat=2)))
def test_the_worst_verdict_stays(one: Verdict, other: Verdict) -> None:
    """A promise that two checks claim has the worse of their verdicts, in whichever order."""
    two = row()
    two.add(one, one, [], 0.5)
    two.add(other, other, [], 0.25)

    worst = max(one, other, key=WORSE.index)
    assert (two.verdict, two.seconds) == (worst, 0.75)
    assert two.reason == worst


def test_evidence_adds_up() -> None:
    """Each check's looks stay in the row."""
    two = row()
    two.add("kept", None, [{"probe": "a"}], 0)
    two.add("kept", None, [{"probe": "b"}], 0)

    assert [look["probe"] for look in two.evidence] == ["a", "b"]


def test_two_reasons_for_one_verdict_both_stay() -> None:
    """Two broken checks tell two things."""
    two = row()
    two.add("broken", "refused", [], 0)
    two.add("broken", "timeout", [], 0)

    assert two.reason == "refused\ntimeout"


def test_a_row_that_starts_untested_takes_any_verdict() -> None:
    """Untested is what gives way."""
    assert row().verdict == "untested"
    assert WORSE[0] == "untested"


def test_area_is_the_first_part_of_the_section() -> None:
    """The matrix groups by it."""
    assert row().area == "Ports"


def test_what_was_not_selected_is_not_shown_as_untested() -> None:
    """Nobody wanted it tested."""
    assert row(selected=False).shown == "unselected"
    assert row("kept", selected=False).shown == "kept"


def test_every_word_has_a_count() -> None:
    """Nothing that is zero disappears."""
    assert counts([row("kept"), row("kept"), row()]) == {
        "broken": 0,
        "error": 0,
        "finding": 0,
        "unobservable": 0,
        "untested": 1,
        "kept": 2,
        "unselected": 0,
    }


@pytest.mark.parametrize(
    ("verdicts", "strict", "code"),
    [
        (["kept"], False, 0),
        (["kept", "finding", "unobservable"], False, 0),
        (["kept", "unobservable"], True, 5),
        (["kept", "broken"], False, 1),
        (["unobservable", "broken"], True, 1),
        (["broken", "error"], False, 4),
        (["broken", "untested"], False, 4),
        (["kept", "untested"], True, 4),
        ([], False, 4),
    ],
)
def test_the_gate(verdicts: list[Verdict], strict: bool, code: int) -> None:
    """An error hides what is broken behind it, so it comes first."""
    assert exit_code(map(row, verdicts), strict=strict) == code


@pytest.mark.parametrize(
    ("ended", "code"), [("usage", 2), ("no-engine", 3), ("interrupted", 4), ("error", 4)]
)
def test_a_run_that_did_not_end_properly_never_passes(ended: Ended, code: int) -> None:
    """Even if every row is kept by then."""
    assert exit_code([row("kept")], ended=ended) == code


def test_what_was_not_selected_does_not_count() -> None:
    """A narrowed run is judged by what it was to decide."""
    assert exit_code([row("kept"), row(selected=False)]) == 0
    assert exit_code([row(selected=False)]) == 4


def test_a_finding_that_is_kept_fails_the_gate() -> None:
    """It is out of date."""
    old = settled(row("kept", finding="cannot hold"))

    assert exit_code([old]) == 1
    assert "out of date" in (old.reason or "")


def test_a_finding_that_breaks_as_declared_passes() -> None:
    """It is expected broken."""
    known = settled(row("finding", finding="cannot hold"))

    assert (known.verdict, exit_code([known])) == ("finding", 0)

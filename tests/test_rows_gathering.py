"""Gathering: what a run tells piece by piece."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from reports.gathering import Gathering
from reports.problems import in_brief, is_bad_input
from reports.timeline import picture


def promise(name: str, **more: Any) -> dict[str, Any]:
    return {
        "stack": "web",
        "id": name,
        "says": f"The {name} answers.",
        "section": "A / b",
        "kind": "port",
        "level": "live",
        **more,
    }


def said(name: str, verdict: str) -> dict[str, str]:
    return {"promise": json.dumps({"stack": "web", "id": name}), "verdict": verdict}


def event(at: float, word: str, *, ok: bool | None = None, service: str = "db") -> dict[str, Any]:
    return {"at": at, "service": service, "event": word, "ok": ok}


def test_a_run_counts_from_when_its_command_began() -> None:
    """Preparing images is part of what a user waits for."""
    gathering = Gathering()
    gathering.declare([promise("a")])
    gathering.describe({"started": time.time() - 100})

    run = gathering.report(None).run

    assert 100 <= run["seconds"] < 102
    assert abs(datetime.fromisoformat(run["started"]).timestamp() - time.time() + 100) < 2


def test_a_report_can_be_asked_before_the_end() -> None:
    """A finding that its first check finds kept is not settled by asking."""
    gathering = Gathering()
    gathering.declare([promise("a", finding="cannot hold")])
    gathering.item(said("a", "kept"))

    assert gathering.report("interrupted").rows[0].verdict == "broken"
    gathering.item(said("a", "finding"))
    assert gathering.report(None).rows[0].verdict == "finding"


def test_a_check_of_a_promise_that_nobody_declares_is_a_problem() -> None:
    """Its verdict has no row, and must not be lost."""
    gathering = Gathering()
    gathering.declare([promise("a")])
    gathering.item(said("a", "kept"))
    gathering.item(said("b", "broken"))

    report = gathering.report(None)

    assert "web:b" in report.run["problems"][0]
    assert report.exit_code == 4


def test_a_crash_finds_its_promise_by_the_name_of_the_item() -> None:
    """Also with a group's name behind it, and never a promise whose name only begins alike."""
    gathering = Gathering()
    gathering.declare([promise("db"), promise("db-port")])

    assert gathering.crash("t.py::test_it[web:db-port]@web-shared", "gone")
    assert [row.verdict for row in gathering.rows.values()] == ["untested", "error"]


def test_a_crash_of_something_else_is_a_problem() -> None:
    """It belongs to no row."""
    gathering = Gathering()

    assert gathering.crash("t.py::test_other", "gone") is None
    assert gathering.problems == ["gone"]


def test_a_failed_setup_that_its_teardown_decides_is_no_problem_of_its_own() -> None:
    """The row has it."""
    gathering = Gathering()
    gathering.declare([promise("a")])
    gathering.phase("t.py::a", "the stack did not start", {})
    gathering.phase("t.py::a", None, said("a", "error"))

    assert gathering.report(None).run["problems"] == []


def test_a_traceback_comes_down_to_what_was_raised() -> None:
    """Whoever reads a CI log has not written our code."""
    text = (
        "suites/x.py:3: in <module>\n    raise\n"
        "E   fixtures.bad_input.BadInput: a.yaml:3: no\nE   a.yaml:4: no"
    )

    assert in_brief(text) == "a.yaml:3: no\na.yaml:4: no"
    assert is_bad_input(text)
    assert not is_bad_input("E   OSError: gone")
    assert in_brief("Traceback (most recent call last):\n  File\nOSError: gone") == "OSError: gone"
    assert in_brief("plain\ntext") == "plain\ntext"


def test_a_timeline_has_a_stretch_for_each_state() -> None:
    """Starting, healthy, and gone after it died."""
    drawn = picture(
        [
            event(0, "created"),
            event(1, "started"),
            event(2, "probe", ok=False),
            event(3, "healthy"),
            event(3.1, "died"),
        ]
    )

    assert drawn is not None
    assert [one.state for one in drawn.tracks[0].stretches] == ["starting", "healthy"]
    assert [one.sign for one in drawn.tracks[0].marks] == [
        "created",
        "started",
        "failed",
        "healthy",
        "died",
    ]


def test_a_service_without_a_health_check_just_runs() -> None:
    """Nobody says that it is starting."""
    drawn = picture([event(0, "created"), event(1, "started"), event(9, "healthy", service="x")])

    assert drawn is not None
    assert [one.state for one in drawn.tracks[0].stretches] == ["running"]


def test_a_timeline_ends_a_little_after_the_start_up() -> None:
    """Hundreds of later probes would squeeze it together; they are counted instead."""
    probes = [event(10 * n, "probe", ok=True) for n in range(1, 50)]
    drawn = picture([event(1, "started"), event(10.1, "healthy"), *probes])

    assert drawn is not None
    assert drawn.later == 48
    assert max(mark.x for mark in drawn.tracks[0].marks) <= 100
    assert 2 <= len(drawn.ticks) <= 8


def test_no_events_make_no_picture() -> None:
    """A static lane starts nothing."""
    assert picture([]) is None

"""`stackproof compare`: which promises changed their verdict, and the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reports import document
from reports.compare_command import compare
from reports.comparing import Change
from reports.document import Report
from reports.rows import Row


def row(verdict: Any, name: str = "a", finding: str | None = None, **more: Any) -> Row:
    return Row("web", name, "It holds.", "Area", "route", "live", verdict, finding=finding, **more)


def run(folder: Path, old: list[Row], new: list[Row]) -> Result:
    for name, rows in (("old", old), ("new", new)):
        document.write(Report({"exit_code": 0}, rows), folder / f"{name}.json")
    return CliRunner().invoke(compare, [str(folder / "old.json"), str(folder / "new.json")])


@pytest.mark.parametrize(
    ("old", "new", "finding", "word"),
    [
        ("kept", "broken", None, "broke"),
        ("kept", "error", None, "broke"),
        ("kept", "untested", None, "broke"),
        ("finding", "error", "why", "broke"),
        ("finding", "broken", "why", "out of date"),
        ("finding", "kept", "why", "out of date"),
        ("finding", "kept", None, "mended"),
        ("finding", "broken", None, "broke"),
        ("broken", "kept", None, "mended"),
        ("broken", "finding", "why", "other"),
        ("kept", "unobservable", None, "other"),
        ("unobservable", "broken", None, "other"),
    ],
)
def test_a_change_has_a_word(old: Any, new: Any, finding: str | None, word: str) -> None:
    """What was kept and is not any more broke; a finding that is kept is out of date."""
    assert Change(row(old), row(new, finding=finding)).word == word


def test_changes_are_listed_with_what_came_and_went(tmp_path: Path) -> None:
    """Everything that differs, by what it means; the rest is a number."""
    result = run(
        tmp_path,
        [row("kept"), row("kept", "b"), row("broken", "c"), row("kept", "gone")],
        [
            row("broken", reason="seen 3\nmore"),
            row("kept", "b"),
            row("kept", "c"),
            row("kept", "n"),
        ],
    )

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Broke (1)",
        "  web:a: kept → broken: seen 3",
        "",
        "Mended (1)",
        "  web:c: broken → kept",
        "",
        "Came (1)",
        "  web:n: kept",
        "",
        "Went (1)",
        "  web:gone: was kept",
        "",
        "1 with the same verdict as before",
    ]


def test_what_came_broken_did_not_break(tmp_path: Path) -> None:
    """A new promise is no worse than before; the gate of its own run tells of it."""
    assert run(tmp_path, [row("kept")], [row("kept"), row("broken", "b")]).exit_code == 0


def test_what_one_run_left_out_is_a_number(tmp_path: Path) -> None:
    """A run of one level says nothing of the others."""
    result = run(tmp_path, [row("kept"), row("kept", "b")], [row("untested", selected=False)])

    assert result.exit_code == 0
    assert "1 that one of the runs was told to leave out" in result.output
    assert "→" not in result.output


def test_a_file_that_is_no_report_is_bad_input(tmp_path: Path) -> None:
    """One line, without a traceback."""
    (tmp_path / "x.json").write_text("{}")
    result = CliRunner().invoke(compare, [str(tmp_path / "x.json"), str(tmp_path / "y.json")])

    assert result.exit_code == 2
    assert "schema is None" in result.output

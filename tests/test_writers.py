"""Writers: each golden report renders to its golden files, and to nothing that lies.

The exit code is in the name of each golden file. Set ``STACKPROOF_GOLDEN=write`` to write the
files again after a change that is meant; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from reports import document, html, junit, markdown
from reports.document import BadReport
from reports.report_command import report as command
from reports.rows import exit_code

GOLDEN = Path(__file__).with_name("golden")
REPORTS = sorted(GOLDEN.glob("*.report.json"))
NAMES = [path.name.removesuffix(".report.json") for path in REPORTS]


def golden(name: str, text: str) -> str:
    """Return the golden text of *name*, which is *text* when golden files are written."""
    path = GOLDEN / name
    if os.environ.get("STACKPROOF_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_exit_code_is_the_one_in_the_name(name: str) -> None:
    """Decided again from the rows, it is what the run ended with."""
    report = document.load(GOLDEN / f"{name}.report.json")
    run = report.run

    decided = exit_code(report.rows, strict=run["strict"], ended=run["ended"])
    assert decided == run["exit_code"] == int(name.rpartition(".")[2])


@pytest.mark.parametrize("name", NAMES)
def test_markdown_is_golden(name: str) -> None:
    """The summary stays as it was read and agreed to."""
    text = markdown.render(document.load(GOLDEN / f"{name}.report.json"))

    assert text == golden(f"{name}.summary.md", text)


@pytest.mark.parametrize("name", NAMES)
def test_junit_is_golden(name: str, tmp_path: Path) -> None:
    """So does the XML."""
    junit.write(document.load(GOLDEN / f"{name}.report.json"), tmp_path / "junit.xml")
    text = (tmp_path / "junit.xml").read_text(encoding="utf-8")

    assert text == golden(f"{name}.junit.xml", text)


@pytest.mark.parametrize("name", NAMES)
def test_junit_counts_are_those_of_its_elements(name: str, tmp_path: Path) -> None:
    """No total is a literal."""
    junit.write(document.load(GOLDEN / f"{name}.report.json"), tmp_path / "junit.xml")
    root = ET.parse(tmp_path / "junit.xml").getroot()

    for suite in [root, *root.iter("testsuite")]:
        counted = {
            "tests": len(list(suite.iter("testcase"))),
            "failures": len(list(suite.iter("failure"))),
            "errors": len(list(suite.iter("error"))),
        }
        assert {key: int(suite.get(key, "0")) for key in counted} == counted
        assert int(suite.get("skipped", "0")) == len(list(suite.iter("skipped")))


def test_junit_tells_failure_error_and_skipped_apart(tmp_path: Path) -> None:
    """A broken promise is a failure, could-not-look an error, a finding neither."""
    report = document.load(GOLDEN / "sample.4.report.json")
    junit.write(report, tmp_path / "junit.xml")
    told = {
        case.get("name"): [child.tag for child in case if child.tag != "system-out"]
        for case in ET.parse(tmp_path / "junit.xml").iter("testcase")
    }

    assert told["redis-maxmemory"] == ["failure"]
    assert told["nginx-api-prefix"] == ["error"]
    assert told["worker-restarts"] == ["error"]
    assert told["redis-healthcheck-truth"] == ["skipped"]
    assert told["minio-console"] == ["skipped"]
    assert told["redis-data-survives-kill"] == ["skipped"]
    assert told["postgres-port"] == []


def test_a_report_survives_writing_and_loading(tmp_path: Path) -> None:
    """Nothing is lost between a run and a later rendering."""
    report = document.load(GOLDEN / "sample.4.report.json")
    document.write(report, tmp_path / "report.json")

    assert document.load(tmp_path / "report.json") == report


def test_text_of_others_stays_text() -> None:
    """Neither the page nor the summary lets markup of the evidence through."""
    report = document.load(GOLDEN / "hostile.1.report.json")
    page, summary = html.render(report), markdown.render(report)

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>" not in summary
    assert "\n```" not in summary


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file or directory"),
        ("{", "not JSON"),
        ("[]", "schema is None"),
        ('{"schema": "stackproof.report/2"}', "this version reads 'stackproof.report/1'"),
        ('{"schema": "stackproof.report/1", "run": {}}', "run.exit_code"),
        (
            '{"schema": "stackproof.report/1", "run": {"exit_code": 0}, "rows": [{}]}',
            "rows.0.stack",
        ),
        ('{"schema": "stackproof.report/1", "run": 3}', "run: "),
    ],
)
def test_a_bad_file_ends_with_two_and_one_message(
    tmp_path: Path, text: str | None, why: str
) -> None:
    """It names the file and the place, without a traceback."""
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(BadReport, match=path.name):
        document.load(path)
    done = CliRunner().invoke(command, [str(path)])

    assert done.exit_code == 2
    assert done.output.startswith(f"stackproof report: {path}: ")
    assert why in done.output
    assert done.output.count("\n") == 1


def test_a_verdict_that_nobody_knows_is_bad(tmp_path: Path) -> None:
    """A reader must not guess what it means for the gate."""
    data = json.loads((GOLDEN / "broken.1.report.json").read_text())
    data["rows"][1]["verdict"] = "passed"
    (tmp_path / "report.json").write_text(json.dumps(data))

    with pytest.raises(BadReport, match=r"rows\.1\.verdict"):
        document.load(tmp_path / "report.json")


def test_the_command_renders_what_is_asked(tmp_path: Path) -> None:
    """Into the folder that is named, the same as the run would have."""
    source = GOLDEN / "broken.1.report.json"

    done = CliRunner().invoke(command, [str(source), "--format", "md,html", "--out", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"summary.md", "index.html"}
    assert (tmp_path / "summary.md").read_text() == (GOLDEN / "broken.1.summary.md").read_text()


def test_the_command_names_the_formats_it_knows(tmp_path: Path) -> None:
    """When it is asked for another."""
    done = CliRunner().invoke(command, [str(REPORTS[0]), "--format", "pdf"])

    assert done.exit_code == 2
    assert "'pdf' is none of html, junit, md, sarif" in done.output

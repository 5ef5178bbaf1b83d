"""Verdicts: decided in one function, and never by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.evidence import Unobservable
from fixtures.verdicts import decide

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("error", "asserted", "looked", "finding", "verdict"),
    [
        (None, False, True, None, "kept"),
        (None, False, False, None, "error"),
        (None, False, True, "cannot hold", "broken"),
        (AssertionError("no"), True, True, None, "broken"),
        (AssertionError("no"), True, True, "cannot hold", "finding"),
        (AssertionError("no"), True, False, None, "error"),
        (AssertionError("in a library"), False, True, None, "error"),
        (AssertionError("in a library"), False, True, "cannot hold", "error"),
        (Unobservable("a stand-in"), False, False, None, "unobservable"),
        (Unobservable("a stand-in"), False, True, "cannot hold", "unobservable"),
        (OSError("lost"), False, True, None, "error"),
        (TimeoutError("ours"), False, True, "cannot hold", "error"),
    ],
)
def test_decide(
    error: BaseException | None, asserted: bool, looked: bool, finding: str | None, verdict: str
) -> None:
    """Only an assertion of the check breaks a promise, and nothing is kept without a look."""
    assert decide(error, asserted=asserted, looked=looked, finding=finding)[0] == verdict


def test_a_kept_finding_says_that_it_is_out_of_date() -> None:
    """The reason of the finding stays in sight."""
    _, reason = decide(None, asserted=False, looked=True, finding="no curl in the image")

    assert reason == "declared as a finding, but it is kept: no curl in the image"


SUITE = """
import pytest

@pytest.fixture
def look(evidence):
    return lambda saw: evidence.record("test", "target", lambda: saw)

@pytest.mark.promise("kept")
def test_kept(promise, look):
    assert look(1) == 1

@pytest.mark.promise("broken")
def test_broken(promise, look):
    assert look("POSTGRES_PASSWORD=hunter2hunter2") == 2, "PASSWORD=hunter2hunter2 is wrong"

@pytest.mark.promise("blind")
def test_blind(promise):
    pass

@pytest.mark.promise("crash")
def test_crash(promise, look):
    look(1)
    raise OSError("gone")

@pytest.mark.promise("unlooked")
def test_unlooked(promise, unobservable):
    unobservable("nothing to see")
"""

LISTENER = """
import json, pathlib
pytest_plugins = ["fixtures.plugin"]
SAID = {}
def pytest_runtest_logreport(report):
    if report.when == "teardown" and report.user_properties:
        said = dict(report.user_properties)
        SAID[json.loads(said["promise"])["id"]] = said
def pytest_sessionfinish():
    pathlib.Path("said.json").write_text(json.dumps(SAID))
"""


@pytest.fixture
def said(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """What a run of SUITE reports, by promise id; the outcomes of pytest are checked too."""
    stack = pytester.mkdir("demo")
    kinds = ("kept", "broken", "blind", "crash", "unlooked")
    entry = "- {{id: {0}, says: S., section: A, kind: {0}, level: static}}\n"
    (stack / "promises.yaml").write_text("".join(entry.format(kind) for kind in kinds))
    (stack / "compose.yaml").write_text("services: {}\n")
    pytester.makeconftest(LISTENER)
    checks = pytester.mkdir("suites")
    (checks / "test_demo.py").write_text(SUITE)
    monkeypatch.setattr("fixtures.verdicts.CHECKS", Path(checks))
    result = pytester.inline_run("suites", "--stack=demo", "-pno:xdist", "-pno:cacheprovider")
    result.assertoutcome(passed=1, skipped=1, failed=3)
    found: dict[str, dict[str, str]] = json.loads((pytester.path / "said.json").read_text())
    return found


def test_the_report_carries_verdict_reason_and_evidence(said: dict[str, dict[str, str]]) -> None:
    """Every item reports, and its pytest outcome agrees with its verdict."""
    assert {name: row["verdict"] for name, row in said.items()} == {
        "kept": "kept",
        "broken": "broken",
        "blind": "error",
        "crash": "error",
        "unlooked": "unobservable",
    }
    assert said["blind"]["reason"] == "passed without looking"
    assert said["crash"]["reason"] == "OSError: gone"
    assert said["unlooked"]["reason"] == "nothing to see"
    assert json.loads(said["kept"]["evidence"])[0]["saw"] == 1


def test_no_secret_reaches_the_report(said: dict[str, dict[str, str]]) -> None:
    """Neither what was seen nor what failed shows a password."""
    assert "hunter2" not in json.dumps(said)
    assert "PASSWORD=•••" in said["broken"]["reason"]

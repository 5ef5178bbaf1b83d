"""The reports plugin, in runs of a tiny suite that says what the fixtures' side would say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]

FAKE = """
import json
import pytest

class Hooks:
    @pytest.hookspec
    def pytest_promises_declared(self, config, promises): ...
    @pytest.hookspec
    def pytest_lane_ended(self, config, lane): ...
    @pytest.hookspec
    def pytest_run_described(self, config, run): ...

def pytest_addhooks(pluginmanager):
    pluginmanager.add_hookspecs(Hooks)

def pytest_addoption(parser):
    parser.addoption("--stack", action="append")

def declared(name, **more):
    return {"stack": "web", "id": name, "says": f"{name} holds.", "section": "Area / part",
            "kind": "port", "level": "live", "expect": {"port": 80}, "finding": None,
            "unobservable": None, "line": 1, "selected": True,
            "reproduce": f"stackproof check --promise {name}"} | more

def pytest_sessionstart(session):
    config = session.config
    stack = config.getoption("--stack")
    if not stack:
        return
    if stack == ["bad"]:
        raise pytest.UsageError("compose/bad/promises.yaml:3: web-port: unknown key 'nme'")
    config.hook.pytest_promises_declared(config=config, promises=json.load(open("promises.json")))
    config.hook.pytest_run_described(
        config=config, run={"tool": "1.0", "engine": "Docker 20.10", "compose": "2.26"}
    )

@pytest.fixture(scope="session")
def lane(request):
    yield
    config = request.config
    config.hook.pytest_lane_ended(config=config, lane={
        "stack": "web", "lane": "shared", "project": "p1", "started": "2026-01-01T00:00:00Z",
        "seconds": {"up": 1, "checks": 2, "down": 3}, "timeline": [], "leftovers": [],
        "images": [{"service": "db", "documented": "postgres:16", "used": "x", "stand_in": "ours"}],
        "config_digest": "00", "overlay": ""})

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "teardown" and hasattr(item, "said"):
        report.user_properties = [*item.user_properties, *item.said]
    return report

@pytest.fixture
def say(request, lane):
    def say(verdict, reason="", stack="web", name=None):
        name = name or request.node.callspec.params["promise"].partition(":")[2]
        request.node.said = [("promise", json.dumps({"stack": stack, "id": name})),
            ("verdict", verdict), ("reason", reason), ("seconds", "0.5"),
            ("evidence", json.dumps([{"probe": "tcp", "target": "db:1", "saw": "refused"}]))]
    return say
"""


class Suite:
    """A suite in a folder of its own, and the reports of its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "fake.py").write_text(FAKE)
        (folder / "pytest.ini").write_text("[pytest]\n")

    def declare(self, *promises: dict[str, Any] | str) -> None:
        """Write what the run declares."""
        filled = [{"id": one} if isinstance(one, str) else one for one in promises]
        whole = [
            {
                "stack": "web",
                "says": f"{one['id']} holds.",
                "section": "Area / part",
                "kind": "port",
                "level": "live",
                "expect": {"port": 80},
                "reproduce": f"stackproof check --promise {one['id']}",
                **one,
            }
            for one in filled
        ]
        (self.folder / "promises.json").write_text(json.dumps(whole))

    def command(self, *options: str, stack: str = "web") -> list[str]:
        plugins = ("-p", "fake", "-p", "reports.plugin", "-p", "no:cacheprovider")
        return [sys.executable, "-m", "pytest", *plugins, f"--stack={stack}", *options]

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "GITHUB_", "STACKPROOF_"))
        }
        return {**kept, "PYTHONPATH": f"{ROOT}:{self.folder}", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(
        self, body: str, *options: str, stack: str = "web", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        (self.folder / "test_web.py").write_text(f"import os, time, pytest\n{body}")
        return subprocess.run(
            self.command(*options, stack=stack),
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def report(self) -> dict[str, Any]:
        path = self.folder / "reports" / "latest" / "report.json"
        document: dict[str, Any] = json.loads(path.read_text())
        return document

    @property
    def verdicts(self) -> dict[str, str]:
        return {row["id"]: row["verdict"] for row in self.report["rows"]}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


BOTH = """
@pytest.mark.parametrize("promise", ["web:a", "web:b"])
def test_it(promise, say):
    say("kept" if promise == "web:a" else {other!r}, "it said no")
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_rows_lanes_and_every_format_are_written(suite: Suite, workers: tuple[str, ...]) -> None:
    """With and without xdist, a run leaves the same four files."""
    suite.declare("a", "b", {"id": "c", "selected": False})

    done = suite.run(BOTH.format(other="broken"), *workers)

    assert done.returncode == 1, done.stdout + done.stderr
    assert suite.verdicts == {"a": "kept", "b": "broken", "c": "untested"}
    run = suite.report["run"]
    assert (run["exit_code"], run["ended"], run["problems"]) == (1, None, [])
    assert {lane["lane"] for lane in run["lanes"]} == {"shared"}
    assert run["stand_ins"][0]["service"] == "db"
    assert run["engine"] == "Docker 20.10"
    assert suite.report["rows"][1]["evidence"][0]["saw"] == "refused"
    assert {path.name for path in (suite.folder / "reports/latest").iterdir()} == {
        "report.json",
        "index.html",
        "junit.xml",
        "report.sarif",
        "summary.md",
    }
    junit = ET.parse(suite.folder / "reports/latest/junit.xml").getroot()
    totals = [junit.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert totals == ["3", "1", "0", "1"]


@pytest.mark.parametrize(
    ("other", "options", "code"),
    [
        ("kept", (), 0),
        ("finding", (), 0),
        ("unobservable", (), 0),
        ("unobservable", ("--strict-promises",), 5),
        ("error", (), 4),
        ("nonsense", (), 4),
    ],
)
def test_exit_codes(suite: Suite, other: str, options: tuple[str, ...], code: int) -> None:
    """The gate's exit code is the process's."""
    suite.declare("a", "b")

    assert suite.run(BOTH.format(other=other), *options).returncode == code


def test_a_promise_without_a_check_is_untested(suite: Suite) -> None:
    """Declared and never reported on fails the gate."""
    suite.declare("a", "b", "nobody-looks")

    done = suite.run(BOTH.format(other="kept"))

    assert done.returncode == 4
    assert suite.verdicts["nobody-looks"] == "untested"


def test_a_declared_unobservable_promise_needs_no_check(suite: Suite) -> None:
    """Its row says why nobody can look."""
    suite.declare("a", "b", {"id": "wish", "unobservable": "a wish"})

    done = suite.run(BOTH.format(other="kept"))

    assert (done.returncode, suite.verdicts["wish"]) == (0, "unobservable")
    assert suite.report["rows"][2]["reason"] == "a wish"


def test_a_failing_test_that_is_no_check_fails_the_run(suite: Suite) -> None:
    """Green rows do not hide it."""
    suite.declare("a", "b")

    done = suite.run(BOTH.format(other="kept") + "\ndef test_other():\n    raise OSError('gone')\n")

    assert done.returncode == 4
    assert "OSError: gone" in suite.report["run"]["problems"][0]


def test_a_worker_that_dies_leaves_an_error_and_a_report(suite: Suite) -> None:
    """The rest of the checks still run, in the worker that replaces it."""
    suite.declare("a", "b")
    body = BOTH.format(other="kept").replace(
        "    say(", "    promise != 'web:b' or os._exit(9)\n    say("
    )

    done = suite.run(body, "-n", "1")

    assert done.returncode == 4, done.stdout + done.stderr
    assert suite.verdicts == {"a": "kept", "b": "error"}
    assert "died" in suite.report["rows"][1]["reason"]


def test_a_suite_that_cannot_be_read_ends_with_four_and_one_message(suite: Suite) -> None:
    """Our own mistake, told without a traceback."""
    suite.declare("a")

    done = suite.run("import nothing_of_the_kind\n")

    assert done.returncode == 4
    assert "No module named 'nothing_of_the_kind'" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert suite.verdicts == {"a": "untested"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_bad_input_found_while_collecting_ends_with_two(
    suite: Suite, workers: tuple[str, ...]
) -> None:
    """An expectation of the wrong shape is the user's to mend."""
    suite.declare("a")
    body = """
class BadInput(Exception): ...
def pytest_generate_tests(metafunc):
    raise BadInput("promises.yaml:7: a: expect: unknown key 'prot'")
def test_it(promise): ...
"""

    done = suite.run(body, *workers)

    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout.count("promises.yaml:7: a: expect: unknown key 'prot'") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "BadInput" not in done.stdout


def test_a_usage_error_in_a_worker_ends_with_two(suite: Suite) -> None:
    """It reaches the user as the one message, not as xdist's surprise that workers are gone."""
    suite.declare("a", "b")
    (suite.folder / "conftest.py").write_text(
        "import pytest\n"
        "def pytest_collection_modifyitems():\n"
        "    raise pytest.UsageError('promises.yaml:4: b: unknown kind')\n"
    )

    done = suite.run(BOTH.format(other="kept"), "-n", "2")

    assert done.returncode == 2, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("promises.yaml:4: b: unknown kind") == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_a_report_that_cannot_be_written_is_told(suite: Suite) -> None:
    """The verdicts are still shown, and the run does not pass."""
    suite.declare("a", "b")
    (suite.folder / "reports").write_text("in the way")

    done = suite.run(BOTH.format(other="kept"))

    assert done.returncode == 4
    assert "the report could not be written" in done.stdout
    assert "2\N{NO-BREAK SPACE}kept" in done.stdout


def test_bad_usage_ends_with_two_and_one_message(suite: Suite) -> None:
    """Nothing has run, so there is nothing to report."""
    done = suite.run("", stack="bad")

    assert done.returncode == 2
    assert "promises.yaml:3: web-port: unknown key 'nme'" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (suite.folder / "reports").exists()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_an_interrupted_run_reports_what_is_known(
    suite: Suite, workers: tuple[str, ...], stop: signal.Signals
) -> None:
    """What was not reached is untested, and nothing is lost."""
    suite.declare("a", "b")
    body = BOTH.format(other="kept").replace(
        "    say(", "    promise != 'web:b' or (open('there', 'w'), time.sleep(30))\n    say("
    )
    (suite.folder / "test_web.py").write_text(f"import os, time, pytest\n{body}")
    process = subprocess.Popen(
        suite.command(*workers),
        cwd=suite.folder,
        env=suite.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # A job in the background of a shell is started deaf to SIGINT, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 20
    while not (suite.folder / "there").exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    time.sleep(0.2)
    os.killpg(process.pid, stop)
    out, _ = process.communicate(timeout=30)

    assert process.returncode == 4, out
    assert suite.verdicts == {"a": "kept", "b": "untested"}
    assert suite.report["run"]["ended"] == "interrupted"
    assert "Traceback" not in out


def test_an_engine_that_is_not_there_ends_with_three(suite: Suite) -> None:
    """Whoever knows it says so by pytest.exit; what was checked without it is kept."""
    suite.declare("a", "b")
    body = BOTH.format(other="kept") + (
        "\ndef test_z():\n    pytest.exit('no usable engine', returncode=3)\n"
    )

    done = suite.run(body)

    assert done.returncode == 3
    assert suite.report["run"]["ended"] == "no-engine"


def test_the_summary_is_added_where_github_asks(suite: Suite) -> None:
    """Other steps' summaries stay."""
    suite.declare("a", "b")
    summary = suite.folder / "summary"
    summary.write_text("before\n")

    suite.run(BOTH.format(other="kept"), GITHUB_STEP_SUMMARY=str(summary))

    text = summary.read_text()
    assert text.startswith("before\n")
    assert "The gate passes" in text


def test_a_run_without_promises_is_left_alone(suite: Suite) -> None:
    """A project's own tests keep pytest's output and exit codes, and get no report."""
    (suite.folder / "test_web.py").write_text("def test_it():\n    assert 0\n")
    command = [one for one in suite.command() if not one.startswith("--stack")]

    done = subprocess.run(
        command, cwd=suite.folder, env=suite.environment, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert not (suite.folder / "reports").exists()

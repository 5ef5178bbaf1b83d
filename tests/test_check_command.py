"""The command `stackproof check`: one clear message for what is wrong, and the right exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests" / "stacks" / "demo"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "demo"))


def check(*options: str | Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Return the exit code and all that `stackproof check` prints, run in the checkout."""
    done = subprocess.run(
        [sys.executable, "-m", "suites", "check", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def wrong(demo: Path, *options: str) -> str:
    """Return what is said of bad input: exit code 2, no traceback, nothing started."""
    code, said = check("--stack", demo, *options)

    assert code == 2, said
    assert "Traceback" not in said
    return said


def test_an_unknown_kind_is_named_with_its_place(demo: Path) -> None:
    """A kind that no check claims would stay untested for ever."""
    edit(demo / "promises.yaml", "kind: services", "kind: servces")

    said = wrong(demo)

    assert "promises.yaml:1: web-alone: unknown kind 'servces'" in said
    assert "near: services" in said


def test_a_misspelled_expectation_is_named_with_its_place(demo: Path) -> None:
    """The expectation is read by the check that decides the promise."""
    edit(demo / "promises.yaml", "port: 80, host_port: 18081", "prot: 80, host_port: 18081")

    said = wrong(demo)

    assert "promises.yaml:13: web-port-wrong: expect: unknown key 'prot'" in said
    assert "missing key 'port'; published-port takes service, port, host_port" in said


def test_a_duplicate_id_is_named_with_both_places(demo: Path) -> None:
    """Of two entries with one id, one would be lost."""
    edit(demo / "promises.yaml", "id: web-port-wrong", "id: web-port")

    assert "promises.yaml:13: web-port: id stands on line 7 too" in wrong(demo)


def test_invalid_yaml_is_named_with_its_line(demo: Path) -> None:
    """The parser's own traceback helps nobody."""
    edit(demo / "promises.yaml", "section: Overview", "section: [Overview")

    assert "promises.yaml:4: not valid YAML" in wrong(demo)


@pytest.mark.parametrize("missing", ["promises.yaml", "compose.yaml"])
def test_a_missing_file_is_named(demo: Path, missing: str) -> None:
    """A stack has a compose file and promises."""
    (demo / missing).unlink()

    assert missing in wrong(demo)


def test_a_missing_folder_is_named(demo: Path) -> None:
    """A path that is mistyped checks nothing, and says so."""
    assert "demo-x: no such folder" in wrong(demo.with_name("demo-x"))


def test_a_folder_needs_no_option(demo: Path) -> None:
    """It is a stack to check, not something for pytest, which would check all the others."""
    code, said = check(str(demo), "--list", "--level", "static")

    assert code == 0, said
    assert "demo" in said
    assert "liar-game" not in said
    assert "demo-x: no such folder" in check(str(demo.with_name("demo-x")))[1]


def test_a_compose_file_that_compose_rejects(demo: Path) -> None:
    """Compose's own words are the best explanation."""
    edit(demo / "compose.yaml", "restart: unless-stopped", "restrat: unless-stopped")

    said = wrong(demo)

    assert "compose.yaml" in said
    assert "restrat" in said


def test_an_unknown_promise_is_named(demo: Path) -> None:
    """Checking nothing because of a typing error is no pass."""
    assert "--only web-prot: no such promise" in wrong(demo, "--only", "web-prot")


def test_an_unknown_level_is_named(demo: Path) -> None:
    """As is a level."""
    assert "--level: life is none of static, live, disruptive, slow" in wrong(
        demo, "--level", "life"
    )


def test_an_image_option_wants_two_names(demo: Path) -> None:
    """Half an entry of the image map maps nothing."""
    assert "--image nginx: wants NAME=OTHER" in wrong(demo, "--image", "nginx")


def test_no_engine_is_told_apart() -> None:
    """Exit code 3 lets a CI job tell a missing engine from a broken promise."""
    code, said = check("--stack", DEMO, env={"DOCKER_HOST": "tcp://127.0.0.1:1"})

    assert code == 3
    assert "no Docker engine answers" in said
    assert "Traceback" not in said


def test_the_static_lane_needs_no_engine(demo: Path, tmp_path: Path) -> None:
    """What the compose file says can be checked anywhere; a wrong promise fails the gate."""
    code, said = check(
        "--stack", demo, "--level", "static", "--report-dir", tmp_path / "report",
        env={"DOCKER_HOST": "tcp://127.0.0.1:1"},
    )  # fmt: skip

    assert code == 1, said
    assert "The web server is published on host port 18081." in said
    assert "--promise web-port-wrong" in said
    assert (tmp_path / "report" / "report.json").is_file()


def test_no_password_of_the_template_reaches_a_report(tmp_path: Path) -> None:
    """Also where a password is one word of a command that Compose has resolved."""
    stack = ROOT / "compose" / "liar-game"

    code, said = check("--stack", stack, "--level", "static", "--report-dir", tmp_path)

    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert code == 0, said
    assert "change-this" not in written + said

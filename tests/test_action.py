"""The GitHub action: its steps run as the shell scripts that they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A runner's temporary folder in which this checkout is installed already."""
    programs = tmp_path / "stackproof" / "bin"
    programs.mkdir(parents=True)
    program = programs / "stackproof"
    program.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m suites "$@"\n')
    program.chmod(0o755)
    return tmp_path


def run(runner: Path, **inputs: str) -> tuple[int, dict[str, str]]:
    """Return the exit code and the outputs of the step that verifies."""
    step = next(step for step in STEPS if step.get("id") == "verify")
    given = {name: what["default"] for name, what in ACTION["inputs"].items()} | inputs
    wanted = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) }}", lambda found: given[found[1]], value)
        for name, value in step["env"].items()
    }
    output = runner / "output"
    output.touch()
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, **wanted, "RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(output)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    lines = output.read_text().splitlines()
    return done.returncode, dict(line.split("=", 1) for line in lines)


def test_each_step_is_a_script_without_expressions() -> None:
    """An input inside of a script would be run as a part of it."""
    for step in STEPS:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]


def test_outputs_are_those_of_the_step() -> None:
    """Each output of the action is written by the step that it names."""
    wanted: dict[str, Any] = {
        name: f"${{{{ steps.verify.outputs.{name} }}}}" for name in ACTION["outputs"]
    }

    assert {name: what["value"] for name, what in ACTION["outputs"].items()} == wanted


def test_the_step_fails_as_the_command_does_and_leaves_a_report(runner: Path) -> None:
    """A broken promise of the demo stack: exit code 1, with all formats."""
    stack = shutil.copytree(ROOT / "tests" / "stacks" / "demo", runner / "my stack")
    report = runner / "report"

    code, outputs = run(
        runner,
        **{"stack": str(stack), "level": "static", "report-dir": str(report)},
        arguments="--promise=web-port\n\n--promise=web-port-wrong\n",
    )

    assert code == 1
    assert outputs == {"exit-code": "1", "report-dir": str(report)}
    assert (report / "report.sarif").is_file()


def test_the_step_passes_where_promises_are_kept(runner: Path) -> None:
    """Exit code 0 lets the job go on."""
    stack, report = ROOT / "tests" / "stacks" / "demo", runner / "report"

    code, outputs = run(
        runner,
        **{"stack": str(stack), "level": "static", "report-dir": str(report)},
        arguments="--promise=web-port",
    )

    assert (code, outputs["exit-code"]) == (0, "0")

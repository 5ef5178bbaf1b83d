"""Run folder: temporary files of a run end with it, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from fixtures import leftovers_host
from fixtures.run_folder import run_folder

ROOT = Path(__file__).parents[1]
RUN = """\
import os, subprocess, sys, tempfile
from fixtures.run_folder import run_folder
with run_folder() as folder:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    tempfile.mkdtemp()
    print(child.pid, folder, flush=True)
    child.wait()
"""


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("STACKPROOF_TMPDIR", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")


def test_everything_temporary_is_in_it_and_goes_with_it(tmp_path: Path) -> None:
    """What all runs share stays where it was."""
    before = dict(os.environ)

    with run_folder() as folder:
        made = Path(tempfile.mkdtemp())
        assert made.parent == folder
        assert leftovers_host.lane_root().parent == tmp_path == leftovers_host.host_temporary()

    assert not folder.exists()
    assert dict(os.environ) == before
    assert tempfile.gettempdir() == str(tmp_path)
    assert list(leftovers_host.lane_root().iterdir()) == []


def test_kill_ends_its_children_and_removes_it() -> None:
    """Also where no engine can be asked."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid, folder = process.stdout.readline().split()
        process.kill()
    end = time.monotonic() + 10
    while Path(folder).exists() and time.monotonic() < end:
        time.sleep(0.1)

    assert not Path(folder).exists()
    assert not Path(f"/proc/{pid}/environ").exists() or not Path(f"/proc/{pid}/exe").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_mount_in_a_folder_is_taken_off_and_not_gone_into(tmp_path: Path) -> None:
    """debootstrap that was killed leaves /proc and /sys of this host in its target."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").touch()
    target = leftovers_host.lane_folder("run-x") / "target"
    target.mkdir(parents=True)
    done = subprocess.run(["mount", "--bind", other, target], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this container may not mount")

    said = leftovers_host.remove_folder("run-x", None)

    assert said == f"removed folder {target.parent}"
    assert (other / "precious").exists()

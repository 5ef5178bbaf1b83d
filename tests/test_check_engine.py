"""The command `stackproof check` on a real engine: what it leaves and says when it fails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import docker
import pytest

from fixtures import leftovers, owners

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests" / "stacks" / "demo"
ENGINE = "/var/run/docker.sock"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of the demo stack under a name that no other test uses."""
    return Path(shutil.copytree(DEMO, tmp_path / f"demo{os.getpid()}"))


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    with closing(docker.from_env()) as client:
        yield client


def start(*options: str | Path, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "suites", "check", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def check(*options: str | Path, **env: str) -> tuple[int, str]:
    process = start(*options, **env)
    said, _ = process.communicate(timeout=180)
    return process.returncode, said


def ours(client: docker.DockerClient, stack: str) -> list[str]:
    """Return what the engine holds of the lanes of *stack*."""
    found = leftovers.resources(client, owners.LANE_LABEL)
    return [str(one) for one in found if (one.lane or "").startswith(stack)]


def soon(look: Callable[[], object], within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.1)
    return False


def test_a_run_decides_reports_and_leaves_nothing(
    demo: Path, tmp_path: Path, client: docker.DockerClient
) -> None:
    """One promise is broken, so the gate fails; the engine is as it was."""
    code, said = check("--stack", demo, "--report-dir", tmp_path / "report")

    report: dict[str, Any] = json.loads((tmp_path / "report" / "report.json").read_text())
    assert code == 1, said
    assert {row["id"]: row["verdict"] for row in report["rows"]} == {
        "web-alone": "kept",
        "web-port": "kept",
        "web-port-wrong": "broken",
    }
    assert [event["event"] for event in report["run"]["lanes"][0]["timeline"]][:2] == [
        "created",
        "started",
    ]
    assert ours(client, demo.name) == []


def test_an_image_that_nobody_has_is_named_before_anything_starts(demo: Path) -> None:
    """All missing images at once, each with what to do."""
    compose = demo / "compose.yaml"
    compose.write_text(compose.read_text().replace("python:3.13-slim", "nobody/has-this:1"))

    code, said = check("--stack", demo, "--images", "local")

    assert code == 2, said
    assert "nobody/has-this:1" in said
    assert "--image NAME=OTHER" in said
    assert "Traceback" not in said


def test_a_service_that_does_not_start_is_an_error_of_its_lane(
    demo: Path, tmp_path: Path, client: docker.DockerClient
) -> None:
    """Compose's words are the reason, and the exit code is not that of a broken promise."""
    compose = demo / "compose.yaml"
    compose.write_text(compose.read_text().replace("[python3, -m", "[no-such-program, -m"))

    code, said = check("--stack", demo, "--level", "live", "--report-dir", tmp_path / "report")

    report: dict[str, Any] = json.loads((tmp_path / "report" / "report.json").read_text())
    assert code == 4, said
    assert "no-such-program" in report["rows"][0]["reason"]
    assert "Traceback" not in said
    assert ours(client, demo.name) == []


def test_kill_9_leaves_nothing(demo: Path, client: docker.DockerClient) -> None:
    """The watchdog takes down what a killed run had started."""
    process = start("--stack", demo)
    try:
        assert soon(lambda: ours(client, demo.name), 60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert soon(lambda: not ours(client, demo.name), 15), ours(client, demo.name)
    time.sleep(3)
    assert ours(client, demo.name) == []


class Door:
    """A socket that leads to the engine until it is shut: a Unix one, or one of loopback."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self._listener.bind(str(path) if path else ("127.0.0.1", 0))
        self._listener.listen(64)
        self.url = (
            f"unix://{path}" if path else f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        )
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(ENGINE)
                self._open += [visitor, engine]
                for source, target in ((visitor, engine), (engine, visitor)):
                    threading.Thread(target=pump, args=(source, target), daemon=True).start()

    def shut(self) -> None:
        if self._path:
            self._path.unlink(missing_ok=True)
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_an_engine_that_goes_away_in_mid_run_is_an_error(
    demo: Path, tmp_path: Path, client: docker.DockerClient
) -> None:
    """No promise is called broken because the engine was lost, and the next run clears up."""
    door = Door(tmp_path / "engine.sock")
    process = start("--stack", demo, "--report-dir", tmp_path / "report", DOCKER_HOST=door.url)
    try:
        assert soon(lambda: ours(client, demo.name), 60)
    finally:
        door.shut()
    said, _ = process.communicate(timeout=150)

    report: dict[str, Any] = json.loads((tmp_path / "report" / "report.json").read_text())
    assert process.returncode == 4, said
    assert {r["id"]: r["verdict"] for r in report["rows"]}["web-alone"] == "error"
    assert "Traceback" not in said
    assert soon(lambda: leftovers.sweep(client) is not None and not ours(client, demo.name), 90)


def test_an_engine_over_tcp_is_taken_for_another_host(
    demo: Path, tmp_path: Path, client: docker.DockerClient
) -> None:
    """The stack's folder is sent there, ports are reached through a probe, and all of it goes."""
    door = Door()
    try:
        code, said = check(
            "--stack", demo, "--report-dir", tmp_path / "report", DOCKER_HOST=door.url
        )
    finally:
        door.shut()

    report: dict[str, Any] = json.loads((tmp_path / "report" / "report.json").read_text())
    assert code == 1, said
    assert {row["id"]: row["verdict"] for row in report["rows"]} == {
        "web-alone": "kept",
        "web-port": "kept",
        "web-port-wrong": "broken",
    }
    assert ours(client, demo.name) == []

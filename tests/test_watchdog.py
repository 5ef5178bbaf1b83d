"""Watchdog: kill -9 of its owner leaves nothing behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
import textwrap
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from fixtures import leftovers, leftovers_host, watchdog
from fixtures.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


@pytest.fixture
def lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return f"test-{uuid.uuid4().hex[:8]}"


def watchdogs(lane: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        gone = process.info["status"] == psutil.STATUS_ZOMBIE
        if not gone and {"fixtures.watchdog", lane} <= set(process.info["cmdline"] or []):
            found.append(process)
    return found


def wait_until(condition: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return bool(condition())


def test_done_ends_the_watchdog_and_keeps_the_folder(
    lane: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It runs from any folder, and an ordinary end leaves what is there to its owner."""
    monkeypatch.chdir(tmp_path)
    dog = Watchdog(lane)
    dog.start()
    leftovers_host.lane_folder(lane).mkdir()
    assert len(watchdogs(lane)) == 1

    dog.done()

    assert watchdogs(lane) == []
    assert [path.name for path in leftovers_host.lane_root().iterdir()] == [lane]


def test_watchdog_is_in_a_session_of_its_own_and_holds_none_of_our_files(lane: str) -> None:
    """The end of our terminal is not its end, and a pipe behind us sees our end."""
    dog = Watchdog(lane)
    dog.start()
    try:
        (process,) = watchdogs(lane)

        assert os.getsid(process.pid) == process.pid
        if Path("/proc/self/fd").exists():
            held = {str(Path(f"/proc/{process.pid}/fd/{number}").readlink()) for number in (1, 2)}
            assert held == {"/dev/null"}
    finally:
        dog.done()


def test_a_watchdog_that_does_not_start_is_an_error(
    lane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody runs unwatched without knowing."""
    monkeypatch.setattr(watchdog, "__name__", "fixtures.no_such_module")

    with pytest.raises(RuntimeError, match="no_such_module"):
        Watchdog(lane).start()


def test_quiet_is_counted_from_the_last_thing_found() -> None:
    """What Compose creates late is still taken down."""
    now = [0.0]
    found = iter([["a"], [], ["b"], *[[]] * 100])
    looks: list[float] = []

    def look() -> list[str]:
        looks.append(now[0])
        return next(found)

    def sleep(seconds: float) -> None:
        now[0] += 1.0

    watchdog.until_quiet(look, clock=lambda: now[0], sleep=sleep)

    assert looks[-1] == 5.0


def test_an_engine_that_comes_back_ends_the_wait() -> None:
    """Nothing found once is enough where nothing can be creating."""
    found = iter([["no answer"], ["no answer"], []])

    watchdog.until_quiet(lambda: next(found), quiet=0.0, sleep=lambda _: None)

    assert next(found, None) is None


def test_an_engine_that_never_answers_is_given_up() -> None:
    """The attempt ends after a minute."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    watchdog.until_quiet(lambda: ["still there"], clock=lambda: now[0], sleep=sleep)

    assert now[0] == pytest.approx(watchdog.GIVE_UP, abs=0.5)


def test_a_killed_controller_takes_its_worker_and_the_lane_with_it(lane: str) -> None:
    """A worker that still runs a check does not outlive the run."""
    worker = f"""
        import os, time
        os.environ["PYTEST_XDIST_WORKER"] = "gw0"
        os.environ["DOCKER_HOST"] = "unix:///nowhere.sock"
        from fixtures.watchdog import Watchdog
        Watchdog({lane!r}).start()
        print(os.getpid(), flush=True)
        time.sleep(60)
    """
    controller = (
        "import subprocess, sys; "
        f"subprocess.run([sys.executable, '-c', {textwrap.dedent(worker)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", controller], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()

    try:
        assert wait_until(lambda: not psutil.pid_exists(pid), 5)
    finally:
        for dog in watchdogs(lane):  # it would look for its engine for a minute
            dog.kill()


@pytest.fixture
def tools() -> Iterator[tuple[Any, str]]:
    """An image with this host's sleep and rm: no registry needed."""
    docker = pytest.importorskip("docker")
    client = docker.from_env(timeout=20)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as tar:
        tools = ["/bin/sleep", "/bin/rm"]
        for name in tools:
            tar.add(name)
        listed = subprocess.run(["ldd", *tools], capture_output=True, text=True, check=True).stdout
        for library in {word for word in listed.split() if word.startswith("/lib")}:
            tar.add(library)
    name = f"stackproof-test-{uuid.uuid4().hex[:8]}"
    client.api.import_image_from_data(content.getvalue(), repository=name, tag="1")
    yield client, f"{name}:1"
    client.images.remove(f"{name}:1", force=True)
    client.close()


# As Compose that is still creating when its parent dies: in a process of its own.
CREATOR = """\
import docker, sys
client = docker.from_env()
for number in range(1000):
    client.containers.create(sys.argv[2], ["/bin/sleep", "1"], name=f"{sys.argv[1]}-{number}",
        labels={"com.docker.compose.project": "stackproof-" + sys.argv[1]})
"""

OWNER = """\
import os, subprocess, sys, threading, time, docker
from fixtures.leftovers_host import lane_folder
from fixtures.owners import labels
from fixtures.watchdog import Watchdog
lane, image, creator = sys.argv[1:]
Watchdog(lane).start()
folder = lane_folder(lane)
folder.mkdir()
(folder / "data").write_text("x")
environment = dict(os.environ, STACKPROOF_LANE=lane)
subprocess.Popen(["sleep", "300"], env=environment, start_new_session=True)
client = docker.from_env()
marks = labels(lane)
network = client.networks.create(lane, labels=marks)
client.volumes.create(lane, labels=marks)
client.containers.run(image, ["/bin/sleep", "300"], name=lane, labels=marks, detach=True,
    network=lane, volumes={lane: {"bind": "/v"}, str(folder): {"bind": "/lane"}})
print("up", flush=True)
subprocess.run([sys.executable, "-c", creator, lane, image], env=environment)
"""


@pytest.mark.engine
def test_kill_leaves_nothing(lane: str, tools: tuple[Any, str]) -> None:
    """15 s after kill -9 no container, network, volume, process, folder and watchdog is left."""
    client, image = tools
    before = leftovers.snapshot(client)
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, lane, image, CREATOR],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        time.sleep(1)
        assert leftovers.of_lane(client, lane)
        os.killpg(process.pid, signal.SIGKILL)
        killed = time.monotonic()

    ours: list[leftovers.Resource] = []

    def clean() -> bool:
        ours[:], _ = leftovers.compare(before, leftovers.snapshot(client), {lane})
        return not (ours or any(leftovers_host.processes(lane)) or watchdogs(lane))

    assert wait_until(clean, 15 - (time.monotonic() - killed)), ours
    assert list(leftovers_host.lane_root().iterdir()) == []


@pytest.mark.engine
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_files_of_other_users_go_by_a_container(lane: str, tools: tuple[Any, str]) -> None:
    """Without root a container of an image that is present removes them."""
    client, _ = tools
    folder = leftovers_host.lane_folder(lane)
    (folder / "pgdata").mkdir(parents=True)
    (folder / "pgdata").chmod(0o700)
    os.chown(folder / "pgdata", 999, 999)

    leftovers_host.remove_as_root(folder, client)

    assert not folder.exists()

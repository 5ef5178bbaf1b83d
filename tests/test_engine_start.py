"""Engine start: an engine that is down comes up, after an unclean end too."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from fixtures import engine_start
from fixtures.engine_start import EnginePaths, StartError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bridge() -> Iterator[str]:
    """A bridge of the second engine's own: with none, dockerd removes the machine's docker0."""
    name = f"sp{os.getpid()}"
    if os.geteuid() != 0:
        yield name  # what starts an engine needs root anyway
        return
    for words in (f"link add {name} type bridge", f"addr add 10.127.255.1/29 dev {name}"):
        subprocess.run(["ip", *words.split()], check=True)
    yield name
    subprocess.run(["ip", "link", "delete", name], check=True)


@pytest.fixture
def paths(bridge: str) -> Iterator[EnginePaths]:
    """A second engine, apart from the machine's own: another bridge, no packet filter rules."""
    # Short: a Unix socket's path has at most 107 bytes, and containerd's is deep.
    with tempfile.TemporaryDirectory(prefix="sp-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = folder / "daemon.json"  # not the machine's own
        settings.write_text("{}")
        paths = EnginePaths(
            socket=folder / "d.sock",
            pidfile=folder / "d.pid",
            exec_root=folder / "x",
            data_root=folder / "data",
            log=folder / "log",
            options=(
                f"--config-file={settings}",
                *(f"--bridge={bridge}", "--iptables=false", "--ip-forward=false"),
            ),
        )
        yield paths
        for pid in pids(paths):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        subprocess.run(["umount", "-l", paths.data_root], capture_output=True, check=False)


def pids(paths: EnginePaths) -> list[int]:
    found = []
    for file in (paths.pidfile, paths.exec_root / "containerd" / "containerd.pid"):
        with contextlib.suppress(OSError, ValueError):
            pid = int(file.read_text())
            if psutil.pid_exists(pid) and psutil.Process(pid).name() in ("dockerd", "containerd"):
                found.append(pid)
    return found


def test_command_names_only_what_differs_from_the_defaults(paths: EnginePaths) -> None:
    """So that /etc/docker/daemon.json stays in force: a doubled setting stops dockerd."""
    assert EnginePaths().command() == ["dockerd"]
    assert f"--host=unix://{paths.socket}" in paths.command()
    assert f"--exec-root={paths.exec_root}" in paths.command()


def test_stale_files_are_those_of_nobody(paths: EnginePaths) -> None:
    """A pid that now is another program's is stale; a socket that somebody serves is not."""
    containerd = paths.exec_root / "containerd"
    containerd.mkdir(parents=True)
    paths.pidfile.write_text(str(os.getpid()))  # alive, but no dockerd
    (containerd / "containerd.pid").write_text("4194999\n")
    with socket.socket(socket.AF_UNIX) as gone, socket.socket(socket.AF_UNIX) as served:
        gone.bind(str(paths.socket))
        served.bind(str(containerd / "containerd.sock"))
        served.listen()
        gone.close()

        said = engine_start.clear_stale(paths)

        assert not paths.pidfile.exists()
        assert not paths.socket.exists()
        assert [path.name for path in containerd.iterdir()] == ["containerd.sock"]
    assert len(said) == 3


def test_an_engine_that_fails_says_its_log(
    paths: EnginePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last lines of dockerd's own."""
    script = [sys.executable, "-c", "print('no cgroups here'); raise SystemExit(1)"]
    monkeypatch.setattr(EnginePaths, "command", lambda self: script)

    with pytest.raises(StartError, match=r"code 1:\nno cgroups here"):
        engine_start.start(paths, lambda _: None, systemd=False)


@pytest.mark.engine
@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/usr/sbin/dockerd").exists(), reason="needs root and dockerd"
)
def test_killed_engine_starts_again(paths: EnginePaths) -> None:
    """After kill -9 of dockerd and containerd, with pid files that other processes have now."""
    said: list[str] = []
    engine_start.start(paths, said.append, systemd=False)
    assert engine_start.answers(paths)
    first = pids(paths)
    assert len(first) == 2
    assert all(os.getsid(pid) != os.getsid(0) for pid in first)

    said.clear()
    engine_start.start(paths, said.append, systemd=False)
    assert said == ["The engine answers already."]
    assert pids(paths) == first

    for pid in first:
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while pids(paths) and time.monotonic() < end:
        time.sleep(0.05)
    # The numbers belong to somebody else by now: the worst case.
    paths.pidfile.write_text(str(os.getpid()))
    (paths.exec_root / "containerd" / "containerd.pid").write_text(str(os.getpid()))

    said.clear()
    engine_start.start(paths, said.append, systemd=False)

    assert engine_start.answers(paths)
    assert sum("stale" in line for line in said) >= 3

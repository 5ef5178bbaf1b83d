"""The terminal: what moves, what is written where nothing can move, and what stays."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports import document, terminal_end
from reports.rows import Row
from reports.terminal import Terminal
from reports.terminal_lines import LinesView
from reports.terminal_live import LiveView
from reports.terminal_progress import VARIABLE, Listener
from reports.terminal_state import State

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).with_name("golden")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

SUITE = """
import json, os, socket, time
import pytest

def tell(lane, doing, until=None):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(json.dumps({"stack": "web", "lane": lane, "doing": doing, "until": until})
                      .encode(), os.environ["STACKPROOF_PROGRESS"])

@pytest.mark.parametrize("promise", ["web:a", "web:b"])
def test_it(promise, request):
    tell("shared", "waits for the front", time.time() + 42)
    time.sleep(0.6)
    request.node.user_properties += [
        ("promise", json.dumps({"stack": "web", "id": promise[-1]})),
        ("verdict", "kept" if promise == "web:a" else "broken"), ("reason", "assert 1 == 2")]
    tell("shared", None)
"""
PLUGIN = """
import pytest

class Hooks:
    @pytest.hookspec
    def pytest_promises_declared(self, config, promises): ...

def pytest_addhooks(pluginmanager):
    pluginmanager.add_hookspecs(Hooks)

def pytest_addoption(parser):
    parser.addoption("--stack")

def pytest_sessionstart(session):
    session.config.hook.pytest_promises_declared(config=session.config, promises=[
        {"stack": "web", "id": name, "says": f"The {name} answers.", "section": "A / b",
         "kind": "port", "level": "live", "expect": {"port": 80}, "reproduce": f"check {name}"}
        for name in "ab"])
"""


def row(name: str, verdict: Any = "untested", **more: Any) -> Row:
    return Row("web", name, f"The {name} answers.", "A / b", "port", "live", verdict, **more)


def console(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False)


def text(on: Console) -> str:
    out = on.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


class Run:
    """One run of the tiny suite, on a terminal of 80 columns or into a pipe."""

    def __init__(self, folder: Path) -> None:
        (folder / "tiny.py").write_text(PLUGIN)
        (folder / "test_web.py").write_text(SUITE)
        (folder / "pytest.ini").write_text("[pytest]\n")
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GITHUB_"))}
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            kept.pop(name, None)
        self.environment = kept | {"PYTHONPATH": f"{ROOT}:{folder}", "TERM": "xterm-256color"}

    def command(self, *options: str) -> list[str]:
        plugins = ("-p", "tiny", "-p", "reports.plugin", "-p", "no:cacheprovider")
        return [sys.executable, "-m", "pytest", *plugins, "--stack=web", *options]

    def piped(self, *options: str, **environment: str) -> str:
        done = subprocess.run(
            self.command(*options),
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.stdout

    def on_terminal(self, *options: str, **environment: str) -> str:
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", "80", "rows", "24"], stdin=theirs, check=True)
        process = subprocess.Popen(
            self.command(*options),
            cwd=self.folder,
            env=self.environment | environment,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            seen += part
        os.close(ours)
        process.wait(30)
        return seen.decode()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_log_has_lines_and_nothing_of_pytest(run: Run, workers: tuple[str, ...]) -> None:
    """What begins, what is waited for, what is not kept and what it comes to."""
    out = run.piped(*workers)

    assert out.startswith("stackproof: 2 promises of web, 2 selected\n")
    assert re.search(r" s  web/shared: waits for the front, 4[0-2] s left\n", out)
    assert re.search(r" s  web/shared: finished after \d s\n", out)
    assert re.search(r" s  broken       web:b  The b answers\.\n", out)
    assert "The gate fails: a promise is broken: web:b." in out
    assert "Report: reports/latest/index.html" in out
    for foreign in ("test session starts", "bringing up", "gw0", "passed", "===", "\x1b"):
        assert foreign not in out


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_terminal_moves(run: Run, workers: tuple[str, ...]) -> None:
    """The wait counts down, and the picture is gone at the end."""
    out = run.on_terminal(*workers)
    plain = ESCAPE.sub("", out)

    assert "\x1b[?25l" in out
    assert "\x1b[?25h" in out
    assert re.search(r"web/shared +waits for the front +4[0-2] s left", plain)
    assert "test session starts" not in plain
    assert "The gate fails" in plain
    assert all(len(line) <= 80 for line in re.split(r"[\r\n]+", plain))


def test_no_color_is_honoured(run: Run) -> None:
    """https://no-color.org: no colour, but the cursor may still move."""
    out = run.on_terminal(NO_COLOR="1")

    colours = re.findall(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|4[0-9]|9[0-7])(?:;[0-9]+)*m", out)
    assert colours == []


def test_plain_pytest_is_there_when_it_is_asked_for(run: Run) -> None:
    """With our exit code and report all the same."""
    out = run.piped("--plain-pytest")

    assert "test session starts" in out
    assert (run.folder / "reports/latest/report.json").exists()


def test_the_socket_is_gone_after_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And so is the variable that named it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    heard: list[dict[str, Any]] = []
    listener = Listener(heard.append, lambda: None)
    listener.start()
    path = os.environ[VARIABLE]

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for message in (b"not JSON", b"[]", json.dumps({"lane": "a"}).encode()):
            sender.sendto(message, path)
    deadline = time.monotonic() + 5
    while not heard and time.monotonic() < deadline:
        time.sleep(0.01)
    listener.close()
    listener.close()

    assert heard == [{"lane": "a"}]
    assert VARIABLE not in os.environ
    assert not Path(path).parent.exists()


def test_a_temporary_folder_too_deep_for_a_socket_is_no_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The path of a Unix socket has 107 bytes (unix(7)); then another place serves."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    listener = Listener(lambda _: None, lambda: None)
    listener.start()

    assert Path(os.environ[VARIABLE]).is_socket()
    assert list(deep.iterdir()) == []
    listener.close()


def test_a_quiet_log_gets_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds after the last line, with what is waited for; not before."""
    on, state = console(), State()
    state.declared([row("a", "kept"), row("b")])
    view = LinesView(on, state)
    view.heard({"stack": "web", "lane": "shared", "doing": "waits", "until": time.time() + 30})
    before = text(on)

    view.idle()
    assert text(on) == before

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 11)
    view.idle()
    assert "1 of 2 decided: 1\N{NO-BREAK SPACE}kept" in text(on)
    assert re.search(r"web/shared: waits, (29|30) s left", text(on).removeprefix(before))


def test_the_same_message_is_written_once() -> None:
    """A lane may tell as often as it likes."""
    on = console()
    view = LinesView(on, State())
    for _ in range(3):
        view.heard({"stack": "web", "lane": "shared", "doing": "starts"})

    assert text(on).count("starts") == 1


def test_the_picture_fits_eighty_columns() -> None:
    """With long names and many lanes."""
    on, state = console(), State()
    state.declared(document.load(GOLDEN / "sample.4.report.json").rows)
    view = LiveView(on, state)
    for number in range(14):
        view.heard({"stack": "liar-game", "lane": f"lane-{number}", "doing": "waits " * 30})
    for one in state.rows:
        state.decided(one)

    on.print(view._picture())

    lines = text(on).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 24
    assert "and 4 more lanes" in text(on)


def test_the_end_tells_each_finding_and_each_broken_promise_in_full() -> None:
    """Its sentence, what was expected, what was observed and the command, whole, on one line."""
    on = console()
    terminal_end.show(on, document.load(GOLDEN / "sample.4.report.json"), [])
    out = re.sub(r"\s+", " ", text(on))

    for expected in (
        "Findings (2)",
        "promise The health check of Redis fails when the password is missing.",
        "why redis-cli prints NOAUTH and still exits 0",
        "Broken and errors (3)",
        "expected service: redis, setting: maxmemory, value: 268435456",
        "observed assert 0 == 268435456",
        "Untested (1)",
    ):
        assert expected in out
    command = "stackproof check --stack compose/liar-game --promise redis-healthcheck-truth"
    assert any(line.endswith(command) for line in text(on).splitlines())


def test_many_errors_with_one_reason_are_told_together() -> None:
    """An engine that went away is one message, not two hundred."""
    on = console()
    rows = [row(f"p{n}", "error", reason="the engine went away") for n in range(200)]
    terminal_end.show(on, document.Report({"exit_code": 4, "seconds": 1.0}, rows), [])

    assert text(on).count("the engine went away") == 1
    assert "200 times error" in text(on)
    assert len(text(on).splitlines()) < 15


def test_bad_input_is_the_only_thing_told() -> None:
    """A list of untested promises would hide it."""
    on = console()
    terminal_end.show(on, document.load(GOLDEN / "usage.2.report.json"), [])

    assert text(on).strip() == (
        "stackproof: compose/liar-game/promises.yaml:7: redis-port: expect: unknown key 'prot'"
    )


def test_a_terminal_that_never_started_closes() -> None:
    """Whatever stopped the run before."""
    Terminal(io.StringIO()).close()

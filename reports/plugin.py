"""The pytest side of reports: gather what a run tells, show it, and write it at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import terminal, writing
from .gathering import Gathering
from .problems import in_brief, is_bad_input
from .rows import Ended

if TYPE_CHECKING:
    from types import FrameType

WORKER: pytest.StashKey[Worker] = pytest.StashKey()
CONTROLLER: pytest.StashKey[Controller] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where reports go, how the gate decides and who writes on the terminal."""
    group = parser.getgroup("reports", "reports of promises")
    group.addoption(
        "--report-dir",
        type=Path,
        default=Path("reports/latest"),
        metavar="DIR",
        help="where report.json and the other formats go (default: %(default)s)",
    )
    group.addoption(
        "--strict-promises",
        action="store_true",
        help="exit with 5 when a selected promise is unobservable",
    )
    group.addoption(
        "--plain-pytest", action="store_true", help="keep pytest's own output on the terminal"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the terminal before pytest's reporter and xdist's have it; workers only pass on."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Worker(config), "reports-worker")
        return
    option = config.getoption
    asked = bool(option("--stack", None)) and not option("collectonly")
    view = None
    if asked and not option("--plain-pytest"):
        # A blocked name is never registered, and xdist does without it: neither writes a line.
        config.pluginmanager.set_blocked("terminalreporter")
        view = terminal.Terminal.on_stdout()
    controller = Controller(config, view)
    config.stash[CONTROLLER] = controller
    config.pluginmanager.register(controller, "reports-controller")
    if view:
        view.start()
        config.add_cleanup(view.close)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Turn pytest's exit codes into ours, also where no session ever started."""
    try:
        code = yield
    except pytest.UsageError as error:
        controller = config.stash.get(CONTROLLER, None)
        if controller is None or controller.view is None:
            raise
        controller.view.message("\n".join(str(part) for part in error.args))
        return 2
    controller = config.stash.get(CONTROLLER, None)
    if controller is None or not controller.ours or not isinstance(code, pytest.ExitCode):
        return code
    return {"usage": 2, "no-engine": 3}.get(ended(code, []) or "error", 4)


class Worker:
    """In an xdist worker: what the hooks of ours tell goes to the controller."""

    def __init__(self, config: pytest.Config) -> None:
        self._output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_lane_ended(self, lane: dict[str, Any]) -> None:
        """Pass on what a lane was."""
        self._output.setdefault("lanes", []).append(lane)

    @pytest.hookimpl(optionalhook=True)
    def pytest_run_described(self, run: dict[str, Any]) -> None:
        """Pass on what the run uses."""
        self._output.setdefault("run", {}).update(run)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Pass on a usage error: xdist only knows that the worker went."""
        try:
            return (yield)
        except pytest.UsageError as error:
            self._output["usage"] = "\n".join(str(part) for part in error.args)
            raise

    def pytest_sessionstart(self) -> None:
        """End at SIGTERM as at Ctrl-C, so that fixtures take their lanes down."""
        signal.signal(signal.SIGTERM, _interrupt)


class Controller:
    """In the process that the user started: gather, show, and write at the end."""

    def __init__(self, config: pytest.Config, view: terminal.Terminal | None) -> None:
        self.config = config
        self.view = view
        self.gathering = Gathering(strict=config.getoption("--strict-promises"))
        self.declared = False
        self._directory: Path = config.getoption("--report-dir").absolute()
        self._nodes: list[Any] = []
        self._bad_input: list[str] = []

    @property
    def ours(self) -> bool:
        """Whether this run is about promises, and ends with our exit codes."""
        return self.declared or self.view is not None

    @pytest.hookimpl(optionalhook=True)
    def pytest_promises_declared(self, promises: list[dict[str, Any]]) -> None:
        """Give each promise its row."""
        self.declared = self.declared or bool(promises)
        self.gathering.declare(promises)
        if self.view:
            self.view.declared(self.gathering.rows.values())

    @pytest.hookimpl(optionalhook=True)
    def pytest_run_described(self, run: dict[str, Any]) -> None:
        """Keep and show what the run uses."""
        self.gathering.describe(run)
        if self.view:
            self.view.described(run)

    @pytest.hookimpl(optionalhook=True)
    def pytest_lane_ended(self, lane: dict[str, Any]) -> None:
        """Keep what a lane was."""
        self.gathering.lane(lane)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """End at SIGTERM, by which CI systems cancel, as at Ctrl-C: with a report."""
        if self.ours:
            signal.signal(signal.SIGTERM, _interrupt)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of an item; the teardown's carries the verdict."""
        failed = in_brief(report.longreprtext) if report.failed else None
        if report.when in ("setup", "call", "teardown"):
            said = dict(report.user_properties) if report.when == "teardown" else {}
            row = self.gathering.phase(report.nodeid, failed, {str(k): v for k, v in said.items()})
        else:  # xdist reports the crash of a worker with the phase "???"
            row = self.gathering.crash(report.nodeid, failed or "a worker died")
        if row and self.view:
            self.view.decided(row)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a module could not be collected."""
        if not (report.failed and self.ours):
            return
        text = report.longreprtext
        if is_bad_input(text):
            self._bad_input.append(in_brief(text))
        self.gathering.problem(in_brief(text))

    def pytest_internalerror(self, excrepr: object) -> bool | None:
        """Keep it for the report; pytest prints the whole of it on stderr, unless we know why."""
        if not self.ours:
            return None
        if self._bad_input:  # then it is xdist, whose workers all went for that
            return True
        self.gathering.problem(f"internal error: {in_brief(str(excrepr))}")
        return None

    def pytest_testnodeready(self, node: Any) -> None:
        """Remember the worker: an interrupted run asks it at the end."""
        self._nodes.append(node)

    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker passes on, and keep it when it went by a crash."""
        self._hear(node)
        if error and self.ours:
            self.gathering.problem(f"worker {node.gateway.id} went down: {in_brief(str(error))}")

    def _hear(self, node: Any) -> None:
        output = getattr(node, "workeroutput", None) or {}
        if usage := output.pop("usage", None):
            self._bad_input.append(usage)
            self.gathering.problem(usage)
        self.gathering.describe(output.pop("run", {}))
        for lane in output.pop("lanes", []):
            self.gathering.lane(lane)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, object, object]:
        """Write and show what is known, and set the exit code."""
        result = yield  # workers end in here; those of an interrupted run are heard of only now
        for node in self._nodes:
            self._hear(node)
        if not self.ours:
            return result
        report = self.gathering.report(ended(exitstatus, self._bad_input))
        session.exitstatus = report.exit_code
        try:
            written = writing.write_all(report, self._directory)
        except Exception as error:  # noqa: BLE001  what is known must still be shown
            written = []
            session.exitstatus = report.exit_code or 4
            report.run["problems"].append(f"the report could not be written: {error!r}")
        if self.view:
            self.view.finish(report, written)
        return result


def ended(status: int, bad_input: list[str]) -> Ended | None:
    """Return what kept a pytest session with this exit status from its proper end."""
    if bad_input or status is pytest.ExitCode.USAGE_ERROR:
        return "usage"
    if not isinstance(status, pytest.ExitCode):  # somebody called pytest.exit with our code
        codes: dict[int, Ended | None] = {0: None, 2: "usage", 3: "no-engine"}
        return codes.get(status, "error")
    words: dict[int, Ended] = {
        pytest.ExitCode.INTERRUPTED: "interrupted",
        pytest.ExitCode.INTERNAL_ERROR: "error",
    }
    return words.get(status)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(2, b"\nstackproof: asked to stop; taking everything down\n")
    raise KeyboardInterrupt

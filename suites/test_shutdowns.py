"""Shutdowns: what a service leaves behind at SIGTERM, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.inner_files import InnerFiles
    from fixtures.listeners import Listeners
    from fixtures.one_offs import OneOffs
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Keeps:
    service: terms.Service
    set: terms.Set
    file: str
    """The file's path in the container."""
    port: terms.Port


@pytest.mark.promise("shutdown", expect=Keeps)
def test_shutdown_keeps_file(
    promise: Promise[Keeps], one_offs: OneOffs, listeners: Listeners
) -> None:
    """A file that was there before is there after SIGTERM, which ended it without SIGKILL."""
    expect = promise.expect
    change = one_offs.changed(set=expect.set, files={expect.file: "kept"}, fresh=True)
    with one_offs.like(expect.service, change) as run:
        seen = listeners.of(run)
        before = run.holds(expect.file)
        ended = run.stop()
        after = run.holds(expect.file)

    assert seen.places == (f"tcp://*:{expect.port}",), seen.short
    assert ended.exit_code != 137, "it had to be killed"
    assert (before, after) == ("there", "there"), f"{expect.file}: {before}, then {after}"


@dataclass(frozen=True, slots=True)
class Warns:
    service: terms.Service
    socket: terms.Socket
    log_has: str
    """What some line of the log holds."""
    exit_code: terms.ExitCode


@pytest.mark.promise("shutdown", expect=Warns)
def test_shutdown_warning(
    promise: Promise[Warns],
    one_offs: OneOffs,
    listeners: Listeners,
    inner_files: InnerFiles,
) -> None:
    """Without its socket file it warns at SIGTERM, and ends as if nothing were wrong."""
    expect = promise.expect
    with one_offs.like(expect.service, one_offs.changed(fresh=True)) as run:
        seen = listeners.of(run)
        gone = inner_files.unlink_by(run.probe, expect.socket)
        ended = run.stop()
        log = run.log()

    assert seen.places == (f"unix://{expect.socket}",), seen.short
    assert gone == "done", f"removing {expect.socket}: {gone}"
    assert any(expect.log_has in line for line in log), f"its log: {log}"
    assert ended.exit_code == expect.exit_code, f"exit code {ended.exit_code}"


@dataclass(frozen=True, slots=True)
class QuietStop:
    service: terms.Service
    log_lacks: str
    """What no line of the log holds."""


@pytest.mark.promise("shutdown", expect=QuietStop)
def test_quiet_shutdown(
    promise: Promise[QuietStop], one_offs: OneOffs, listeners: Listeners
) -> None:
    """Stopped with SIGTERM while all is well, it does not warn.

    About shutdown: what a service does at SIGTERM, and leaves behind.

    Cannot see: requests that are under way meanwhile.
    """
    expect = promise.expect
    with one_offs.like(expect.service, one_offs.changed(fresh=True)) as run:
        seen = listeners.of(run)
        ended = run.stop()
        log = run.log()

    assert seen.places, f"it never listened: {log}"
    assert ended.exit_code == 0, f"exit code {ended.exit_code}: {log}"
    assert not any(expect.log_lacks in line for line in log), f"its log: {log}"

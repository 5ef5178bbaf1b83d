"""Shutdowns: what a service leaves behind at SIGTERM, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.inner_files import InnerFiles
    from fixtures.promises import Promise
    from fixtures.variations import Variations


@dataclass(frozen=True, slots=True)
class Keeps:
    service: str
    set: dict[str, str]
    path: str
    port: int


@pytest.mark.promise("shutdown-keeps-file", expect=Keeps)
def test_shutdown_keeps_file(promise: Promise[Keeps], variations: Variations) -> None:
    """A file that was there before is there after SIGTERM, which ended it without SIGKILL."""
    expect = promise.expect
    change = variations.difference(set=expect.set, files={expect.path: "kept"})
    with variations.running(expect.service, change) as run:
        seen = run.listening()
        before = run.holds(expect.path)
        ended = run.stop()
        after = run.holds(expect.path)

    assert seen in ([f"tcp://0.0.0.0:{expect.port}"], [f"tcp://:::{expect.port}"]), seen
    assert ended.exit_code != 137, "it had to be killed"
    assert (before, after) == ("there", "there"), f"{expect.path}: {before}, then {after}"


@dataclass(frozen=True, slots=True)
class Warns:
    service: str
    path: str
    log_has: str
    exit_code: int


@pytest.mark.promise("shutdown-warning", expect=Warns)
def test_shutdown_warning(
    promise: Promise[Warns], variations: Variations, inner_files: InnerFiles
) -> None:
    """Without its socket file it warns at SIGTERM, and ends as if nothing were wrong."""
    expect = promise.expect
    with variations.running(expect.service, variations.difference()) as run:
        listening = run.listening()
        gone = inner_files.unlink_by(run.probe, expect.path)
        ended = run.stop()
        log = run.log()

    assert listening == [f"unix://{expect.path}"], f"it listened on {listening}"
    assert gone == "done", f"removing {expect.path}: {gone}"
    assert any(expect.log_has in line for line in log), f"its log: {log}"
    assert ended.exit_code == expect.exit_code, f"exit code {ended.exit_code}"


@dataclass(frozen=True, slots=True)
class QuietStop:
    service: str
    log_lacks: str


@pytest.mark.promise("quiet-shutdown", expect=QuietStop)
def test_quiet_shutdown(promise: Promise[QuietStop], variations: Variations) -> None:
    """Stopped with SIGTERM while all is well, it does not warn."""
    expect = promise.expect
    with variations.running(expect.service, variations.difference()) as run:
        listening = run.listening()
        ended = run.stop()
        log = run.log()

    assert listening, f"it never listened: {log}"
    assert ended.exit_code == 0, f"exit code {ended.exit_code}: {log}"
    assert not any(expect.log_lacks in line for line in log), f"its log: {log}"

"""Status commands: what they say of a server that answers, and of one that stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import lifecycle_stops as stops
from .exits import code
from .lifecycle import History
from .lifecycle_scenarios import PRINTED, as_printed

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.shell import Answer, Shell


@pytest.mark.promise("printed-command", expect=stops.Status, lane="as-printed")
def test_status_is_told(promise: Promise[stops.Status], shell: Shell) -> None:
    """Of the running server the command says so in a line of its own, without an error."""
    answer = shell.run(promise.expect.command)
    lines = [line.strip() for line in answer.stdout.splitlines()]

    assert code(answer) == 0, answer.short
    assert promise.expect.says in lines, f"it says {answer.short}"


@pytest.mark.promise("printed-command", expect=stops.Status, lane=PRINTED, early=as_printed)
def test_status_is_true(promise: Promise[stops.Status], early: History) -> None:
    """While all processes of the server stand still, the command does not say so."""
    word, answer = early.of(promise)
    seen: Answer = answer

    assert word == "frozen", f"{promise.expect.service} was not stopped: {word}"
    said = promise.expect.says in seen.stdout and seen.exit_code == 0
    assert not said, f"of a server that stands still it says {seen.short}"

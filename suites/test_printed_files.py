"""Printed commands that change files of the project's folder, run word for word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .exits import code

if TYPE_CHECKING:
    from fixtures.containers import Containers
    from fixtures.mounts import Mounts
    from fixtures.promises import Promise
    from fixtures.shell import Shell


@dataclass(frozen=True, slots=True)
class FreshCopy:
    command: terms.Command
    then: str
    """A command that is run after it and succeeds."""


@pytest.mark.promise("printed-command", expect=FreshCopy)
def test_template(promise: Promise[FreshCopy], shell: Shell) -> None:
    """In a fresh copy of the folder the command makes a .env that Compose accepts silently."""
    then = shell.run_in_copy(f"{promise.expect.command} && {promise.expect.then}")

    assert code(then) == 0, then.short
    assert not then.stderr.strip(), f"Compose complains: {then.short}"


@dataclass(frozen=True, slots=True)
class ModeCommand:
    command: terms.Command
    path: str
    """What gets the mode, below the stack's folder."""
    mode: terms.Mode
    then: str
    """A command that is run after it and succeeds."""
    then_contains: str
    """What the command after it prints."""
    root: terms.Root


@pytest.mark.promise("printed-command", expect=ModeCommand, lane="as-printed")
def test_mode_command(
    promise: Promise[ModeCommand], shell: Shell, mounts: Mounts, containers: Containers
) -> None:
    """The command gives the path this mode, and what uses the path still works."""
    expect = promise.expect
    shell.require_root(expect.root)
    before = mounts.on_host(expect.path)
    answer = shell.run(expect.command)
    after = mounts.on_host(expect.path)
    then = shell.run(expect.then)

    assert code(answer) == 0, answer.short
    assert before.kind != "absent", f"{expect.path} was not there before"
    assert after.mode == expect.mode
    assert code(then) == 0, then.short
    assert expect.then_contains in then.stdout
    assert containers.running()

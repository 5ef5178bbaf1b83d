"""Printed commands: each is run word for word, from a copy that bears the document's own names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .exits import code

if TYPE_CHECKING:
    from fixtures.lanes import Lane
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.transports import Transports

AS_ROOT = 'command -v sudo >/dev/null || { [ "$(id -u)" = 0 ] && sudo() { "$@"; }; }; '
"""Where root runs a command and there is no sudo, the command without it is the same."""
LONGEST = 60.0
"""Seconds after which a command is ended of which no limit is promised."""
SOON = 5.0
"""Seconds in which what was done shows, in a log for example."""


@dataclass(frozen=True, slots=True)
class Command:
    command: str
    """The words, `${NAME}` for values of .env."""
    exit: int = 0
    """The command's exit code."""
    stdout_contains: list[str] = field(default_factory=list)
    """Texts that it prints."""
    stdout_lacks: list[str] = field(default_factory=list)
    """Texts that it does not print."""
    stdout_matches: list[str] = field(default_factory=list)
    """Patterns that some line it prints has."""
    stderr_contains: list[str] = field(default_factory=list)
    """Texts that it prints as an error or a notice."""
    needs: terms.Needs = field(default_factory=list)
    root: terms.Root | None = None
    ends: bool = True
    """Whether it ends by itself."""
    deadline_seconds: float | None = None
    """How long it may run; without it, what has not ended after a minute is an error."""
    ready: terms.Ready | None = None
    before: list[str] = field(default_factory=list)
    """Commands whose effect is to show soon; how they end does not matter."""


@pytest.mark.promise("printed-command", expect=Command, lane="as-printed")
def test_command(promise: Promise[Command], shell: Shell, transports: Transports) -> None:
    """The command prints what is promised, and ends by itself with this exit code if it is to.

    About printed-command: commands of the document, run word for word.
    """
    expect = promise.expect
    if expect.ready is not None:
        transports.settled(expect.ready)
    shell.require(expect.needs)
    if expect.root is not None:
        shell.require_root(expect.root)
    prefix = ""
    if "sudo " in expect.command:
        shell.require_root("sudo may ask for a password; this run is not root's")
        prefix = AS_ROOT
    longest = expect.deadline_seconds or LONGEST
    for command in expect.before:
        shell.run(command, longest)
    if expect.before:
        answer = shell.until(expect.command, expect.stdout_contains, SOON)
        assert code(answer) == expect.exit, answer.short
    elif expect.ends:
        answer = shell.run(prefix + expect.command, longest)
        late = answer.timed_out and expect.deadline_seconds is not None
        assert not late, f"it did not end within {longest:g} s"
        assert code(answer) == expect.exit, answer.short
    else:
        answer = shell.follow(
            prefix + expect.command,
            longest,
            lambda printed: all(text in printed for text in expect.stdout_contains),
        )
    missing = [text for text in expect.stdout_contains if text not in answer.stdout]
    unwanted = [text for text in expect.stdout_lacks if text in answer.stdout]
    missing += [text for text in expect.stderr_contains if text not in answer.stderr]
    missing += [p for p in expect.stdout_matches if not re.search(p, answer.stdout, re.MULTILINE)]

    assert not missing, f"not in what it printed: {missing}; {answer.short}"
    assert not unwanted, f"in what it printed: {unwanted}"


@dataclass(frozen=True, slots=True)
class Conversation:
    command: terms.Command
    typed: list[str]
    """What is typed, line by line."""
    contains: str
    """A text that is in it."""
    needs: terms.Needs = field(default_factory=list)


@pytest.mark.promise("printed-command", expect=Conversation, lane="as-printed")
def test_conversation(promise: Promise[Conversation], shell: Shell) -> None:
    """A terminal opens, what is typed is answered, and `exit` ends it without an error.

    Cannot see: what a terminal emulator shows of it.
    """
    expect = promise.expect
    shell.require(expect.needs)
    answer = shell.type(expect.command, expect.typed)

    assert code(answer) == 0, answer.short
    assert expect.contains in answer.stdout


@dataclass(frozen=True, slots=True)
class HealthLog:
    command: terms.Command
    needs: terms.Needs
    keys: list[str]
    """Keys of the JSON object."""
    entry_keys: list[str]
    """Keys of each entry of its log."""
    most: int = 5
    """How many entries there may be."""


@pytest.mark.promise("printed-command", expect=HealthLog, lane="as-printed")
def test_health_log(promise: Promise[HealthLog], shell: Shell) -> None:
    """It prints the health log as JSON, with so many entries at most.

    Cannot see: what the health check itself is worth.
    """
    expect = promise.expect
    shell.require(expect.needs)
    answer = shell.run(expect.command)

    assert code(answer) == 0, answer.short
    printed = document(answer.stdout)
    assert isinstance(printed, dict), f"no JSON object; {answer.short}"
    assert set(expect.keys) <= set(printed)
    assert 0 < len(printed["Log"]) <= expect.most
    assert all(set(expect.entry_keys) <= set(entry) for entry in printed["Log"])


@dataclass(frozen=True, slots=True)
class Variables:
    command: terms.Command
    variables: list[str]
    """Variables that are printed with their values of .env."""


@pytest.mark.promise("printed-command", expect=Variables, lane="as-printed")
def test_environment(promise: Promise[Variables], shell: Shell, lane: Lane) -> None:
    """It prints each variable with the value that stands in .env."""
    answer = shell.run(promise.expect.command)
    lines = answer.stdout.splitlines()
    wrong = [v for v in promise.expect.variables if f"{v}={lane.env.get(v, '')}" not in lines]

    assert code(answer) == 0, answer.short
    assert not wrong, f"missing, or another value than in .env: {', '.join(wrong)}"


def document(printed: str) -> Any:
    """Return what is *printed* as JSON, None where it is none."""
    try:
        return json.loads(printed)
    except json.JSONDecodeError:
        return None

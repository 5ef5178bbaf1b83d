"""Exits: a command that we ended has not failed; nobody knows what it would have done."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.shell import Answer
from suites import test_backups as backups
from suites import test_printed_commands as commands
from suites import test_printed_ps as status
from suites.exits import code
from suites.lifecycle import failures

ENDED = Answer(None, "begun\n", "", timed_out=True)
FAILED = Answer(7, "", "no", timed_out=False)
ROWS = Answer(0, '{"Name": "a-1", "Service": "a", "State": "running"}\n', "", timed_out=False)
TABLE = Answer(0, "NAME STATUS\na-1 Up 2 minutes\n", "", timed_out=False)


def test_an_exit_code_is_the_commands_own() -> None:
    """Zero or another; ours is none."""
    assert (code(TABLE), code(FAILED)) == (0, 7)
    with pytest.raises(TimeoutError, match="ended by us"):
        code(ENDED)


def test_failures_are_those_of_commands_that_ended() -> None:
    """One that we ended comes before any that failed."""
    assert failures(TABLE, FAILED) == [FAILED.short]
    with pytest.raises(TimeoutError):
        failures(FAILED, ENDED)


def shell(*answers: Answer) -> Any:
    """Return a shell that gives *answers* one after another, however it is asked."""
    turns = iter(answers)

    def answer(*_: object) -> Answer:
        return next(turns)

    return SimpleNamespace(
        run=answer, until=answer, type=answer, require=lambda _: None, require_root=lambda _: None
    )


def promised(expect: object) -> Any:
    return SimpleNamespace(id="a", expect=expect)


@pytest.mark.parametrize("before", [[], ["first"]])
def test_a_printed_command_must_have_ended(before: list[str]) -> None:
    """Also one that is run again until its effect shows."""
    expect, none = commands.Command("x", before=before), None

    def judge(answer: Answer) -> None:
        commands.test_command(promised(expect), shell(*([answer] * (1 + len(before)))), none)  # type: ignore[arg-type]

    judge(TABLE)
    with pytest.raises(AssertionError):
        judge(FAILED)
    with pytest.raises(TimeoutError):
        judge(ENDED)


def test_a_conversation_must_have_ended() -> None:
    """A terminal that we closed is no error of the program in it."""
    expect = commands.Conversation("x", [], "NAME")
    commands.test_conversation(promised(expect), shell(TABLE))
    with pytest.raises(TimeoutError):
        commands.test_conversation(promised(expect), shell(ENDED))


def test_a_status_must_have_been_told() -> None:
    """Neither of the two looks may be cut short."""
    expect = status.AllUp("ps", ["a"])
    status.test_all_are_up(promised(expect), shell(TABLE, ROWS))
    for answers in ((ENDED, ROWS), (TABLE, ENDED)):
        with pytest.raises(TimeoutError):
            status.test_all_are_up(promised(expect), shell(*answers))


def test_a_dump_must_have_ended() -> None:
    """Half a file is no dump, and not the command's fault."""
    expect = backups.Dump("x", "f", server=None, begins="", ends="")  # type: ignore[arg-type]
    path = SimpleNamespace(unlink=lambda missing_ok: missing_ok)
    mounts: Any = SimpleNamespace(path=lambda _: path, text_on_host=lambda _: "")
    keepsakes: Any = SimpleNamespace(put=lambda *_: "")
    redactor: Any = None

    with pytest.raises(TimeoutError):
        backups.test_dump_is_whole(promised(expect), shell(ENDED), mounts, keepsakes, redactor)

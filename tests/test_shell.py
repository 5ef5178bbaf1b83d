"""Tests of the shell probe: deadlines, endings and terminals."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

from fixtures import shell, terminals

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def test_run_gives_output_and_exit_code(tmp_path: Path) -> None:
    """A command that ends gives its exit code, stdout and stderr apart."""
    answer = shell.run("pwd; echo no >&2; exit 3", tmp_path, ENVIRONMENT, 5)

    assert answer == shell.Answer(3, f"{tmp_path}\n", "no\n", timed_out=False)


def test_run_ends_at_the_deadline_with_all_children(tmp_path: Path) -> None:
    """A command that does not end is ended with its children, and what it printed is kept."""
    began = time.monotonic()
    answer = shell.run("echo begun; sleep 61.5 & sleep 61.5", tmp_path, ENVIRONMENT, 0.5)

    assert answer == shell.Answer(None, "begun\n", "", timed_out=True)
    assert time.monotonic() - began < 3
    assert not sleeping("61.5")


def test_run_keeps_a_pipe_and_quotes_as_printed(tmp_path: Path) -> None:
    """Pipes and quotes mean what they mean in bash."""
    answer = shell.run("printf '%s\\n' '{{json .State}}' | grep -c json", tmp_path, ENVIRONMENT, 5)

    assert (answer.exit_code, answer.stdout) == (0, "1\n")


def test_follow_ends_as_soon_as_it_is_enough(tmp_path: Path) -> None:
    """Output that comes while following is seen, and the command is ended by us."""
    began = time.monotonic()
    called: list[bool] = []
    answer = shell.follow(
        "echo one; sleep 0.3; echo two; sleep 62.5",
        tmp_path,
        ENVIRONMENT,
        10,
        lambda printed: "two" in printed,
        lambda: called.append(True),
    )

    assert answer == shell.Answer(None, "one\ntwo\n", "", timed_out=True)
    assert called == [True]
    assert time.monotonic() - began < 3
    assert not sleeping("62.5")


def test_follow_tells_a_command_that_ended_by_itself(tmp_path: Path) -> None:
    """A command that ends by itself has its own exit code, and all its output is there."""
    answer = shell.follow("echo one; exit 4", tmp_path, ENVIRONMENT, 10, lambda _: False)

    assert answer == shell.Answer(4, "one\n", "", timed_out=False)


def test_terminal_answers_what_is_typed(tmp_path: Path) -> None:
    """An interactive shell sees a terminal, answers each line and ends with `exit`."""
    code, said = terminals.converse(
        "bash --norc -i", ["tty -s && echo on a $((6*7))", "exit"], tmp_path, ENVIRONMENT, 10
    )

    assert code == 0
    assert "on a 42" in shell.plain(said)


def test_terminal_says_where_its_cursor_is(tmp_path: Path) -> None:
    """A program that asks for it is told, as by a terminal that shows text."""
    asks = "stty -icanon -echo; printf '\\033[6n'; read -r -d R at; echo told ${at#*;}; read line"

    code, said = terminals.converse(asks, ["exit"], tmp_path, ENVIRONMENT, 5)

    assert (code, f"told {terminals.COLUMNS}" in said.decode()) == (0, True)


def test_terminal_gives_up_at_the_deadline(tmp_path: Path) -> None:
    """A program that never asks for a line is ended at the deadline."""
    code, said = terminals.converse("sleep 63.5", ["exit"], tmp_path, ENVIRONMENT, 0.6)

    assert code is None
    assert said == b""
    assert not sleeping("63.5")


def test_plain_takes_control_sequences_away() -> None:
    """Colours, clearing and the carriage returns of a terminal are no text."""
    assert shell.plain(b"\x1b[2J\x1b[Ha\x1b[31mb\x1b[0m\r\nc") == "ab\nc"


def sleeping(seconds: str) -> bool:
    """Return whether a `sleep` of so many seconds runs."""
    return any(p.info["cmdline"] == ["sleep", seconds] for p in psutil.process_iter(["cmdline"]))

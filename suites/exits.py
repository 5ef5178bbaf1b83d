"""Exits: how a command of the document ended by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixtures.shell import Answer


def code(answer: Answer) -> int:
    """Return the exit code of a command.

    Raises `TimeoutError` for one that we ended: what it would have done nobody knows.
    """
    if answer.timed_out or answer.exit_code is None:
        raise TimeoutError(answer.short)
    return answer.exit_code

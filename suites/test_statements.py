"""Statements: what a database answers to SQL, row by row and error by error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from .servers import Server

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.statements import Statements


@dataclass(frozen=True, slots=True)
class Statement:
    """*word* is ``done`` or an SQLSTATE; numbers, texts and truth are compared as they are."""

    run: str
    word: str = "done"
    rows: list[list[Any]] | None = None
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Script:
    server: Server
    statements: list[Statement]
    """Statements, each with how it ends."""
    given: list[str] = field(default_factory=list)
    """Statements that are run before, to their end."""


@pytest.mark.promise("postgres", expect=Script)
def test_statements_end_as_promised(promise: Promise[Script], statements: Statements) -> None:
    """Each statement ends with its rows or its SQLSTATE, on top of what is given."""
    expect = promise.expect
    ended = statements.each(expect.server, expect.given, [one.run for one in expect.statements])

    assert len(ended) == len(expect.statements), f"{ended[0].word} before it began: {ended[0].said}"
    for wanted, seen in zip(expect.statements, ended, strict=True):
        assert seen.word == wanted.word, f"{wanted.run}: {seen.word} {seen.said}"
        rows = [[shown(value) for value in row] for row in seen.rows]
        assert wanted.rows is None or rows == wanted.rows, f"{wanted.run}: seen {rows}"
        lacking = [code for code in wanted.notices if code not in seen.notices]
        assert not lacking, f"{wanted.run}: no notice {lacking}, seen {seen.notices}"


def shown(value: object) -> object:
    """Return *value* as JSON has it; what it does not know, as text."""
    return value if isinstance(value, bool | int | float | str | None) else str(value)

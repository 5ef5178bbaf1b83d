"""Printed status commands: what `docker-compose ps` says of all services."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .compose_output import rows
from .exits import code

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.shell import Shell


@dataclass(frozen=True, slots=True)
class AllUp:
    command: terms.Command
    up: list[str]
    """Services."""


@pytest.mark.promise("printed-command", expect=AllUp, lane="as-printed")
def test_all_are_up(promise: Promise[AllUp], shell: Shell) -> None:
    """It has a line that says Up for each container of these services, and no other line."""
    expect = promise.expect
    printed = shell.run(expect.command)
    listed = shell.run(f"{expect.command} --all --format json")
    table = [line for line in printed.stdout.splitlines()[1:] if line.strip()]

    assert code(printed) == 0, printed.short
    assert code(listed) == 0, listed.short
    every = rows(listed.stdout)
    assert sorted({row["Service"] for row in every}) == sorted(expect.up)
    states = {row["Name"]: row["State"] for row in every}
    assert set(states.values()) == {"running"}, f"states: {states}"
    names = sorted(line.split()[0] for line in table if re.search(r"\bUp\b", line))
    assert names == sorted(states), f"lines that say Up: {names}"

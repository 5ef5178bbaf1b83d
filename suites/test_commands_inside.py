"""Commands inside: documented commands that are to be run in a service's container."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.inside import Inside
    from fixtures.one_offs import OneOffs
    from fixtures.promises import Promise
    from fixtures.shell import Answer
    from fixtures.transports import Transports


@dataclass(frozen=True, slots=True)
class Command:
    command: str
    """The words, `${NAME}` for values of .env."""
    services: terms.Services
    ready: str | None = None
    """The service to wait for."""
    lines: list[str] = field(default_factory=list)
    """Patterns, each of which some line has."""
    stdout: str | None = None
    """All that it prints, without space at the ends."""
    without_volumes: bool = False
    """Whether it runs in a container of the same image without volumes."""
    exit: int = 0
    """The command's exit code."""


@pytest.mark.promise("printed-command", expect=Command)
def test_command_inside(
    promise: Promise[Command], inside: Inside, one_offs: OneOffs, transports: Transports
) -> None:
    """In each container, or in one of the same image without volumes, it prints what it is to."""
    expect = promise.expect
    if expect.ready is not None:
        transports.settled(expect.ready)
    for service in expect.services:
        if expect.without_volumes:
            with one_offs.without_volumes(service) as bare:
                answer = inside.run_in(bare.container, bare.about, expect.command)
        else:
            answer = inside.run(service, expect.command)
        assert_printed(expect, service, answer)


def assert_printed(expect: Command, service: str, answer: Answer) -> None:
    """Assert the exit code and what was printed."""
    assert answer.exit_code == expect.exit, f"{service}: {answer.short}"
    if expect.stdout is not None:
        assert answer.stdout.strip() == expect.stdout, f"{service}: {answer.short}"
    lines = answer.stdout.splitlines()
    missing = [p for p in expect.lines if not any(re.search(p, line) for line in lines)]
    assert not missing, f"{service}: no line like {missing}: {answer.short}"

"""Printed listings: commands that show the sockets of a stack, on the host and in containers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.shell import Shell

AS_ROOT = 'command -v sudo >/dev/null || { [ "$(id -u)" = 0 ] && sudo() { "$@"; }; }; '
"""Where root runs a command and there is no sudo, the command without it is the same."""


@dataclass(frozen=True, slots=True)
class Listing:
    command: str
    lists: list[str]
    needs: list[str] = field(default_factory=list)


@pytest.mark.promise("docs-listing", expect=Listing, lane="as-printed")
def test_listing(promise: Promise[Listing], shell: Shell) -> None:
    """Typed on the host, the command ends without an error and has a line for each of these."""
    expect = promise.expect
    shell.require(expect.needs)
    if "sudo " in expect.command:
        shell.require_root("sudo may ask for a password; this run is not root's")
    answer = shell.run(AS_ROOT * ("sudo " in expect.command) + expect.command)
    lines = answer.stdout.splitlines()
    missing = [text for text in expect.lists if not any(text in line for line in lines)]

    assert not missing, f"not listed: {missing}; {answer.short}"
    assert answer.exit_code == 0, answer.short


@dataclass(frozen=True, slots=True)
class InnerCommand:
    command: str
    services: list[str]
    lines: list[str]


@pytest.mark.promise("docs-inner-command", expect=InnerCommand, lane="as-printed")
def test_inner_command(promise: Promise[InnerCommand], shell: Shell) -> None:
    """In each container the command prints a line for each of these patterns."""
    expect = promise.expect
    for service in expect.services:
        answer = shell.run(f"docker compose exec -T {service} {expect.command}")
        assert answer.exit_code == 0, f"in {service}: {answer.short}"
        lines = answer.stdout.splitlines()
        missing = [p for p in expect.lines if not any(re.search(p, line) for line in lines)]
        assert not missing, f"in {service}: no line like {missing}; {answer.short}"

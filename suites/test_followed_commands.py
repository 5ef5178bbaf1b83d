"""Followed commands: those that do not end by themselves are watched for a few seconds."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .compose_output import prefixes
from .exits import code

if TYPE_CHECKING:
    from fixtures.host import Host
    from fixtures.promises import Promise
    from fixtures.shell import Answer, Shell

SECONDS = 15.0
"""For new lines to come on a machine that is busy; one that is not needs a tenth of it."""
AGAIN = (12.0, 24.0, 48.0, 48.0)
"""Seconds for `docker stats`, one try after another."""


@dataclass(frozen=True, slots=True)
class Log:
    command: terms.Command
    follows: list[str]
    """The containers whose log it shows, and no other's."""
    contains: list[str] = field(default_factory=list)
    """Texts that are in it."""
    request: str | None = None
    """A request that leaves a line; ``{token}`` stands for a word of its own."""


def followed(promise: Promise[Log], shell: Shell) -> tuple[Answer, str]:
    """Follow the log, with a request that no other log line has; return what it showed."""
    expect, token = promise.expect, secrets.token_hex(8)

    def enough(printed: str) -> bool:
        return not lacking(expect, token, printed)

    def ask() -> None:
        if expect.request is not None:
            shell.fetch(expect.request.format(token=token))

    return shell.follow(expect.command, SECONDS, enough, ask), token


@pytest.mark.promise("printed-command", expect=Log, lane="as-printed", early=followed)
def test_followed_log(promise: Promise[Log], early: tuple[Answer, str]) -> None:
    """It shows the log of these containers alone, with new lines as they come, and does not end."""
    answer, token = early
    expect = promise.expect
    others = prefixes(answer.stdout) - set(expect.follows)

    assert answer.timed_out, f"it ended by itself: {answer.short}"
    assert not lacking(expect, token, answer.stdout)
    assert not others, f"also the log of {sorted(others)}"


def lacking(expect: Log, token: str, printed: str) -> list[str]:
    """Return which of the promised containers and texts are not in what was *printed*."""
    seen = prefixes(printed)
    missing = [f"lines of {name}" for name in expect.follows if name not in seen]
    missing += [text for text in expect.contains if text not in printed]
    if expect.request is not None and token not in printed:
        missing.append("the request that was made meanwhile")
    return missing


@dataclass(frozen=True, slots=True)
class Limits:
    command: terms.Command
    shows_limits: dict[str, str]
    """By container, the memory limit as it is shown."""


def watched(promise: Promise[Limits], shell: Shell) -> Answer:
    """Watch the command until each container's limit is shown.

    `docker stats` prints nothing, or dashes, before every container of the host has reported, and
    one that goes meanwhile never does: it is begun again.
    """
    limits = promise.expect.shows_limits
    for seconds in AGAIN:
        answer = shell.follow(
            promise.expect.command, seconds, lambda printed: shown(printed, limits) == limits
        )
        if set(shown(answer.stdout, limits)) == set(limits):
            break
    return answer


@pytest.mark.promise("printed-command", expect=Limits, lane="as-printed", early=watched)
def test_limits_shown(promise: Promise[Limits], early: Answer) -> None:
    """It shows each container with its memory limit, again and again, and does not end."""
    assert early.timed_out, f"it ended by itself: {early.short}"
    assert shown(early.stdout, promise.expect.shows_limits) == promise.expect.shows_limits


def shown(printed: str, names: dict[str, str]) -> dict[str, str]:
    """Return the limit in the last line of each name: ``... 20MiB / 1GiB ...``."""
    found = {}
    for line in printed.splitlines():
        name = next((word for word in line.split()[:2] if word in names), None)
        limit = re.search(r"/ (\d[\d.]*[kKMGTi]*B)", line)
        if name is not None and limit is not None:
            found[name] = limit.group(1)
    return found


@dataclass(frozen=True, slots=True)
class PortHolder:
    command: terms.Command
    port: terms.Port
    needs: terms.Needs
    root: terms.Root


def asked(promise: Promise[PortHolder], shell: Shell) -> Answer:
    """Run the command, which may look up names of hosts."""
    shell.require(promise.expect.needs)
    shell.require_root(promise.expect.root)
    return shell.run(promise.expect.command, 30)


@pytest.mark.promise("printed-command", expect=PortHolder, lane="as-printed", early=asked)
def test_port_holder(promise: Promise[PortHolder], early: Answer, host: Host) -> None:
    """It names the process that listens on the port."""
    holders = host.listeners(promise.expect.port)
    listed = {word for line in early.stdout.splitlines() for word in line.split()[1:2]}

    assert code(early) == 0, early.short
    assert holders, f"nothing listens on port {promise.expect.port}"
    assert {str(pid) for pid in holders} <= listed, f"listed {sorted(listed)}"

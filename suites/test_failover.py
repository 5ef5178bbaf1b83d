"""Failover: what a balancer's health checks see, and where requests go meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import failover
from .failover import LANE, Story, fail_over, word

if TYPE_CHECKING:
    from fixtures.promises import Promise

PASSED = "UP L7OK 200"


@pytest.mark.promise("balancer", expect=failover.Unhealthy, lane=LANE, early=fail_over)
def test_unhealthy_gets_nothing(
    promise: Promise[failover.Unhealthy], early: dict[str, Story]
) -> None:
    """Once its checks have failed, no request reaches it, none fails, and later it serves again.

    Until then requests may fail: the document promises no failover without errors.

    Cannot see: how many requests fail before the balancer notices.
    """
    seen, server = early[promise.id], promise.expect.upstream
    assert word(seen.rows["before"], server) == PASSED, word(seen.rows["before"], server)
    assert seen.words["switched"] == "200", f"its health cannot be switched: {seen.words}"

    row = word(seen.rows["down"], server)
    assert row.startswith("DOWN"), f"its health fails: {row}"
    down, after = seen.spreads["down"], seen.spreads["after"]
    assert seen.instance not in down.instances, f"while unhealthy: {down.instances}"
    assert down.failed == 0, f"while unhealthy: {down.statuses}"
    assert word(seen.rows["after"], server) == PASSED, word(seen.rows["after"], server)
    assert seen.instance in after.instances, f"healthy again: {after.instances}"
    if seen.death is not None:
        dead = seen.spreads["dead"]
        row = word(seen.rows["dead"], server)
        assert row.startswith("DOWN"), f"killed: {row}"
        assert dead.failed == 0, f"killed and noticed: {dead.statuses}"


@pytest.mark.promise("balancer", expect=failover.OnlyStatus, lane=LANE, early=fail_over)
def test_only_status_passes(promise: Promise[failover.OnlyStatus], early: dict[str, Story]) -> None:
    """With each other status the server goes down for that status, and with this one it is up."""
    expect, seen = promise.expect, early[promise.id]
    passed = f"UP L7OK {expect.passes}"

    assert word(seen.rows["before"], expect.upstream) == passed
    for status in expect.fails:
        row = word(seen.rows[str(status)], expect.upstream)
        assert row == f"DOWN L7STS {status}", f"health answers {status}: {row}"
    assert word(seen.rows["after"], expect.upstream) == passed


@pytest.mark.promise("shutdown", expect=failover.Removed, lane=LANE, early=fail_over)
def test_socket_removed(promise: Promise[failover.Removed], early: dict[str, Story]) -> None:
    """After `docker compose stop` the file is gone, no SIGKILL was needed, and it starts again.

    Cannot see: a stop by SIGKILL, which leaves any socket behind.
    """
    expect, seen = promise.expect, early[promise.id]
    assert seen.answer is not None
    assert seen.vital is not None

    assert seen.answer.exit_code == 0, seen.answer.short
    assert seen.vital.state == "exited", f"it is {seen.vital.state}"
    assert seen.vital.exit_code != 137, "it had to be killed"
    assert seen.words["file"] == "absent", f"{expect.socket} is a {seen.words['file']}"
    row = word(seen.rows["after"], expect.stopped)
    assert row == PASSED, f"started again: {row}"


@pytest.mark.promise("balancer", expect=failover.Stopped, lane=LANE, early=fail_over)
def test_status_shown(promise: Promise[failover.Stopped], early: dict[str, Story]) -> None:
    """All up; then the stopped one down and no other; then all up again."""
    server, seen = promise.expect.stopped, early[promise.id]
    before, down, after = (seen.rows[stage] for stage in ("before", "down", "after"))

    assert before, "the statistics show no server"
    assert {word(before, name) for name in before} == {PASSED}, before
    assert word(down, server) in ("DOWN SOCKERR", "DOWN L4CON"), word(down, server)
    assert {word(down, name) for name in down if name != server} == {PASSED}, down
    assert {word(after, name) for name in after} == {PASSED}, after


@pytest.mark.promise("balancer", expect=failover.LetsIn, lane=LANE, early=fail_over)
def test_mode_lets_in(promise: Promise[failover.LetsIn], early: dict[str, Story]) -> None:
    """Two users; with the documented mode the one reaches the other, with 0600 it does not."""
    expect, seen = promise.expect, early[promise.id]
    server, users = expect.upstream, seen.users

    assert len(set(users.values())) == 2, f"users: {users}"
    assert seen.words["mode"] == expect.mode, f"mode {seen.words['mode']}"
    assert word(seen.rows["before"], server) == PASSED, word(seen.rows["before"], server)
    assert seen.words["closed"] == "done", seen.words["closed"]
    closed = word(seen.rows["down"], server)
    assert closed == "DOWN SOCKERR", f"0600: {closed}"
    assert word(seen.rows["after"], server) == PASSED, word(seen.rows["after"], server)

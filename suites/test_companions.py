"""Companions: what the further compose files of a document bring up, and what they leave alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from . import companion_starts as starts
from . import replication
from .lifecycle import History, each, failures, history

if TYPE_CHECKING:
    from fixtures.companions import Companions
    from fixtures.cycles import Cycle
    from fixtures.inside import Inside
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.talks import Talks
    from fixtures.wanted import Wanted

LANE = "companions"
READ_ONLY = "25006"
"""SQLSTATE read_only_sql_transaction (PostgreSQL manual, appendix A)."""


def bring_up(
    wanted: Wanted, cycle: Cycle, redis: Redis, companions: Companions, inside: Inside
) -> History:
    """Bring up each file beside the stack, and last those that go on top of it."""
    looks = {
        starts.Beside: partial(starts.beside, cycle, companions),
        starts.Apart: partial(starts.apart, cycle, redis, companions),
        replication.Cluster: partial(replication.form, cycle, companions, inside),
        replication.Streaming: partial(replication.stream, cycle, companions, inside),
        starts.OnTop: partial(starts.on_top, cycle, companions),
        starts.OtherEnv: partial(starts.other_env, cycle, companions),
    }
    phases = [
        ((shape,), lambda _cycle, wanted, shape=shape, look=look: each(wanted.of(shape), look))
        for shape, look in looks.items()
    ]
    return history(cycle, wanted, phases)


@pytest.mark.promise("companion", expect=starts.Beside, lane=LANE, early=bring_up)
def test_beside(promise: Promise[starts.Beside], early: History, talks: Talks) -> None:
    """What the command starts answers, and each container of the stack is the one it was.

    About companion: what a document's further compose files bring up, and what they leave
    alone.

    Cannot see: how both work under load.

    About companion: what a document's further compose files bring up, and what they leave
    alone.
    """
    seen: starts.SeenBeside = early.of(promise)
    silent = {
        server.service: seen.words[server.service]
        for server in promise.expect.beside
        if not talks.spoken(server.protocol, seen.words[server.service])
    }

    assert not failures(seen.answer), seen.answer.short
    assert seen.before == seen.after, f"the stack's own containers: {seen.after}"
    assert seen.own, "it is the stack's own project"
    assert not silent, f"not answered: {silent}"
    assert not seen.clashes, f"as printed, both projects have {', '.join(seen.clashes)}"


@pytest.mark.promise("companion", expect=starts.Apart, lane=LANE, early=bring_up)
def test_apart(promise: Promise[starts.Apart], early: History) -> None:
    """What is written there is there and not in the stack's stores, and no volume is in both."""
    seen: starts.SeenApart = early.of(promise)

    assert seen.written == "done", f"to write a row: {seen.written}"
    assert seen.there, "the row is not where it was written"
    assert not seen.shared, f"both use {seen.shared}"
    assert not seen.in_stack, f"in the stack's own database: {seen.in_stack}"
    if seen.unseen:
        # No rows of a failed look are not that there are none.
        raise RuntimeError(f"the stack's own stores could not be looked into: {seen.unseen}")
    assert (seen.cached, seen.cached_in_stack) == (1, 0), "the key is in the stack's own cache"


@pytest.mark.promise("companion", expect=starts.OnTop, lane=LANE, early=bring_up)
def test_on_top(promise: Promise[starts.OnTop], early: History) -> None:
    """The command ends well, and each service of the merged files runs."""
    seen: starts.SeenOnTop = early.of(promise)
    states = {s: "running" if one.up else one.status for s, one in seen.states.items()}
    # One that the command left alone may have been restarted before.
    known = {one.container: one.restarts for one in seen.before.values()}
    again = [s for s, one in seen.states.items() if one.restarts > known.get(one.container, 0)]

    assert not failures(seen.answer), seen.answer.short
    assert states == dict.fromkeys(seen.services, "running"), f"containers: {states}"
    assert not again, f"started again and again: {again}"


@pytest.mark.promise("companion", expect=starts.OtherEnv, lane=LANE, early=bring_up)
def test_other_env(promise: Promise[starts.OtherEnv], early: History) -> None:
    """The container has the value of the other file."""
    expect = promise.expect
    seen: starts.SeenOtherEnv = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert seen.value == expect.value, (
        f"{expect.service} has {expect.variable}={seen.value}, {expect.file} says {expect.value}"
    )


@pytest.mark.promise("companion", expect=replication.Cluster, lane=LANE, early=bring_up)
def test_cluster(promise: Promise[replication.Cluster], early: History) -> None:
    """All slots are served; a node sends elsewhere what is not its own; a replica takes over."""
    expect = promise.expect
    seen: replication.SeenCluster = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert seen.info.get("cluster_state") == "ok", f"cluster_state: {seen.info}"
    assert seen.info.get("cluster_slots_assigned") == str(expect.slots), seen.info
    assert seen.masters == expect.masters, f"{seen.masters} masters"
    assert seen.wrong_node.startswith("MOVED"), f"no node says MOVED: {seen.wrong_node}"
    assert seen.following == "OK", f"a client that follows: {seen.following}"
    assert seen.new_master, "no replica took over from a dead master"
    assert seen.after.get("cluster_state") == "ok", f"without a master: {seen.after}"


@pytest.mark.promise("companion", expect=replication.Streaming, lane=LANE, early=bring_up)
def test_streaming(promise: Promise[replication.Streaming], early: History) -> None:
    """The primary streams; the standby is one, refuses a write, and has what the primary has."""
    seen: replication.SeenStreaming = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert "streaming" in seen.states, f"standbys of the primary: {seen.states}"
    assert seen.recovering == "t", f"pg_is_in_recovery: {seen.recovering}"
    assert READ_ONLY in seen.written, f"a write to the standby: {seen.written or 'done'}"
    assert seen.arrived == "arrived", f"a row of the primary on the standby: {seen.arrived}"

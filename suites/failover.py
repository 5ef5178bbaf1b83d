"""Failover: one copy whose instances turn unhealthy, lose their socket, stop and die, in turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import terms
from .balancing import Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.balancer import Spread
    from fixtures.failovers import Death, Failovers
    from fixtures.haproxy import Row
    from fixtures.shell import Answer
    from fixtures.vitals import Vital
    from fixtures.wanted import Wanted

LANE = "failover"
REQUESTS = 40


@dataclass(frozen=True, slots=True)
class Unhealthy:
    """One server of a pool that fails its checks while it still answers everything else."""

    pool: Pool
    upstream: str
    """The row of the balancer's statistics."""
    service: terms.Service
    status: terms.Status = 503
    dies: bool = False
    """Whether it is also killed, with its socket left behind."""


@dataclass(frozen=True, slots=True)
class OnlyStatus:
    """The one status with which a server passes its checks, and some with which it does not."""

    pool: Pool
    upstream: str
    """The server, by its row in the balancer's statistics."""
    passes: int
    """The status with which a server passes its checks."""
    fails: list[int]
    """Statuses with which it does not."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A server whose instance is stopped and started again."""

    pool: Pool
    stopped: str
    """The row of the balancer's statistics."""
    service: terms.Service


@dataclass(frozen=True, slots=True)
class Removed:
    """A server whose instance is stopped and started again, and the socket that it removes."""

    pool: Pool
    stopped: str
    """The row of the balancer's statistics."""
    service: terms.Service
    socket: terms.Socket
    seen_from: str
    """A service that looks for the file."""


@dataclass(frozen=True, slots=True)
class LetsIn:
    """A server whose socket is closed to other users for a while."""

    pool: Pool
    upstream: str
    """The server, by its row in the balancer's statistics."""
    service: terms.Service
    socket: terms.Socket
    mode: terms.Mode


@dataclass(slots=True)
class Story:
    """What was seen of one promise: the servers' rows by stage, requests, and whatever else."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    spreads: dict[str, Spread] = field(default_factory=dict)
    instance: str = ""
    answer: Answer | None = None
    vital: Vital | None = None
    death: Death | None = None
    words: dict[str, str] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)


def fail_over(wanted: Wanted, failovers: Failovers) -> dict[str, Story]:
    """Do all of it, one after another; the pool is whole again after each."""
    told: dict[str, Story] = {}
    stages: dict[type, Callable[[Any, Failovers], Story]] = {
        Unhealthy: unhealthy,
        OnlyStatus: only_status,
        LetsIn: lets_in,
    }
    for shape, stage in stages.items():
        for promise in wanted.of(shape):
            told[promise.id] = stage(promise.expect, failovers)
    stops: dict[str, Story] = {}
    for promise in wanted.of(Stopped, Removed):
        # One stop serves all who ask for that service's.
        service = promise.expect.service
        if service not in stops or (
            isinstance(promise.expect, Removed) and not stops[service].words
        ):
            stops[service] = stopped(promise.expect, failovers)
        told[promise.id] = stops[service]
    return told


def unhealthy(expect: Unhealthy, failovers: Failovers) -> Story:
    """Let the health fail and see where requests go; then the same with a SIGKILL, if wanted."""
    pool, story = expect.pool, Story(instance=failovers.balancer.instance(expect.service))
    story.rows["before"] = failovers.ready(pool)
    story.words["switched"] = failovers.switch(pool, expect.upstream, expect.status)
    story.rows["down"] = failovers.down(pool, expect.upstream)
    story.spreads["down"] = failovers.spread(pool, REQUESTS)
    failovers.switch(pool, expect.upstream, 200)
    story.rows["after"] = failovers.ready(pool)
    story.spreads["after"] = failovers.spread(pool, REQUESTS // 2)
    if expect.dies:
        story.death = failovers.kill(pool, expect.upstream, expect.service)
        story.rows["dead"] = failovers.down(pool, expect.upstream)
        story.spreads["dead"] = failovers.spread(pool, REQUESTS)
        failovers.revive(pool, expect.upstream, expect.service, story.death)
    return story


def only_status(expect: OnlyStatus, failovers: Failovers) -> Story:
    """Let the health answer each status in turn, until a check has seen it."""
    pool, story = expect.pool, Story()
    story.rows["before"] = failovers.ready(pool)
    for status in expect.fails:
        failovers.switch(pool, expect.upstream, status)
        story.rows[str(status)] = failovers.down(pool, expect.upstream, str(status))
    failovers.switch(pool, expect.upstream, expect.passes)
    story.rows["after"] = failovers.ready(pool)
    return story


def lets_in(expect: LetsIn, failovers: Failovers) -> Story:
    """Close the socket to everybody but its owner, and open it again."""
    pool, story = expect.pool, Story()
    story.rows["before"] = failovers.ready(pool)
    story.users = failovers.users(pool.entry.service, expect.service)
    story.words["mode"] = failovers.mode(expect.service, expect.socket)
    story.words["closed"] = failovers.chmod(expect.service, expect.socket, "0600")
    story.rows["down"] = failovers.down(pool, expect.upstream)
    failovers.chmod(expect.service, expect.socket, expect.mode)
    story.rows["after"] = failovers.ready(pool)
    return story


def stopped(expect: Stopped | Removed, failovers: Failovers) -> Story:
    """Stop the service as an operator does, look, and start it again."""
    pool, story = expect.pool, Story()
    story.rows["before"] = failovers.ready(pool)
    story.answer, story.vital = failovers.stop(expect.service)
    if isinstance(expect, Removed):
        story.words["file"] = failovers.kind(expect.seen_from, expect.socket)
    story.rows["down"] = failovers.down(pool, expect.stopped)
    failovers.start(expect.service)
    story.rows["after"] = failovers.ready(pool)
    return story


def word(rows: dict[str, Any], server: str) -> str:
    """Return status, check and code of *server* in one text, ``no row`` without it."""
    row = rows.get(server)
    return " ".join(filter(None, (row.status, row.check, row.code))) if row else "no row"

"""Memory: what happens when a service wants more than it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.evictions import Evictions, Filling
    from fixtures.memory import Growth, Memory
    from fixtures.promises import Promise
    from fixtures.vitals import Watch
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Limit:
    service: terms.Service
    enforced_memory_bytes: int
    """Beyond this the kernel kills a process."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A process within the limit, and one beyond it."""

    within: Growth
    beyond: Growth


def grow(wanted: Wanted, memory: Memory) -> dict[str, Grown]:
    """Let a process grow in each container: to half of what is left, and beyond the limit."""
    seen = {}
    for promise in wanted.of(Limit):
        service, limit = promise.expect.service, promise.expect.enforced_memory_bytes
        within = memory.grow(service, memory.free(service, limit) // 2)
        # Docker lets a container swap as much again where the host has swap (docker run --memory).
        beyond = memory.grow(service, limit * 5 // 4 + min(limit, memory.swap()))
        seen[service] = Grown(within, beyond)
    return seen


@pytest.mark.promise("resources", expect=Limit, lane="memory", early=grow)
def test_memory_limit_enforced(promise: Promise[Limit], early: dict[str, Grown]) -> None:
    """The kernel kills what grows beyond the limit, the engine tells it, and what is within lives.

    Cannot see: what the service itself does near the limit.
    """
    seen = early[promise.expect.service]

    assert seen.within.word == "grown", f"{seen.within.bytes} bytes: {seen.within.word}"
    assert seen.within.oom_kills == 0, f"{seen.within.bytes} bytes: the kernel killed something"
    assert seen.beyond.word == "killed", f"{seen.beyond.bytes} bytes: {seen.beyond.word}"
    assert seen.beyond.oom_kills >= 1, "it was killed, but not for want of memory"
    assert seen.beyond.oom_events >= 1, "the engine did not tell that it was out of memory"


@dataclass(frozen=True, slots=True)
class Eviction:
    server: Server
    maxmemory_bytes: int
    """What the server is told to hold."""
    hot: float
    """The share of the keys in use that must be left."""
    cold: float
    """The share of the unused keys that may be left."""


def overfill(wanted: Wanted, evictions: Evictions) -> dict[str, tuple[Filling, Watch]]:
    """Write a quarter more than each server is told to hold."""
    expects = [promise.expect for promise in wanted.of(Eviction)]
    return {e.server.service: evictions.fill(e.server, e.maxmemory_bytes * 5 // 4) for e in expects}


@pytest.mark.promise("redis", expect=Eviction, lane="eviction", early=overfill)
def test_evicts_least_recent(
    promise: Promise[Eviction], early: dict[str, tuple[Filling, Watch]]
) -> None:
    """A full server goes on taking writes; it drops keys that were not used for long.

    Cannot see: which single key goes first: Redis takes samples.
    """
    expect = promise.expect
    filling, after = early[expect.server.service]
    mebibytes = filling.written >> 20

    assert filling.word == "written", (
        f"{filling.word} after {mebibytes} MiB with {filling.evicted} keys evicted; "
        f"out of memory {filling.out_of_memory} times, {after.last.restarts} restarts"
    )
    assert after.last.restarts == 0, f"it was restarted {after.last.restarts} times"
    assert filling.evicted > 0, f"nothing was evicted with {mebibytes} MiB written"
    assert filling.hot >= expect.hot, f"{filling.hot:.0%} of the keys in use are left"
    assert filling.cold <= expect.cold, f"{filling.cold:.0%} of the unused keys are left"

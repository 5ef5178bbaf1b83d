"""Upstreams: what a proxy finds under the names of its upstreams, and what it does without one.

nginx resolves the names of its configuration once, at start and at each reload.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .balancing import Place

if TYPE_CHECKING:
    from fixtures.backends import Backends
    from fixtures.balancer import Balancer, Spread
    from fixtures.http import Http
    from fixtures.networks import Networks
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.wanted import Wanted

START = 60.0
SETTLE = 15.0
STOPPED = 10
"""Requests while one instance is stopped."""
PATIENCE = 10.0
"""Seconds of a client whose request goes to the stopped instance first."""


@dataclass(frozen=True, slots=True)
class UpstreamNames:
    service: terms.Service
    port: terms.Port
    names: list[str]
    """Services that the proxy knows by their names."""
    replaced: str
    """``service:port`` of the one that goes and comes back elsewhere."""
    path: str
    """Where the proxy leads to it."""


@dataclass(frozen=True, slots=True)
class RoundRobin:
    entry: Place
    """Where the requests go."""
    identity: str
    """The header in which an instance names itself."""
    backend: str
    """``service:port`` of the application."""
    times: int
    """How many requests are sent."""
    least: int
    """The fewest that an instance may answer."""
    most: int
    """The most that an instance may answer."""


@dataclass(frozen=True, slots=True)
class Balanced:
    """Who answered with all instances there, and with one of them stopped."""

    instances: list[str]
    spread: Spread
    without_one: Spread


@dataclass(frozen=True, slots=True)
class Replaced:
    """An upstream before and after it went: where it is, where its name leads, who answers."""

    before: list[str]
    after: list[str]
    resolved: list[str]
    again: int | str
    """The status on its path, once nginx has started anew after a start without the name."""
    reloaded: int | str
    by_itself: bool
    """Whether the new process was the one that answered after the reload."""


@dataclass(slots=True)
class History:
    """What was seen, by the id of the promise."""

    balanced: dict[str, Balanced] = field(default_factory=dict)
    replaced: dict[str, Replaced] = field(default_factory=dict)


def disturb(
    wanted: Wanted, balancer: Balancer, backends: Backends, networks: Networks,
    http: Http, shell: Shell,
) -> History:  # fmt: skip
    """Stop an instance and start it again; then take an upstream away and bring it back."""
    seen = History()
    for promise in wanted.of(RoundRobin):
        expect = promise.expect
        service = expect.backend.partition(":")[0]
        # Asked without the proxy: it avoids for a while an instance that was not up yet.
        backends.tokens(expect.backend)
        instances = backends.instances(service)
        spread = balancer.spread(expect.entry, expect.identity, expect.times)
        with backends.one_stopped(service):
            without_one = balancer.spread(expect.entry, expect.identity, STOPPED, PATIENCE)
        seen.balanced[promise.id] = Balanced(instances, spread, without_one)
    for promise in wanted.of(UpstreamNames):
        expect = promise.expect
        name = expect.replaced.partition(":")[0]
        before = backends.addresses(name, expect.service)
        shell.run(f"docker compose stop -t 1 {name}", START)
        # Evidence alone: it is not promised what the proxy does without the name.
        shell.run(f"docker compose restart -t 1 {expect.service}", START)
        backends.ended(expect.service, SETTLE)
        shell.run(f"docker compose logs --no-log-prefix --tail 3 {expect.service}", START)
        shell.run("docker compose up -d", START)
        again = http.until(expect.service, expect.port, expect.path, 200, SETTLE)
        shell.run(f"docker compose rm -sf {name}", START)
        with backends.address_taken(name):
            shell.run(f"docker compose up -d --no-deps {name}", START)
        http.get(expect.service, expect.port, expect.path)  # evidence: it has the old address
        shell.run(f"docker compose exec -T {expect.service} nginx -s reload", START)
        tokens = backends.tokens(expect.replaced)
        reloaded = http.until(expect.service, expect.port, expect.path, 200, SETTLE)
        echo = reloaded.echo()
        seen.replaced[promise.id] = Replaced(
            before,
            backends.addresses(name, expect.service),
            sorted(networks.resolve_from(expect.service, name).addresses),
            again.status,
            reloaded.status,
            echo is not None and echo.process in tokens,
        )
    return seen


@pytest.mark.promise("service-name", expect=UpstreamNames)
def test_upstream_names(
    promise: Promise[UpstreamNames], networks: Networks, backends: Backends
) -> None:
    """For the service each name stands for the containers of that service, all and no other."""
    expect = promise.expect
    for name in expect.names:
        seen = networks.resolve_from(expect.service, name)
        there = backends.addresses(name, expect.service)
        assert there, f"{name} has no container on a network of {expect.service}"
        assert sorted(seen.addresses) == there, f"{name}: {seen.word} {list(seen.addresses)}"


@pytest.mark.promise("service-name", expect=UpstreamNames, lane="upstreams", early=disturb)
def test_upstream_comes_back(promise: Promise[UpstreamNames], early: History) -> None:
    """An upstream that went and came back is found at its new address, once nginx looks again."""
    seen = early.replaced[promise.id]

    assert seen.again == 200, f"with all names back and nginx started: {seen.again}"
    assert seen.before != seen.after, f"it came back to {seen.after}, so nothing was to be seen"
    assert seen.resolved == seen.after, f"the name leads to {seen.resolved}, it is at {seen.after}"
    assert seen.reloaded == 200, f"after a reload: {seen.reloaded}"
    assert seen.by_itself, "after a reload another process answered"


@pytest.mark.promise("balancer", expect=RoundRobin, lane="upstreams", early=disturb)
def test_round_robin(promise: Promise[RoundRobin], early: History) -> None:
    """Each instance answers its share; with one stopped, the others answer every request."""
    expect, seen = promise.expect, early.balanced[promise.id]
    shares = seen.spread.instances

    assert len(seen.instances) > 1, f"instances: {seen.instances}"
    assert sorted(shares) == seen.instances, f"answered by {shares}, there are {seen.instances}"
    assert seen.spread.failed == 0, seen.spread.statuses
    assert all(expect.least <= n <= expect.most for n in shares.values()), f"shares: {shares}"
    assert seen.without_one.failed == 0, f"with one stopped: {seen.without_one.statuses}"

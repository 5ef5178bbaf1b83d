"""Balancer: where it listens, which servers stand behind it, and how it shares requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from . import terms
from .balancing import HIDDEN, Place, Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.balancer import Balancer
    from fixtures.http import Http
    from fixtures.networks import Networks
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.watches import Watches


@dataclass(frozen=True, slots=True)
class Entry:
    entry: Place
    """What is asked for."""
    status: terms.Status
    host_port: terms.HostPort


@pytest.mark.promise("published-port", expect=Entry)
def test_entry(promise: Promise[Entry], http: Http, networks: Networks) -> None:
    """The service itself listens on the port, and a request through it is answered."""
    entry = promise.expect.entry
    answer = http.until(entry.service, entry.port, entry.path, promise.expect.status)

    assert entry.port in networks.listening(entry.service)
    assert answer.status == promise.expect.status, f"{entry.path}: {answer.status}"


@pytest.mark.promise("published-port", expect=Entry, lane="as-printed")
def test_entry_on_host(promise: Promise[Entry], http: Http, shell: Shell) -> None:
    """On the documented host, the same port number answers."""
    expect = promise.expect
    entry = expect.entry
    http.until(entry.service, entry.port, entry.path, expect.status)
    seen = shell.fetch(f"http://localhost:{expect.host_port}{entry.path}")

    assert seen == expect.status, f"port {expect.host_port}: {seen}"


@dataclass(frozen=True, slots=True)
class Instances:
    pool: Pool
    services: terms.Services
    times: int = 40
    """How many requests are sent."""


@pytest.mark.promise("balancer", expect=Instances)
def test_instances(promise: Promise[Instances], balancer: Balancer) -> None:
    """Requests are answered by these services' containers and no other, one server row each.

    Cannot see: an instance that the balancer does not know and nobody asks.
    """
    expect, pool = promise.expect, promise.expect.pool
    servers = balancer.ready(pool.stats, pool.backend)
    spread = balancer.spread(pool.entry, pool.identity, expect.times)
    names = {balancer.instance(service) for service in expect.services}

    assert len(servers) == len(expect.services), f"servers: {sorted(servers)}"
    assert set(spread.instances) == names, f"answered by {spread.instances}; {spread.statuses}"


@dataclass(frozen=True, slots=True)
class Backend:
    pool: Pool


@pytest.mark.promise("balancer", expect=Backend)
def test_backend(promise: Promise[Backend], balancer: Balancer) -> None:
    """The backend of this name takes the requests.

    About balancer: a load balancer's servers, its checks of them, and where requests go.
    """
    pool = promise.expect.pool
    before = balancer.ready(pool.stats, pool.backend)
    balancer.spread(pool.entry, pool.identity, 4)
    after = balancer.servers(pool.stats, pool.backend)

    assert before, f"the statistics name no backend {pool.backend}"
    chosen = sum(row.chosen for row in after.values()) - sum(r.chosen for r in before.values())
    assert chosen >= 4, f"{pool.backend} took {chosen} of 4 requests"


@dataclass(frozen=True, slots=True)
class Servers:
    pool: Pool
    servers: list[str]
    """The servers of the backend, by name."""


@pytest.mark.promise("balancer", expect=Servers)
def test_servers(promise: Promise[Servers], balancer: Balancer) -> None:
    """The backend has exactly these servers."""
    expect = promise.expect
    found = balancer.servers(expect.pool.stats, expect.pool.backend)

    assert sorted(found) == sorted(expect.servers)


@dataclass(frozen=True, slots=True)
class Addresses:
    pool: Pool
    addresses: dict[str, str]
    """By server, the address in the balancer's configuration."""
    family: str
    """The family of all addresses in use, such as ``unix``."""


@pytest.mark.promise("balancer", expect=Addresses)
def test_addresses(
    promise: Promise[Addresses], balancer: Balancer, unobservable: Callable[[str], NoReturn]
) -> None:
    """The running balancer uses addresses of this family, and its configuration names these.

    Cannot see: addresses that the statistics hide, and a configuration that is not at its place.
    """
    expect, pool = promise.expect, promise.expect.pool
    found = balancer.ready(pool.stats, pool.backend)
    families = {name: row.address for name, row in found.items()}
    named = balancer.addresses(pool.stats.service, pool.backend)

    assert sorted(families) == sorted(expect.addresses), families
    assert set(families.values()) <= {expect.family, ""}, families
    assert named in ({}, expect.addresses), f"in the configuration: {named}"
    if "" in families.values():
        unobservable(HIDDEN.format("addresses"))
    if not named:
        unobservable(f"the configuration at its usual place names no server of {pool.backend}")


@dataclass(frozen=True, slots=True)
class Balanced:
    pool: Pool
    algorithm: str
    """The algorithm, as the balancer names it."""
    times: int = 100
    """How many requests are sent."""
    tolerance: int = 2
    """By how many requests a share may differ from an equal one."""
    longest_run: int = 5
    """How many requests in a row one instance may get."""


@pytest.mark.promise("balancer", expect=Balanced)
def test_balanced(
    promise: Promise[Balanced], balancer: Balancer, unobservable: Callable[[str], NoReturn]
) -> None:
    """Equal shares by instance, by the balancer's own count, and no long runs of one instance.

    Cannot see: weights, how shares are under load, and an algorithm that the statistics hide.
    """
    expect, pool = promise.expect, promise.expect.pool
    before = balancer.ready(pool.stats, pool.backend)
    spread = balancer.spread(pool.entry, pool.identity, expect.times)
    after = balancer.servers(pool.stats, pool.backend)
    chosen = {name: row.chosen - before[name].chosen for name, row in after.items()}
    rows = balancer.rows(pool.stats)
    algorithms = [r.algorithm for r in rows if (r.backend, r.server) == (pool.backend, "BACKEND")]

    assert after, f"the statistics name no backend {pool.backend}"
    assert spread.failed == 0, spread.statuses
    for seen in (spread.instances, chosen):
        share = expect.times / len(after)
        assert len(seen) == len(after), f"shares of {expect.times}: {seen}"
        assert all(abs(n - share) <= expect.tolerance for n in seen.values()), f"shares: {seen}"
    assert spread.longest_run <= expect.longest_run, f"{spread.longest_run} in a row"
    if algorithms == [""]:
        unobservable(HIDDEN.format("algorithms"))
    assert algorithms == [expect.algorithm], algorithms


@dataclass(frozen=True, slots=True)
class Body:
    pool: Pool
    bytes: int
    """The size of the request's body."""
    services: terms.Services


@pytest.mark.promise("balancer", expect=Body)
def test_body(promise: Promise[Body], balancer: Balancer) -> None:
    """Each instance answers with the digest of the very bytes that were sent."""
    expect, pool = promise.expect, promise.expect.pool
    balancer.ready(pool.stats, pool.backend)
    # One request more than turns: another check's last request may have been the first's turn.
    seen = [
        balancer.digest(pool.entry, pool.identity, expect.bytes)
        for _ in range(2 * len(expect.services))
    ]

    assert all(one.status == 200 and one.whole for one in seen), f"came back: {seen}"
    names = {balancer.instance(service) for service in expect.services}
    assert {one.instance for one in seen} == names, f"answered by {seen}"


@dataclass(frozen=True, slots=True)
class Checked:
    pool: Pool
    services: terms.Services
    line: str
    """What such a request leaves in an instance's log."""
    result: str = "L7OK"
    """What the balancer calls a passed check."""
    least: int = 2
    """How many such lines there must be."""
    seconds: float = 9.0
    """How long the logs are watched."""


@pytest.mark.promise("balancer", expect=Checked, late=True)
def test_checks(promise: Promise[Checked], balancer: Balancer, watches: Watches) -> None:
    """While nobody else asks, each instance logs such requests, and the balancer is content."""
    expect, pool = promise.expect, promise.expect.pool
    rows = balancer.ready(pool.stats, pool.backend)
    counts = watches.lines(expect.services, expect.line, expect.least, expect.seconds)

    assert all(count >= expect.least for count in counts.values()), (
        f"{expect.line!r} in the logs of {expect.seconds:g} s: {counts}"
    )
    checks = {name: (row.status, row.check) for name, row in rows.items()}
    assert checks, f"the statistics name no backend {pool.backend}"
    assert set(checks.values()) == {("UP", expect.result)}, checks

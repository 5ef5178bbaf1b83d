"""TCP fallback: the same stack without Unix sockets, and what that needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from . import terms
from .balancing import HIDDEN, Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.balancer import Balancer
    from fixtures.config import Config
    from fixtures.inner_http import InnerHttp
    from fixtures.networks import Networks
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class TcpBackend:
    pool: Pool
    servers: dict[str, str]
    """The service behind each server."""
    port: terms.Port
    folder: str
    """The sockets' folder in the containers, which stays empty."""
    times: int = 20
    """How many requests are sent."""


@pytest.mark.promise("balancer", expect=TcpBackend)
def test_tcp_backend(
    promise: Promise[TcpBackend],
    balancer: Balancer,
    networks: Networks,
    probes: ProbeContainers,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """Each server is an address and this port, passes its checks, serves its share; no sockets.

    Cannot see: addresses that the statistics hide.
    """
    expect, pool = promise.expect, promise.expect.pool
    rows = balancer.ready(pool.stats, pool.backend)
    spread = balancer.spread(pool.entry, pool.identity, expect.times)
    wanted = {
        server: {f"{address}:{expect.port}" for address in networks.addresses(service).values()}
        for server, service in expect.servers.items()
    }

    assert sorted(rows) == sorted(wanted), f"servers: {sorted(rows)}"
    for server, row in rows.items():
        assert (row.status, row.check) == ("UP", "L7OK"), f"{server}: {row}"
        assert row.address in {"", *wanted[server]}, f"{server}: {row.address}"
    assert spread.failed == 0, spread.statuses
    share = expect.times // len(wanted)
    shares = {s: spread.instances.get(balancer.instance(s), 0) for s in expect.servers.values()}
    assert set(shares.values()) == {share}, f"shares: {shares}"
    for service in expect.servers.values():
        names = probes.beside(service).listdir(expect.folder).names
        assert not names, f"in {expect.folder}: {names}"
    if not all(row.address for row in rows.values()):
        unobservable(HIDDEN.format("addresses"))


@dataclass(frozen=True, slots=True)
class Exposure:
    asked_from: terms.AskedFrom
    services: terms.Services
    port: terms.Port
    path: terms.Path


@pytest.mark.promise("published-port", expect=Exposure)
def test_exposure_needed(promise: Promise[Exposure], config: Config, inner_http: InnerHttp) -> None:
    """While no port stands in the compose file, the neighbour does not reach the services."""
    expect = promise.expect
    for service in expect.services:
        declared = [config.service(service, key) for key in ("ports", "expose")]
        if any(one not in ("absent", []) for one in declared):
            raise LookupError(f"{service} has ports in the compose file: {declared}")
    seen = {
        service: inner_http.get(
            expect.asked_from, f"tcp://{service}:{expect.port}", expect.path
        ).status
        for service in expect.services
    }

    assert not any(isinstance(status, int) for status in seen.values()), (
        f"without `ports` and `expose`, asked from {expect.asked_from}: {seen}"
    )

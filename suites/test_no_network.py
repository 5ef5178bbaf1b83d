"""No network: services that listen on no TCP port, and serve when they are cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .balancing import Pool

if TYPE_CHECKING:
    from fixtures.balancer import Balancer
    from fixtures.networks import Networks
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise

DOCKER_DNS = "127.0.0.11"


@dataclass(frozen=True, slots=True)
class NoTcp:
    services: terms.Services
    asked_from: terms.AskedFrom
    ports: list[int]
    """Ports that are tried."""


@pytest.mark.promise("unix-socket", expect=NoTcp)
def test_no_tcp_listener(
    promise: Promise[NoTcp], probes: ProbeContainers, networks: Networks
) -> None:
    """In the services' network namespaces nothing listens on TCP, nor is anything published.

    The kernel's own list of sockets is complete; a few ports are tried from a neighbour as well.
    """
    assert_no_tcp(promise.expect, probes, networks)


@dataclass(frozen=True, slots=True)
class WithoutNetwork:
    pool: Pool
    services: terms.Services
    asked_from: terms.AskedFrom
    ports: list[int]
    """Ports that are tried."""


@pytest.mark.promise("transport", expect=WithoutNetwork, late=True)
def test_works_without_network(
    promise: Promise[WithoutNetwork],
    probes: ProbeContainers,
    networks: Networks,
    balancer: Balancer,
) -> None:
    """Nothing of the services is open on the network; cut off from it, they serve as before."""
    expect, pool = promise.expect, promise.expect.pool
    assert_no_tcp(expect, probes, networks)
    balancer.ready(pool.stats, pool.backend)
    with networks.without(expect.services):
        addresses = {service: networks.addresses(service) for service in expect.services}
        spread = balancer.spread(pool.entry, pool.identity, 20)

    assert not any(addresses.values()), f"still on a network: {addresses}"
    assert spread.failed == 0, f"cut off: {spread.statuses}"
    names = {balancer.instance(service) for service in expect.services}
    assert set(spread.instances) == names, f"cut off: {spread.instances}"


def assert_no_tcp(
    expect: NoTcp | WithoutNetwork, probes: ProbeContainers, networks: Networks
) -> None:
    """Assert that the services neither listen on TCP nor publish anything."""
    for service in expect.services:
        listening = [
            f"{one.local}:{one.local_port}"
            for one in probes.beside(service).tcp_sockets()
            if one.state == "listening" and one.local != DOCKER_DNS
        ]
        assert not listening, f"{service} listens on {listening}"
        assert not networks.published(service), f"{service}: {networks.published(service)}"
        for address in networks.addresses(service).values():
            places = {str(port): f"{address}:{port}" for port in expect.ports}
            words = networks.connect_from(expect.asked_from, places)
            assert "connected" not in words.values(), f"{service} from a neighbour: {words}"

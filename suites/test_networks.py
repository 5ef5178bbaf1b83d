"""Networks: who is on which, which names they know, and what is reached from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.host import Host
    from fixtures.lanes import Lane
    from fixtures.networks import Networks
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class NetworkDriver:
    network: terms.Network
    driver: str
    """The driver's name."""


@pytest.mark.promise("network", expect=NetworkDriver)
def test_network_driver(promise: Promise[NetworkDriver], config: Config) -> None:
    """The network uses this driver; a network that names none is a bridge."""
    network = config.get("networks", promise.expect.network)

    assert isinstance(network, dict), f"no network {promise.expect.network}: {network}"
    assert network.get("driver", "bridge") == promise.expect.driver


@pytest.mark.promise("network", expect=NetworkDriver, lane="shared")
def test_driver(promise: Promise[NetworkDriver], networks: Networks) -> None:
    """The engine itself made the network with this driver."""
    found = networks.of(promise.expect.network)

    assert found.word == "there", f"no network {promise.expect.network}"
    assert found.driver == promise.expect.driver


@dataclass(frozen=True, slots=True)
class Members:
    network: terms.Network
    services: terms.Services


@pytest.mark.promise("network", expect=Members)
def test_members(promise: Promise[Members], networks: Networks) -> None:
    """Exactly these services of the stack are on the network, or were when they did their work.

    About network: a network of the stack: its name, its driver, who is on it, who gets in.

    Cannot see: containers that other projects put on the network later.
    """
    found = networks.of(promise.expect.network)

    assert found.word == "there", f"no network {promise.expect.network}"
    services = promise.expect.services
    assert found.those(services) == sorted(services)


@dataclass(frozen=True, slots=True)
class NetworkName:
    name: str
    """The name, as the engine knows it."""
    services: terms.Services


@pytest.mark.promise("network", expect=NetworkName, lane="as-printed")
def test_name(promise: Promise[NetworkName], networks: Networks) -> None:
    """The engine knows the network by this very name, with these services on it.

    One that was to end, and has with 0, counts by where it was.
    """
    found = networks.named(promise.expect.name)

    assert found.word == "there", f"the engine knows no network {promise.expect.name}"
    services = promise.expect.services
    assert found.those(services) == sorted(services)


@dataclass(frozen=True, slots=True)
class ServiceName:
    network: terms.Network
    name: str
    """The name that is resolved."""
    service: terms.Service
    port: terms.Port
    within_seconds: float = 0.0
    """How long the port may take to answer."""


@pytest.mark.promise("service-name", expect=ServiceName)
def test_service_name(promise: Promise[ServiceName], networks: Networks) -> None:
    """On the network the name resolves to the service's address, and its port answers there.

    About service-name: names of services, and who can use them.

    Cannot see: resolvers that a program brings itself.
    """
    expect = promise.expect
    address = networks.addresses(expect.service).get(expect.network, "no address")
    seen = networks.resolve_from_inside(expect.network, [expect.name])[expect.name]

    assert list(seen.addresses) == [address], f"{expect.name}: {seen.word}, not {address}"
    place = {"it": f"{expect.name}:{expect.port}"}
    words = networks.connect_from_inside(expect.network, place, expect.within_seconds)
    assert words["it"] == "connected"


@dataclass(frozen=True, slots=True)
class UnknownName:
    unknown_on_host: list[str]
    """Names that a process of the host cannot resolve."""


@pytest.mark.promise("service-name", expect=UnknownName)
def test_name_unknown_on_host(promise: Promise[UnknownName], host: Host, lane: Lane) -> None:
    """Neither we nor the stack's own processes on the host can resolve these names."""
    processes = [None, *(process.pid for process in lane.host.values())]
    names = promise.expect.unknown_on_host
    seen = {name: [host.resolve(name, process) for process in processes] for name in names}

    assert all(set(found) == {"unknown"} for found in seen.values()), seen


@dataclass(frozen=True, slots=True)
class Reaches:
    asked_from: terms.AskedFrom
    name: str
    """The name that is connected to."""
    port: terms.Port


@pytest.mark.promise("service-name", expect=Reaches)
def test_reaches(promise: Promise[Reaches], networks: Networks) -> None:
    """From beside the service, a connection to this name and port succeeds."""
    expect = promise.expect
    seen = networks.connect_from(expect.asked_from, {"it": f"{expect.name}:{expect.port}"})

    assert seen["it"] == "connected", f"{expect.name}:{expect.port} {seen['it']}"


@dataclass(frozen=True, slots=True)
class OuterPorts:
    open: list[int]
    """Ports that accept connections."""
    closed: list[int]
    """Ports that are closed."""


@pytest.mark.promise("published-port", expect=OuterPorts, lane="as-printed")
def test_outer_ports(promise: Promise[OuterPorts], host: Host) -> None:
    """At an address that other hosts use, only these of the ports accept connections.

    Cannot see: firewalls beyond this host.
    """
    expect = promise.expect
    seen = host.connect([*expect.open, *expect.closed], host.outer_address())
    wrongly_open = [port for port in expect.closed if seen[port] == "connected"]

    assert not wrongly_open, f"open to other hosts: {wrongly_open}"
    assert all(seen[port] == "connected" for port in expect.open), seen

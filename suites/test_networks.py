"""Networks: who is on which, which names they know, and what is reached from where."""

from __future__ import annotations

import time
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

EVERYBODYS = ("bridge", "host", "none", "container")
AT_HOME = 10.0
"""Seconds in which what listens is reached on its own network, however busy the host is."""
PAUSES = (0.5, 1.0)
"""Seconds before what was reached from elsewhere is tried again."""


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
class OwnNetwork:
    network: terms.Network
    driver: str
    """The driver's name."""
    ports: dict[str, int]
    """By service, a port that it listens on."""


@pytest.mark.promise("network", expect=OwnNetwork)
def test_own_network(promise: Promise[OwnNetwork], networks: Networks) -> None:
    """The services share one network of their own, and from another bridge nobody gets in.

    Cannot see: hosts that route to Docker's networks.
    """
    expect = promise.expect
    found = networks.of(expect.network)

    assert found.word == "there", f"no network {expect.network}"
    assert found.driver == expect.driver
    assert found.name not in EVERYBODYS
    assert not found.strangers, f"also on it: {', '.join(found.strangers)}"
    places: dict[str, str] = {}
    for service, port in expect.ports.items():
        joined = networks.addresses(service)
        assert list(joined) == [expect.network], f"{service} is on {sorted(joined)}"
        places[service] = f"{joined[expect.network]}:{port}"
    assert_blocked(networks, expect.network, places)

    for name, seen in networks.resolve_from_elsewhere(expect.ports).items():
        address = places[name].partition(":")[0]
        assert address not in seen.addresses, f"elsewhere, {name} resolves to the service"


@dataclass(frozen=True, slots=True)
class PublishedOnly:
    network: terms.Network
    published: dict[str, list[int]]
    """By service, the ports that it publishes."""


@pytest.mark.promise("network", expect=PublishedOnly)
def test_reached_by_published_ports_only(
    promise: Promise[PublishedOnly], networks: Networks, host: Host
) -> None:
    """No listening port of a service is open on the host or another bridge unless published."""
    expect = promise.expect
    places: dict[str, str] = {}
    unpublished: set[int] = set()
    for service, published in expect.published.items():
        joined = networks.addresses(service)
        assert expect.network in joined, f"{service} is on {sorted(joined)}"
        assert not {"host", "bridge"} & set(joined), f"{service} is on {sorted(joined)}"
        assert networks.published(service) == sorted(published)
        listening = networks.listening(service)
        assert listening, f"{service} listens on no port"
        places |= {f"{service}:{port}": f"{joined[expect.network]}:{port}" for port in listening}
        unpublished |= set(listening) - set(published)
    assert_blocked(networks, expect.network, places)
    open_on_host = host.connect(sorted(unpublished))

    assert "connected" not in open_on_host.values(), f"open on the host: {open_on_host}"


def assert_blocked(networks: Networks, network: str, places: dict[str, str]) -> None:
    """Assert that *places* accept connections on *network* and get none from another bridge.

    What is reached is tried again: while Docker makes any network, it takes the rule that keeps
    bridges apart away for milliseconds and puts it back (libnetwork, EnsureJumpRule).
    """
    inside = networks.connect_from_inside(network, places, within=AT_HOME)
    closed = {name: word for name, word in inside.items() if word != "connected"}
    assert not closed, f"not even reached on {network}: {closed}"
    reached = places
    for pause in (0.0, *PAUSES):
        time.sleep(pause)
        words = networks.connect_from_elsewhere(reached)
        reached = {n: reached[n] for n, w in words.items() if w in ("connected", "refused")}
        if not reached:
            break
    assert not reached, f"reached from another bridge network: {reached}"


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

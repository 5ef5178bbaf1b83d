"""Isolation: networks of a stack's own, and what from outside of them is reached."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.host import Host
    from fixtures.networks import Networks
    from fixtures.promises import Promise

EVERYBODYS = ("bridge", "host", "none", "container")
AT_HOME = 10.0
"""Seconds in which what listens is reached on its own network, however busy the host is."""
PAUSES = (0.5, 1.0)
"""Seconds before what was reached from elsewhere is tried again."""


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

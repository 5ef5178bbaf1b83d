"""Transports: which door of a server its clients really use, seen from outside of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.client_traffic import ClientTraffic
    from fixtures.one_offs import OneOffs
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.sightings import Sightings
    from fixtures.transports import Transports

UNIX, TCP = "unix", "tcp"
DEAD = 4.0
"""Seconds in which a client that falls back from a dead socket has done so."""


@dataclass(frozen=True, slots=True)
class InUse:
    client: terms.Client
    server: Server
    transport: str
    """What the connections are: ``unix`` or ``tcp``."""
    door: str | None = None
    """Where the client itself tells what its servers see: ``host:port/path``."""
    key: str = ""
    """Under which key the client tells of this server."""


@pytest.mark.promise("transport", expect=InUse)
def test_transport_in_use(
    promise: Promise[InUse],
    probes: ProbeContainers,
    transports: Transports,
    sightings: Sightings,
    client_traffic: ClientTraffic,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """Kernel, server and client agree: the client has connections of this transport alone.

    PostgreSQL and Redis are asked too where the client bears its service's name there, as
    application_name or by CLIENT SETNAME; a client's own door is asked where it is given.

    About transport: which way clients take to their servers, seen from outside of both.

    Cannot see: connections that were closed before it looked.
    """
    expect, server = promise.expect, promise.expect.server
    transports.settled(server.service)
    probe = probes.beside(expect.client)
    links = client_traffic.linked(probe, server)
    status = None
    if expect.door is not None:
        status = client_traffic.served(probe, expect.door, expect.key)
        # What asks at its door may be what makes it connect.
        if status.get("word") == "answered" and not (links.unix or links.tcp):
            links = client_traffic.linked(probe, server)
    seen = {UNIX: links.unix, TCP: len(links.tcp)}
    other = TCP if expect.transport == UNIX else UNIX
    assert seen[other] == 0, f"{expect.client} has also connections over {other}: {links}"
    if status is not None:
        assert status.get("word") == "answered", f"{expect.client}: {status}"
        assert told(status["saw"]) == expect.transport, f"{expect.client}: {status}"
        if not seen[expect.transport]:
            unobservable(f"{expect.client} is answered, but keeps no connection to be seen")
    assert seen[expect.transport] > 0, f"{expect.client} has no such connection: {links}"
    if server.protocol != "grpc":
        named = sightings.named(server, expect.client)
        assert set(named) <= {expect.transport}, f"{server.service} sees {named}"


@dataclass(frozen=True, slots=True)
class NoTcp:
    clients: terms.Clients
    servers: list[Server]
    """The servers that it is about."""
    seconds: float
    """How long connections are sampled."""


def sampled(
    promise: Promise[NoTcp], client_traffic: ClientTraffic, transports: Transports
) -> dict[str, list[str]]:
    """Watch the clients' namespaces for a while, once everything is up."""
    for server in promise.expect.servers:
        transports.settled(server.service)
    expect = promise.expect
    return client_traffic.tcp_seen(expect.clients, expect.servers, expect.seconds)


@pytest.mark.promise("transport", expect=NoTcp, early=sampled)
def test_no_tcp_between(
    promise: Promise[NoTcp],
    early: dict[str, list[str]],
    probes: ProbeContainers,
    client_traffic: ClientTraffic,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """No client has a TCP connection to a server at any moment, and each has a Unix one to each.

    A server that is among the clients need not have one to itself.

    Cannot see: connections that live less than a sample's distance.
    """
    found = {pair: states for pair, states in early.items() if states}
    assert not found, f"over TCP: {found}"
    unseen = []
    for client in promise.expect.clients:
        probe = probes.beside(client)
        others = [server for server in promise.expect.servers if server.service != client]
        used = {s.service: client_traffic.linked(probe, s).unix for s in others}
        assert any(used.values()), f"{client} uses none of the sockets"
        unseen += [f"{client} to {service}" for service, links in used.items() if not links]
    if unseen:
        # Neither way was seen: a client that does not get there looks like one that does not try.
        unobservable(f"no connection was open: {', '.join(unseen)}")


@dataclass(frozen=True, slots=True)
class Chosen:
    service: terms.Service
    server: Server
    transport: str
    """What the connections are: ``unix`` or ``tcp``."""
    door: terms.Door
    key: str
    """Under which key the client tells of this server."""
    command: list[str]
    """The words that start the client."""
    set: terms.Set
    unset: terms.Unset
    without: list[str]
    """Volumes that are left out."""
    network: terms.Network = "project"
    variables: dict[str, str] | None = None
    """What the service's own container is given."""
    dead: dict[str, str] | None = None
    """A socket path where nothing listens: what the client does then is evidence, no promise."""


@pytest.mark.promise("transport", expect=Chosen)
def test_client_chooses(
    promise: Promise[Chosen],
    one_offs: OneOffs,
    transports: Transports,
    client_traffic: ClientTraffic,
) -> None:
    """With these variables a one-off of the client is served, over this transport alone."""
    expect, server = promise.expect, promise.expect.server
    transports.settled(server.service)
    if expect.variables is not None:
        given = client_traffic.variables(expect.service)
        seen = {name: given.get(name) for name in expect.variables}
        assert seen == expect.variables, f"{expect.service} is given {seen}"
    change = one_offs.changed(
        set=expect.set, unset=expect.unset, without=expect.without, network=expect.network
    )
    with one_offs.like(expect.service, change, expect.command) as one:
        status = client_traffic.served(one.probe, expect.door, expect.key)
        assert status.get("word") == "answered", f"not served: {status}"
        assert told(status["saw"]) == expect.transport, f"the server sees {status['saw']}"
        links = transports.links(one.probe, server)
        seen_links = {UNIX: links.unix, TCP: len(links.tcp)}
        other = TCP if expect.transport == UNIX else UNIX
        assert seen_links[expect.transport] > 0, f"no connection over {expect.transport}: {links}"
        assert seen_links[other] == 0, f"also over {other}: {links}"
        if expect.transport == TCP:
            assert one.address in str(status["saw"]), f"{status['saw']} is not {one.address}"
    if expect.dead is not None:
        with one_offs.like(expect.service, one_offs.changed(set=expect.dead)) as one:
            client_traffic.served(one.probe, expect.door, expect.key, within=DEAD)


@dataclass(frozen=True, slots=True)
class Isolated:
    client: terms.Client
    servers: dict[str, Server]
    """The servers, by the key under which the client tells of them."""
    door: terms.Door


@pytest.mark.promise("transport", expect=Isolated)
def test_works_without_network(
    promise: Promise[Isolated],
    one_offs: OneOffs,
    transports: Transports,
    client_traffic: ClientTraffic,
) -> None:
    """A client without interface, route and name server is served by all on their sockets."""
    expect = promise.expect
    for server in expect.servers.values():
        transports.settled(server.service)
    with one_offs.like(expect.client, one_offs.changed(network="none")) as one:
        around = client_traffic.around(one.probe)
        assert around.interfaces == ("lo",), f"interfaces {around.interfaces}"
        assert around.routes == 0, f"{around.routes} routes"
        for key, server in expect.servers.items():
            spoken, word = transports.speaks(one.probe, f"unix://{server.socket}", server.protocol)
            assert spoken, f"{server.socket}: {word}"
            status = client_traffic.served(one.probe, expect.door, key)
            assert status.get("word") == "answered", f"{key}: {status}"


def told(saw: Any) -> str:
    """Return the transport in what a client tells of its server's sight."""
    if isinstance(saw, dict):
        return str(saw.get("network"))
    return UNIX if saw == "unix" or str(saw).startswith("/") else TCP

"""Outsiders: what clients outside of the stack's network reach, and what tools can see."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.captures import Captures
    from fixtures.client_traffic import ClientTraffic
    from fixtures.clients import Clients
    from fixtures.outside import Outside
    from fixtures.promises import Promise
    from fixtures.sightings import Sightings
    from fixtures.transports import Transports

ANSWERED, TCP = "answered", "tcp"


@dataclass(frozen=True, slots=True)
class Published:
    published: list[Server]
    """The servers that are reached at their published ports."""
    inside: list[Server] = field(default_factory=list)
    """Servers for which the stack's own network is far enough outside."""
    services: list[str] = field(default_factory=list)
    """What server reflection lists on each."""


@pytest.mark.promise("connection", expect=Published)
def test_published_answers(
    promise: Promise[Published], outside: Outside, sightings: Sightings
) -> None:
    """A real client on the host is served at the published port, and the server sees TCP.

    Cannot see: firewalls of other hosts.
    """
    expect = promise.expect
    for server in expect.published:
        if expect.services:
            listed = outside.services(server)
            missing = [name for name in expect.services if name not in listed]
            assert not missing, f"{server.service} does not list {missing}, but {listed}"
        seen = outside.from_host(server)
        assert seen.word == ANSWERED, f"{server.service}: {seen.word}"
        assert seen.transport == TCP, f"{server.service} sees {seen.transport}"
    for server in expect.inside:
        seen = sightings.over_tcp(server)
        assert seen.word == ANSWERED, f"{server.service}:{server.port}: {seen.word}"


@dataclass(frozen=True, slots=True)
class Outsider:
    servers: list[Server]
    """The servers that it is about."""
    server: Server
    host_port: terms.HostPort


@pytest.mark.promise("connection", expect=Outsider, lane="as-printed")
def test_outsiders_use_tcp(
    promise: Promise[Outsider], outside: Outside, transports: Transports
) -> None:
    """A container of no stack finds none of the sockets, and the published port answers it."""
    expect = promise.expect
    transports.settled(expect.server.service)
    stranger, host = outside.stranger()
    for server in expect.servers:
        met = stranger.connect(f"unix://{server.socket}")
        assert met.errno == "ENOENT", f"{server.socket}: {met.word}"
    place = f"tcp://{host}:{expect.host_port}"
    spoken, word = transports.speaks(stranger, place, expect.server.protocol)
    assert spoken, f"{expect.server.service} at {place}: {word}"


@dataclass(frozen=True, slots=True)
class Unseen:
    client: terms.Client
    door: str
    """POST with a name, which the client passes on to its servers."""
    door_port: int
    """The port of the door."""
    control: Server
    """A server whose packets are seen, which shows that the capture works."""
    reflected: Server
    """A gRPC server with reflection."""


@pytest.mark.promise("transport", expect=Unseen)
def test_unseen_by_tools(
    promise: Promise[Unseen],
    captures: Captures,
    clients: Clients,
    client_traffic: ClientTraffic,
) -> None:
    """No packet shows what goes through the socket, and no generic gRPC client works on it.

    The same capture shows what goes over TCP. A client that knows no proto file, as grpcurl with
    -unix is one, asks server reflection on the socket.
    """
    expect = promise.expect
    mark, control = secrets.token_hex(12), secrets.token_hex(12)
    watched = sorted({expect.client, expect.control.service, expect.reflected.service})
    over_tcp = clients.place(expect.client, f"tcp://{expect.control.service}:{expect.control.port}")
    with captures.of(watched, [mark, control], expect.door_port) as seen:
        told = client_traffic.tell(expect.client, expect.door, mark)
        clients.redis(expect.control, over_tcp, "ECHO", control)
    on_socket = clients.place(expect.client, f"unix://{expect.reflected.socket}", own_user=True)
    listed = clients.services(expect.reflected.service, on_socket)

    assert told, f"{expect.client} passed nothing on"
    hits = {service: one.hits for service, one in seen.items()}
    blind = [s for s in (expect.client, expect.control.service) if not hits[s][control]]
    assert not blind, f"the capture does not even show TCP of {blind}: {hits}"
    shown = [service for service, one in hits.items() if one[mark]]
    assert not shown, f"packets of {shown} hold what went through the socket"
    assert isinstance(listed, str), f"a gRPC client without proto files lists {listed} on it"


@dataclass(frozen=True, slots=True)
class Session:
    client: terms.Client
    door: terms.Door
    server: Server
    other: Server
    """The server that does not have it."""


@pytest.mark.promise("session", expect=Session)
def test_session_stored(
    promise: Promise[Session],
    clients: Clients,
    client_traffic: ClientTraffic,
    transports: Transports,
) -> None:
    """A session that the client begins is in this store, and the other one does not have it.

    Cannot see: what the real application keeps: a reference application stands for it.
    """
    expect = promise.expect
    for server in (expect.server, expect.other):
        transports.settled(server.service)
    key = client_traffic.tell(expect.client, expect.door, secrets.token_hex(8))
    assert key, f"{expect.client} began no session"
    found = {
        server.service: clients.redis(server, clients.at_server(server), "EXISTS", key).value
        for server in (expect.server, expect.other)
    }

    assert found == {expect.server.service: 1, expect.other.service: 0}, f"{key}: {found}"

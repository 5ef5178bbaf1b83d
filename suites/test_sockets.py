"""Sockets: Unix sockets that clients of other containers use, and TCP doors beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.clients import Clients
    from fixtures.containers import Containers
    from fixtures.mounts import Mounts
    from fixtures.networks import Networks
    from fixtures.one_offs import OneOffs
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.sightings import Sightings
    from fixtures.transports import Transports

ANSWERED, UNIX, TCP = "answered", "unix", "tcp"


@dataclass(frozen=True, slots=True)
class SocketFile:
    server: Server
    services: terms.Services
    setting: str | None = None
    """The name of the setting."""
    source: str | None = None
    """What ``pg_settings`` calls where the value comes from."""


@pytest.mark.promise("unix-socket", expect=SocketFile)
def test_socket_file(
    promise: Promise[SocketFile],
    probes: ProbeContainers,
    transports: Transports,
    sightings: Sightings,
) -> None:
    """In each service the path is a socket on which the server answers; its own setting says so.

    About unix-socket: Unix sockets: who makes them, who sees them, who gets in.

    Cannot see: who connects: `transport` and `credentials` see that.
    """
    expect, server = promise.expect, promise.expect.server
    transports.settled(server.service)
    for service in expect.services:
        probe = probes.beside(service)
        kind = probe.stat(server.socket).kind
        assert kind == "socket", f"{service}: {server.socket} is {kind}"
        spoken, word = transports.speaks(probe, f"unix://{server.socket}", server.protocol)
        assert spoken, f"{service}: {word}"
    if expect.setting is not None:
        value, source = sightings.setting(server, expect.setting)
        # PostgreSQL's setting names folders, and the file in them has a name of its own.
        wanted = (server.socket, server.socket.rpartition("/")[0])
        assert value in wanted, f"{expect.setting} is {value}"
        assert expect.source in (None, source), f"{expect.setting} comes from {source}"


@dataclass(frozen=True, slots=True)
class Answers:
    servers: list[Server]
    """The servers that it is about."""
    clients: terms.Clients


@pytest.mark.promise("unix-socket", expect=Answers)
def test_socket_answers(promise: Promise[Answers], sightings: Sightings) -> None:
    """A real client beside each service, as its user, is served; the server sees a Unix peer."""
    for server in promise.expect.servers:
        for client in promise.expect.clients:
            seen = sightings.over_unix(server, client)
            assert seen.word == ANSWERED, f"{client} to {server.service}: {seen.word}"
            assert seen.transport == UNIX, f"{server.service} sees {client} come by TCP"


@dataclass(frozen=True, slots=True)
class ReadOnlyMount:
    servers: list[Server]
    """The servers that it is about."""
    read_only_in: list[str]
    """The services where it lies on a read-only mount."""


@pytest.mark.promise("unix-socket", expect=ReadOnlyMount)
def test_read_only_mount_connects(
    promise: Promise[ReadOnlyMount], probes: ProbeContainers, sightings: Sightings
) -> None:
    """The socket lies on a read-only mount, and a real client of the service's user is served."""
    for server in promise.expect.servers:
        for client in promise.expect.read_only_in:
            mount = probes.beside(client).statfs(server.socket)
            assert "ro" in mount.options, f"{client}: {server.socket}: {mount.kind} {mount.options}"
            seen = sightings.over_unix(server, client)
            assert seen.word == ANSWERED, f"{client} to {server.service}: {seen.word}"


@dataclass(frozen=True, slots=True)
class DualMode:
    servers: list[Server]
    """The servers that it is about."""
    client: terms.Client


@pytest.mark.promise("dual-mode", expect=DualMode)
def test_dual_mode(promise: Promise[DualMode], sightings: Sightings) -> None:
    """One server answers on both doors; with one held open, the other reads what it writes.

    TCP is asked for from a container of its own: *client* is to have no such connection.

    About dual-mode: one server behind a Unix socket and a TCP port at once.

    Cannot see: how both ways behave under load.
    """
    client = promise.expect.client
    for server in promise.expect.servers:
        seen = {TCP: sightings.over_tcp(server), UNIX: sightings.over_unix(server, client)}
        for transport, one in seen.items():
            assert one.word == ANSWERED, f"{server.service} over {transport}: {one.word}"
            assert one.transport == transport, f"{server.service} sees {one.transport}"
        identities = {one.identity for one in seen.values()}
        assert len(identities) == 1, f"{server.service}: two servers: {identities}"
        crossed = sightings.crossed(server, client)
        assert set(crossed.values()) == {"same"}, f"{server.service}: {crossed}"


@dataclass(frozen=True, slots=True)
class OverTcp:
    over_tcp: list[Server]
    """The servers that are reached by their names on the network."""


@pytest.mark.promise("connection", expect=OverTcp)
def test_tcp_answers(promise: Promise[OverTcp], sightings: Sightings) -> None:
    """A real client in a container of its own on the network is served at the server's name.

    About connection: from where a server is reached, with real clients.

    Cannot see: clients on other hosts.
    """
    for server in promise.expect.over_tcp:
        seen = sightings.over_tcp(server)
        assert seen.word == ANSWERED, f"{server.service}:{server.port}: {seen.word}"
        assert seen.transport == TCP, f"{server.service} sees {seen.transport}"


@dataclass(frozen=True, slots=True)
class NoSocket:
    server: Server
    setting: str
    """The name of the setting."""
    volumes: list[str]
    """Volumes that the server does not mount."""


@pytest.mark.promise("unix-socket", expect=NoSocket)
def test_no_unix_socket(
    promise: Promise[NoSocket],
    probes: ProbeContainers,
    transports: Transports,
    sightings: Sightings,
    mounts: Mounts,
) -> None:
    """The server names no socket, none listens in its namespace, no socket volume is mounted."""
    expect = promise.expect
    assert transports.settled(expect.server.service) == "listens", "it listens nowhere at all"
    value, _ = sightings.setting(expect.server, expect.setting)
    assert value == "", f"{expect.setting} is {value}"
    sockets = probes.beside(expect.server.service).unix_sockets()
    listening = [one.name for one in sockets if one.state == "listening" and one.type == "stream"]
    assert not listening, f"it listens on {listening}"
    mounted = set(mounts.volumes(expect.server.service).values()) & set(expect.volumes)
    assert not mounted, f"it mounts {sorted(mounted)}"


@dataclass(frozen=True, slots=True)
class SameHost:
    servers: list[Server]
    """The servers that it is about."""
    open: dict[str, list[int]]
    """By service, the ports that are its own."""


@pytest.mark.promise("unix-socket", expect=SameHost)
def test_socket_stays_local(
    promise: Promise[SameHost],
    containers: Containers,
    networks: Networks,
    transports: Transports,
    clients: Clients,
) -> None:
    """No service of the stack offers more TCP ports than its own; without the volume, no path."""
    expect = promise.expect
    for server in expect.servers:
        transports.settled(server.service)
        kind = clients.on_network().stat(server.socket).kind
        assert kind == "absent", f"without the volume {server.socket} is {kind}"
    for service in containers.running():
        listening = networks.listening(service)
        more = sorted(set(listening) - set(expect.open.get(service, [])))
        assert not more, f"{service} also listens on {more}"
    for service, ports in expect.open.items():
        assert networks.listening(service) == sorted(ports), f"{service}: {ports} expected"


@dataclass(frozen=True, slots=True)
class NeedsVolume:
    servers: list[Server]
    """The servers that it is about."""
    client: terms.Client


@pytest.mark.promise("unix-socket", expect=NeedsVolume)
def test_socket_needs_volume(
    promise: Promise[NeedsVolume],
    one_offs: OneOffs,
    probes: ProbeContainers,
    transports: Transports,
) -> None:
    """The client's image without its volumes gets ENOENT; with them it is answered."""
    expect = promise.expect
    for server in expect.servers:
        transports.settled(server.service)
        with_it = probes.beside(expect.client)
        spoken, word = transports.speaks(with_it, f"unix://{server.socket}", server.protocol)
        assert spoken, f"with the volume, {server.socket}: {word}"
    with one_offs.without_volumes(expect.client) as bare:
        for server in expect.servers:
            met = bare.probe.connect(f"unix://{server.socket}")
            assert met.errno == "ENOENT", f"without the volume, {server.socket}: {met.word}"

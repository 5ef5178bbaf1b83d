"""Modes: a stack over TCP alone, and a database that keeps its files where it is told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.client_traffic import ClientTraffic
    from fixtures.clients import Clients
    from fixtures.mounts import Mounts
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.sightings import Sightings
    from fixtures.transports import Transports

ANSWERED, TCP = "answered", "tcp"
UP = 60.0


@dataclass(frozen=True, slots=True)
class TcpAlone:
    servers: dict[str, Server]
    """By the key under which clients tell of them."""
    clients: terms.Clients
    doors: dict[str, str]
    """Where clients tell what their servers see."""
    unset: terms.Unset
    absent: list[Server]
    """Servers that make no socket then."""


@pytest.mark.promise("dual-mode", expect=TcpAlone)
def test_tcp_alone(
    promise: Promise[TcpAlone],
    probes: ProbeContainers,
    transports: Transports,
    sightings: Sightings,
    client_traffic: ClientTraffic,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """Without the variables every server answers its clients, which use TCP and nothing else.

    PostgreSQL and Redis see it too where a client bears its service's name there, as
    application_name or by CLIENT SETNAME.

    Cannot see: connections that were closed before it looked.
    """
    expect, unseen = promise.expect, list[str]()
    for server in expect.servers.values():
        transports.settled(server.service)
        seen = sightings.over_tcp(server)
        assert seen.word == ANSWERED, f"{server.service}: {seen.word}"
    for client in expect.clients:
        given = sorted(set(client_traffic.variables(client)) & set(expect.unset))
        assert not given, f"{client} is given {given}"
        probe = probes.beside(client)
        for key in expect.servers if client in expect.doors else ():
            status = client_traffic.served(probe, expect.doors[client], key)
            assert status.get("word") == ANSWERED, f"{client}, {key}: {status}"
        for server in expect.servers.values():
            if server.service == client:
                continue
            if server.protocol != "grpc":
                met = client_traffic.linked(probe, server)
                named = sightings.named(server, client)
                assert set(named) <= {TCP}, f"{server.service} sees {client} over {named}"
                assert met.unix == 0, f"{client} has a Unix connection to {server.service}"
                if not (named or met.tcp):
                    unseen.append(f"{client} to {server.service}")
            links = transports.links(probe, server)
            assert links.unix == 0, f"{client} has a Unix connection to {server.service}"
    for server in expect.absent:
        kind = probes.beside(server.service).stat(server.socket).kind
        assert kind == "absent", f"{server.socket} is {kind}"
    if unseen:
        unobservable(f"no connection was open: {', '.join(unseen)}")


@dataclass(frozen=True, slots=True)
class DataOnVolume:
    server: Server
    volume: terms.Volume
    target: terms.Target
    file: str
    """A file that every cluster has."""


@pytest.mark.promise("volume", expect=DataOnVolume)
def test_data_on_volume(
    promise: Promise[DataOnVolume],
    clients: Clients,
    probes: ProbeContainers,
    mounts: Mounts,
    transports: Transports,
    shell: Shell,
) -> None:
    """The server's folder lies on this volume, and a row outlives the container's removal."""
    expect, server = promise.expect, promise.expect.server
    place = clients.at_server(server)
    name = f"stackproof_{secrets.token_hex(6)}"
    shown = clients.sql(server, place, "SHOW data_directory")
    assert shown.rows, f"{server.service}: {shown.word} {shown.said}"
    folder = str(shown.rows[0][0])
    mounted = mounts.volumes(server.service)
    holders = [at for at in mounted if folder == at or folder.startswith(f"{at}/")]
    nearest = max(holders, key=len, default="")
    assert (nearest, mounted.get(nearest)) == (expect.target, expect.volume), (
        f"{folder} lies on {mounted.get(nearest)} at {nearest}"
    )
    elsewhere = [
        at for at in mounted
        if at != expect.target and probes.beside(server.service).stat(f"{at}/{expect.file}").inode
    ]  # fmt: skip
    assert not elsewhere, f"a cluster lies also at {elsewhere}"
    clients.keep(server, place, name)
    shell.run(f"docker compose rm -sf {server.service}", UP)
    done = shell.run(f"docker compose up -d {server.service}", UP)
    assert done.exit_code == 0, done.short
    transports.settled(server.service, again=True)
    found = clients.kept(server, place, name)
    assert found == name, f"after the container was made anew: {found}"

"""One-offs: what variables make a server listen on, and what a client can do without a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.clients import Clients
    from fixtures.listeners import Listeners
    from fixtures.one_offs import OneOffs
    from fixtures.promises import Promise
    from fixtures.transports import Transports


@dataclass(frozen=True, slots=True)
class Listens:
    service: terms.Service
    protocol: str
    """What its clients speak."""
    sets: list[dict[str, str]]
    """Variables of one one-off each."""
    unset: terms.Unset
    listens: list[str]
    """``tcp://address:port`` of every listener; a star stands for every address."""
    folder: str
    """A fresh file system in memory is mounted there, and stays empty."""
    sign: str
    """What the log says once the service has started."""
    reached: bool | None = None
    """Whether a container on the network reaches it."""
    refuses: list[int] = field(default_factory=list)
    """Ports that refuse a connection."""


@pytest.mark.promise("listener", expect=Listens)
def test_server_variable(
    promise: Promise[Listens],
    one_offs: OneOffs,
    listeners: Listeners,
    transports: Transports,
    clients: Clients,
) -> None:
    """With these variables a one-off of the service listens there, answers there, nowhere else."""
    expect = promise.expect
    for variables in expect.sets:
        change = one_offs.changed(
            set=variables, unset=expect.unset, without=[expect.folder], tmpfs=[expect.folder]
        )
        with one_offs.like(expect.service, change) as one:
            seen = listeners.of(one, expect.sign)
            assert seen.running, seen.short
            assert seen.signed, f"no {expect.sign!r} in its log: {seen.log_end}"
            assert sorted(seen.places) == sorted(expect.listens), seen.short
            names = one.probe.listdir(expect.folder).names
            assert not names, f"in {expect.folder}: {names}"
            for place in expect.listens:
                port = place.rpartition(":")[2]
                to = f"tcp://127.0.0.1:{port}"
                spoken, word = transports.speaks(one.probe, to, expect.protocol)
                assert spoken, f"{place}: {word}"
                if expect.reached is not None:
                    outer = f"tcp://{one.address}:{port}"
                    met, word = transports.speaks(clients.on_network(), outer, expect.protocol)
                    assert met == expect.reached, f"from another container: {word}"
            for refused in expect.refuses:
                word = one.probe.connect(f"tcp://127.0.0.1:{refused}").word
                assert word == "refused", f"port {refused}: {word}"


@dataclass(frozen=True, slots=True)
class Exhausted:
    client: terms.Client
    server: Server
    ports: list[int]
    """The first and the last ephemeral port that the client has."""
    most: int
    """How many connections are tried over the socket."""


@pytest.mark.promise("transport", expect=Exhausted)
def test_no_port_exhaustion(
    promise: Promise[Exhausted], one_offs: OneOffs, transports: Transports
) -> None:
    """With few ephemeral ports, TCP ends at their number, and the socket goes on, a file each."""
    expect, server = promise.expect, promise.expect.server
    transports.settled(server.service)
    first, last = expect.ports
    few = {"net.ipv4.ip_local_port_range": f"{first} {last}"}
    # By address: a name that others have, too, would be tried at each of them.
    over_tcp = f"{transports.address(server.service)}:{server.port}"
    seen: dict[str, dict[str, Any]] = {
        place: one_offs.program(
            expect.client, "connections", [place, str(expect.most)], sysctls=few
        )
        for place in (over_tcp, server.socket)
    }
    tcp, unix = seen.values()

    ports = last - first + 1 - tcp["others"]
    assert (tcp["open"], tcp["errno"]) == (ports, "EADDRNOTAVAIL"), f"TCP: {tcp}"
    assert unix["errno"] is None, f"over the socket: {unix}"
    assert unix["open"] == unix["answered"] == expect.most, f"over the socket: {unix}"
    assert unix["taken"] == expect.most, f"descriptors: {unix['taken']}"

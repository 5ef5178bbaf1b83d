"""Socket permissions: who may connect, what takes that right away, and what gives it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.clients import Clients
    from fixtures.inside import Inside
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.sightings import Sightings
    from fixtures.transports import Transports

ANSWERED = "answered"
STRANGER = 4242
"""A user id that no image has."""


@dataclass(frozen=True, slots=True)
class Permission:
    server: Server
    client: terms.Client
    others: list[Server]
    """Sockets of which only is noted who gets in."""


@pytest.mark.promise("unix-socket", expect=Permission)
def test_permission_decides(
    promise: Promise[Permission],
    probes: ProbeContainers,
    clients: Clients,
    inside: Inside,
    transports: Transports,
) -> None:
    """As delivered the client gets in and a stranger does not; each mode change tells at once.

    Tried from the client's container, as real users: root ignores the mode.

    Cannot see: capabilities that a client might be given.
    """
    expect, server = promise.expect, promise.expect.server
    transports.settled(server.service)
    probe, to = probes.beside(expect.client), f"unix://{server.socket}"
    owner, client = clients.user(server.service), clients.user(expect.client)
    users = {"owner": owner, "client": client, "stranger": (STRANGER, STRANGER)}

    def words() -> dict[str, str]:
        return {name: probe.connect(to, *ids).word for name, ids in users.items()}

    for other in expect.others:
        for ids in users.values():
            probe.connect(f"unix://{other.socket}", *ids)
    delivered = words()
    before = probe.stat(server.socket).mode
    seen = {}
    try:
        for mode in ("0600", "0666"):
            done = inside.run(server.service, f"chmod {mode} {server.socket}")
            assert done.exit_code == 0, f"chmod {mode}: {done.short}"
            seen[mode] = words()
    finally:
        inside.run(server.service, f"chmod {before} {server.socket}")

    entitled = {"owner": "connected", "client": "connected", "stranger": "denied"}
    assert delivered == entitled, f"as delivered, mode {before}: {delivered}"
    assert seen["0600"] == entitled | {"client": "denied"}, f"mode 0600: {seen['0600']}"
    assert set(seen["0666"].values()) == {"connected"}, f"mode 0666: {seen['0666']}"


@dataclass(frozen=True, slots=True)
class Repair:
    server: Server
    command: terms.Command
    mode: terms.Mode
    clients: terms.Clients


@pytest.mark.promise("repair", expect=Repair)
def test_mode_repair(
    promise: Promise[Repair],
    probes: ProbeContainers,
    clients: Clients,
    inside: Inside,
    sightings: Sightings,
) -> None:
    """Where the socket's mode keeps clients out, the printed command lets them in again."""
    expect, server = promise.expect, promise.expect.server
    clients.settled(server.service)
    before = probes.beside(server.service).stat(server.socket).mode
    try:
        inside.run(server.service, f"chmod 0600 {server.socket}")
        for client in expect.clients:
            word = probes.beside(client).connect(f"unix://{server.socket}", *clients.user(client))
            assert word.word == "denied", f"{client} is not kept out by 0600: {word.word}"
        done = inside.run(server.service, expect.command)
        assert done.exit_code == 0, f"{expect.command}: {done.short}"
        mode = probes.beside(server.service).stat(server.socket).mode
        assert mode == expect.mode, f"the mode is {mode}"
        for client in expect.clients:
            seen = sightings.over_unix(server, client)
            assert seen.word == ANSWERED, f"{client} after it: {seen.word}"
    finally:
        inside.run(server.service, f"chmod {before} {server.socket}")

"""Stale sockets: what a killed server leaves behind, and whether it gets over that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .test_sockets import SocketFile

if TYPE_CHECKING:
    from fixtures.outages import Outages
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.transports import Transports


@pytest.mark.promise("unix-socket", expect=SocketFile, lane="exclusive")
def test_server_returns_to_its_socket(
    promise: Promise[SocketFile],
    probes: ProbeContainers,
    transports: Transports,
    outages: Outages,
) -> None:
    """Nobody answers while the server is dead, whatever file it left; then it is there again.

    The file of a server that was killed stays as long as anybody holds the volume, and bind(2)
    fails on it until it is removed.
    """
    server = promise.expect.server
    clients = [service for service in promise.expect.services if service != server.service]
    to = f"unix://{server.socket}"
    transports.settled(server.service)
    with outages.killed(server.service):
        for client in clients:
            left = probes.beside(client).stat(server.socket).kind
            met = probes.beside(client).connect(to).word
            assert met in ("refused", "absent"), f"{client}: {met}, and the path is a {left}"
    for client in clients:
        spoken, word = transports.speaks(probes.beside(client), to, server.protocol)
        assert spoken, f"{client}, after the server is back: {word}"

"""Ports that others hold: how a start fails, and the documented way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import terms
from .lifecycle import START, STEP, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Conflict:
    """*port* is what *service* publishes; the start fails with *stderr_contains*."""

    command: terms.Command
    service: terms.Service
    port: int
    """What the service publishes, and somebody else holds."""
    stderr_contains: str
    """What it says of the failure."""


@dataclass(frozen=True, slots=True)
class Remap:
    """*overlay* stands for the edit of the compose file: the server's port moves to *host_port*.

    *peer* is a service that keeps reaching the store by its name and inner port.
    """

    overlay: terms.Overlay
    server: Server
    host_port: terms.HostPort
    documented: int
    """The port of the host before the change."""
    peer: str
    """A service that keeps reaching the server by its name and inner port."""


@dataclass(frozen=True, slots=True)
class Conflicted:
    """A start while somebody else listens on the port."""

    answer: Answer
    states: States


@dataclass(frozen=True, slots=True)
class Remapped:
    """A start with the port moved."""

    answer: Answer
    login: str
    documented: str
    inside: str


def conflict(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Take the service away, listen on its port, and start the stack."""

    def look(expect: Conflict) -> Conflicted:
        cycle.shell.run(f"docker compose rm -sf {expect.service}", STEP)
        with cycle.held_ports.held(expect.port):
            answer = cycle.shell.run(expect.command, START)
            states = cycle.states.states()
        return Conflicted(answer, states)

    return each(wanted.of(Conflict), look)


def remap(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Start the service on another port of the host, and put it back."""

    def look(expect: Remap) -> Remapped:
        service = expect.server.service
        cycle.ready([expect.server], expect.peer)
        cycle.held_ports.require_free(expect.host_port)
        edited = f'COMPOSE_FILE="$COMPOSE_FILE:overlays/{expect.overlay}.yaml"'
        answer = cycle.shell.run(f"{edited} docker compose up -d {service}", START)
        cycle.postgres.login(expect.server)  # waits for the server
        login = cycle.postgres.login(expect.server, at=("127.0.0.1", expect.host_port)).word
        closed = cycle.host.connect([expect.documented])[expect.documented]
        place = f"{service}:{expect.server.port}"
        inside = cycle.networks.connect_from(expect.peer, {place: place})[place]
        cycle.shell.run(f"docker compose up -d {service}", START)
        return Remapped(answer, login, closed, inside)

    return each(wanted.of(Remap), look)

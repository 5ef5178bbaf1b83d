"""Ports: which host ports the compose file publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.promises import Promise
    from fixtures.talks import Talks

EVERYWHERE = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class PublishedPort:
    service: terms.Service
    port: terms.Port
    host_port: terms.HostPort
    protocol: str = "tcp"
    """``tcp`` or ``udp``."""


@pytest.mark.promise("published-port", expect=PublishedPort)
def test_published_port(promise: Promise[PublishedPort], config: Config) -> None:
    """The container's port is published on this host port, on every address of the host.

    About published-port: which ports are open where, and what becomes of a conflict.

    Cannot see: whether somebody listens behind it: `connection` asks.
    """
    expect = promise.expect
    published = [
        (port["target"], int(port.get("published", 0)), port.get("protocol", "tcp"))
        for port in ports(config, expect.service)
        if port.get("host_ip", "") in EVERYWHERE
    ]

    assert (expect.port, expect.host_port, expect.protocol) in published, published


@dataclass(frozen=True, slots=True)
class Speaking:
    service: terms.Service
    port: int
    """The port in the container."""
    host_port: int
    """The port of the documented host."""
    speaks: str
    """``postgresql``, ``redis``, ``http`` or ``tls``."""


@pytest.mark.promise("published-port", expect=Speaking)
def test_published_port_speaks(promise: Promise[Speaking], config: Config, talks: Talks) -> None:
    """It is published on this host port, and there the server says what its protocol wants."""
    expect = promise.expect
    numbers = [
        (port["target"], int(port.get("published", 0))) for port in ports(config, expect.service)
    ]
    word = talks.from_host(expect.service, expect.port, expect.speaks)

    assert (expect.port, expect.host_port) in numbers, f"published: {numbers}"
    assert talks.spoken(expect.speaks, word), f"{expect.speaks} on port {expect.port}: {word}"


@dataclass(frozen=True, slots=True)
class PublishedOnly:
    published: dict[str, list[int]]
    """By service, the ports that it publishes."""


@pytest.mark.promise("published-port", expect=PublishedOnly)
def test_published_only(promise: Promise[PublishedOnly], config: Config) -> None:
    """Only these services publish ports, and only these ports."""
    seen = {
        service: sorted(int(port.get("published", 0)) for port in found)
        for service in config.services()
        if (found := ports(config, service))
    }

    assert seen == {s: sorted(p) for s, p in promise.expect.published.items()}, f"published: {seen}"


def ports(config: Config, service: str) -> list[dict[str, Any]]:
    """Return the published ports of *service*, in Compose's long form."""
    found = config.service(service, "ports")
    return [] if found == "absent" else list(found)

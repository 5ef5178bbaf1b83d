"""Neighbours: who shares a network, and whether a name there leads to a server that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.networks import Networks
    from fixtures.promises import Promise
    from fixtures.talks import Talks


@dataclass(frozen=True, slots=True)
class Together:
    network: terms.Network
    members: list[str]
    """Services, one entry for each of their containers."""
    reached: list[str]
    """``name:port`` that each of *asked_from* reaches."""
    asked_from: list[str]
    """Services."""


@pytest.mark.promise("network", expect=Together)
def test_together(promise: Promise[Together], networks: Networks) -> None:
    """These containers are on the network, one entry each, and reach what they need there."""
    expect = promise.expect
    found = networks.of(expect.network)
    assert found.those(expect.members) == sorted(expect.members), (
        f"on {found.name}: {found.members}"
    )
    for service in expect.asked_from:
        seen = networks.connect_from(service, {place: place for place in expect.reached})
        assert seen == dict.fromkeys(expect.reached, "connected"), f"{service}: {seen}"


@dataclass(frozen=True, slots=True)
class SpeakingName:
    network: terms.Network
    name: str
    """A name that containers on the network use."""
    service: terms.Service
    port: terms.Port
    speaks: str
    """``postgresql``, ``redis``, ``http`` or ``tls``."""


@pytest.mark.promise("service-name", expect=SpeakingName)
def test_service_name_speaks(
    promise: Promise[SpeakingName], networks: Networks, talks: Talks
) -> None:
    """On the network the name is the service's address, where its server answers in its words."""
    expect = promise.expect
    address = networks.addresses(expect.service).get(expect.network, "no address")
    seen = networks.resolve_from_inside(expect.network, [expect.name])[expect.name]
    word = talks.inside(expect.network, f"{expect.name}:{expect.port}", expect.speaks)

    assert list(seen.addresses) == [address], f"{expect.name}: {seen.word}, not {address}"
    assert talks.spoken(expect.speaks, word), f"{expect.name}:{expect.port}: {word}"

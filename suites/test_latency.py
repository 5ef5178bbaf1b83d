"""Latency: what the Unix socket of a server saves its clients, and what it keeps off the network.

A promised band is judged on the 95 % interval of the saving, not on one number:
kept, if the interval is above 0 and reaches the band; a larger gain breaks no promise of a gain;
broken, if all of it is below the band;
unobservable, if it is wider than the band, or holds both "no gain" and the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from fixtures.client_traffic import ClientTraffic
    from fixtures.promises import Promise
    from fixtures.rounds import Rounds


@dataclass(frozen=True, slots=True)
class Latency:
    client: terms.Client
    server: Server
    percent: list[float]
    """The lower and the upper edge of the promised reduction."""
    rounds: int
    """Rounds in which the ways take turns."""
    calls: int
    """Calls in a round, or in all."""


@pytest.mark.promise("performance", expect=Latency, late=True)
def test_latency(
    promise: Promise[Latency], rounds: Rounds, unobservable: Callable[[str], NoReturn]
) -> None:
    """A call over the socket takes so much less than over TCP, in rounds that take turns.

    About performance: what one way to a server costs, beside another or a limit.

    Cannot see: other loads and other machines: only both ways here, side by side.
    """
    expect = promise.expect
    least, most = expect.percent
    seen = rounds.latency(expect.client, expect.server, expect.rounds, expect.calls)
    assert not isinstance(seen, str), f"{expect.server.service} did not answer: {seen}"

    assert seen.high >= least, f"promised {least:g} to {most:g} %, seen {seen.short}"
    if seen.wide > most - least:
        unobservable(f"the noise here is wider than the promised band: {seen.short}")
    if seen.low <= 0:
        unobservable(f"neither a gain nor its absence shows: {seen.short}")


@dataclass(frozen=True, slots=True)
class Bypass:
    client: terms.Client
    server: Server
    calls: int
    """Calls in a round, or in all."""
    door: str
    """Where the client begins what makes it call its servers: POST ``host:port/path``."""
    most_per_call: float
    """Packets a call may make."""


@pytest.mark.promise("transport", expect=Bypass)
def test_bypass(promise: Promise[Bypass], rounds: Rounds, client_traffic: ClientTraffic) -> None:
    """Calls over the socket make no packets and no TCP segments; over TCP each makes two or more.

    The running client's own calls leave its network interfaces alone, too.
    """
    expect = promise.expect
    seen = rounds.traffic(expect.client, expect.server, expect.calls)
    assert not isinstance(seen, str), f"{expect.server.service} did not answer: {seen}"
    own = client_traffic.packets_while_asked(expect.client, expect.door, times=20)

    assert seen["tcp"].packets >= 2 * expect.calls, f"over TCP too few: {seen['tcp']}"
    most = expect.most_per_call * expect.calls
    assert seen["unix"].packets <= most, f"over the socket: {seen['unix']}"
    assert seen["unix"].segments <= most, f"over the socket: {seen['unix']}"
    assert own.answered == 20, f"{expect.client} answered {own.answered} of 20"
    assert own.packets <= 20, f"20 calls of {expect.client} made {own.packets} packets"

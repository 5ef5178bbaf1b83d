"""Hardening: a port for this host alone is one of loopback, on which the server answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from suites import test_hardening as hardening


def judge(
    addresses: list[str], *, word: str = "ssl", listens: str = "listens", met: str = "refused"
) -> None:
    """Judge a database that is published on *addresses* and answers this host with *word*."""
    server: Any = SimpleNamespace(service="db", port=5432, protocol="postgresql")
    promise: Any = SimpleNamespace(expect=hardening.Restricted(server, 5432))
    bound = [{"HostIp": one, "HostPort": "5432"} for one in addresses] or "absent"
    stranger = SimpleNamespace(connect=lambda _: SimpleNamespace(word=met))
    outside: Any = SimpleNamespace(stranger=lambda: (stranger, "172.17.0.1"))
    transports: Any = SimpleNamespace(
        speaks=lambda *_: (False, "refused"), settled=lambda _: listens
    )
    talks: Any = SimpleNamespace(
        eventually=lambda *_: word, spoken=lambda _, word: word in ("ssl", "no-ssl")
    )
    containers: Any = SimpleNamespace(inspect=lambda *_: bound)
    hardening.test_port_is_for_this_host_alone(promise, outside, transports, talks, containers)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_this_host_alone(address: str) -> None:
    """All of 127.0.0.0/8 is (RFC 1122, 3.2.1.3)."""
    judge([address])


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.168.1.7", "172.17.0.2", "fd00::7"])
def test_an_address_of_a_network_is_open_to_it(address: str) -> None:
    """Also where the gateway that was asked is another address."""
    with pytest.raises(AssertionError, match="it is published on"):
        judge(["127.0.0.1", address])


@pytest.mark.parametrize("word", ["refused", "reset", "no container", "silent"])
def test_a_server_that_is_down_is_not_restricted(word: str) -> None:
    """Nobody gets in, but nothing was seen of whom it would let in."""
    with pytest.raises(RuntimeError, match=word):
        judge(["127.0.0.1"], word=word)


def test_an_unpublished_server_must_listen() -> None:
    """Without a port of the host it is the container itself that tells."""
    judge([], word="not published")
    with pytest.raises(RuntimeError, match="silent"):
        judge([], listens="silent")


def test_a_stranger_that_connects_is_told() -> None:
    """A connection is enough."""
    with pytest.raises(AssertionError, match="a stranger at"):
        judge(["127.0.0.1"], met="connected")

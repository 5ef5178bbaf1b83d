"""Transports: what servers, kernels and packets say of a connection, without an engine."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from fixtures.client_traffic import patiently
from fixtures.one_offs import Change, _environment, _mounts, _network
from fixtures.programs.capture import of_port
from fixtures.sightings import fields, transport_of
from suites.test_transports import told

OWN = ["GRPC_HOST=0.0.0.0", "GRPC_PORT=40528", "DB_HOST=postgres", "EMPTY=", "PAIR=a=b"]
VOLUME = {"Type": "volume", "Name": "pg-socket", "Source": "/x", "Destination": "/run/pg"}
FOLDER = {"Type": "bind", "Source": "/apps", "Destination": "/app", "RW": False}


def test_variables_are_set_unset_and_kept() -> None:
    """A star stands for all that begin so; values may hold equals signs."""
    change = Change({"DB_HOST": "elsewhere"}, unset=("GRPC_*",))

    assert _environment(OWN, change) == {"DB_HOST": "elsewhere", "EMPTY": "", "PAIR": "a=b"}


def test_what_is_set_wins_over_what_is_unset() -> None:
    """A one-off may replace all variables of a name by one."""
    assert _environment(OWN, Change({"GRPC_PORT": "1"}, unset=("GRPC_*",)))["GRPC_PORT"] == "1"


@pytest.mark.parametrize(
    ("without", "left"),
    [((), ["/run/pg", "/app"]), (("/run/pg",), ["/app"]), (("*",), ["/app"])],
)
def test_mounts_are_left_out(without: tuple[str, ...], left: list[str]) -> None:
    """By their place, or every volume; folders of the host stay."""
    mounts = _mounts([{**VOLUME, "RW": True}, FOLDER], Change({}, without=without))

    assert [mount["Target"] for mount in mounts] == left


def test_mounts_keep_whether_they_are_read_only() -> None:
    """As the service has them."""
    found = _mounts([{**VOLUME, "RW": True}, FOLDER], Change({}))

    assert [bool(mount["ReadOnly"]) for mount in found] == [False, True]


def test_anonymous_volumes_are_left_out() -> None:
    """They belong to one container."""
    assert _mounts([{**VOLUME, "Name": "a" * 64, "RW": True}], Change({})) == []


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("project", {"network": "stack_default"}),
        ("none", {"network_mode": "none"}),
        ("elsewhere", {"network_mode": "bridge"}),
    ],
)
def test_networks(network: str, expected: dict[str, str]) -> None:
    """The service's own, none, or the engine's bridge."""
    attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {"stack_default": {}}}}

    assert _network(attrs, Change({}, network=network)) == expected


@pytest.mark.parametrize(
    ("line", "transport"),
    [
        ("id=2 addr=/run/valkey/v.sock:0 name=bot flags=U db=0", "unix"),
        ("id=3 addr=172.18.0.5:41234 name=bot flags=N db=0", "tcp"),
    ],
)
def test_client_list_tells_the_transport(line: str, transport: str) -> None:
    """Flag U is a client on a Unix socket."""
    assert transport_of(fields(line)) == transport


@pytest.mark.parametrize(
    ("saw", "transport"),
    [
        ("unix", "unix"),
        ("172.18.0.5", "tcp"),
        ("/run/valkey/v.sock:0", "unix"),
        ("172.18.0.5:4123", "tcp"),
        ({"network": "unix", "peer": "unix:"}, "unix"),
    ],
)
def test_what_clients_tell(saw: object, transport: str) -> None:
    """An address of PostgreSQL or CLIENT INFO, or what a gRPC server has said."""
    assert told(saw) == transport


def test_a_client_that_answers_well_is_not_waited_for() -> None:
    """The first good answer is returned."""
    answers = iter([{}, {"word": "failed"}, {"word": "answered"}, {"word": "later"}])

    assert patiently(lambda: next(answers), lambda one: one.get("word") == "answered", 5) == {
        "word": "answered"
    }


def test_a_client_that_keeps_failing_has_had_its_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds of one answer; a client that is silent is waited for longer."""
    clock = iter(range(100))
    monkeypatch.setattr("fixtures.client_traffic.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("fixtures.client_traffic.time.sleep", lambda _: None)
    looks: list[int] = []

    def failing() -> dict[str, str]:
        looks.append(1)
        return {"word": "failed"}

    assert patiently(failing, lambda _: False, within=50) == {"word": "failed"}
    assert len(looks) <= 8


def packet(source: int, target: int, kind: int = 6) -> bytes:
    ethernet = b"\0" * 12 + b"\x08\x00"
    ip = bytes([0x45]) + b"\0" * 8 + bytes([kind]) + b"\0" * 10
    return ethernet + ip + struct.pack("!HH", source, target) + b"content"


def test_packets_of_a_port() -> None:
    """Either end counts, and only TCP over IPv4 does."""
    assert of_port(packet(8080, 50000), 8080)
    assert of_port(packet(50000, 8080), 8080)
    assert not of_port(packet(50000, 6379), 8080)
    assert not of_port(packet(8080, 50000, kind=17), 8080)
    assert not of_port(b"\0" * 12 + b"\x86\xdd" + b"\0" * 60, 8080)

"""Transports: what servers, kernels and packets say of a connection, without an engine."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from fixtures.client_traffic import ClientTraffic, patiently
from fixtures.evidence import Evidence, Unobservable
from fixtures.probe_answers import Process
from fixtures.programs.capture import ports
from fixtures.redaction import Redactor
from fixtures.sightings import fields, transport_of
from fixtures.transports import Links, Transports, programs
from suites import test_modes as modes
from suites import test_transports as transports
from suites.servers import Server
from suites.test_transports import told


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
    """From and to, for TCP over IPv4 and IPv6; other packets have none."""
    over_ipv6 = b"\0" * 12 + b"\x86\xdd" + b"\0" * 6 + b"\x06" + b"\0" * 33 + b"\x1f\x90\x00\x50"

    assert ports(packet(8080, 50000)) == (8080, 50000)
    assert ports(packet(8080, 50000, kind=17)) is None
    assert ports(over_ipv6) == (8080, 80)
    assert ports(b"\0" * 12 + b"\x08\x06" + b"\0" * 28) is None


def process(pid: int, ppid: int, name: str) -> Process:
    """Return a process of which no more matters."""
    return Process(pid, ppid, "S", 0, 0, name, (name,))


def test_program_of_a_container_is_its_first_process() -> None:
    """A server that an entry point started for a while is none."""
    assert programs([process(1, 0, "bash"), process(40, 1, "postgres")]) == {1}


def test_docker_init_is_no_program() -> None:
    """Its child is."""
    assert programs([process(1, 0, "docker-init"), process(7, 1, "python3")]) == {7}


POSTGRES = Server("postgres", "postgresql", 5432, socket="/run/pg/.s.PGSQL.5432")
NONE, UNIX, TCP = Links(0, ()), Links(1, ()), Links(0, ("established",))
ANSWERED = {"word": "answered", "saw": "unix"}
PROBES: Any = SimpleNamespace(beside=lambda _: None)


def unobservable(reason: str) -> NoReturn:
    raise Unobservable(reason)


def in_use(*links: Links, named: tuple[str, ...] = (), told: dict[str, str] | None = None) -> None:
    """Judge a client with *links*, one look after another, and what its server and door tell."""
    looks = iter(links)
    traffic: Any = SimpleNamespace(linked=lambda *_: next(looks), served=lambda *_: told)
    sightings: Any = SimpleNamespace(named=lambda *_: list(named))
    settled: Any = SimpleNamespace(settled=lambda _: "listens")
    door = None if told is None else "127.0.0.1:8080/status"
    promise: Any = SimpleNamespace(expect=transports.InUse("app", POSTGRES, "unix", door, "db"))
    transports.test_transport_in_use(promise, PROBES, settled, sightings, traffic, unobservable)


def test_a_client_without_a_name_is_seen_by_the_kernel_alone() -> None:
    """No document says that a client names itself to its server; where it does, that counts."""
    in_use(UNIX)
    in_use(UNIX, named=("unix",), told=ANSWERED)
    with pytest.raises(AssertionError, match="postgres sees"):
        in_use(UNIX, named=("unix", "tcp"))
    with pytest.raises(AssertionError, match="also connections over tcp"):
        in_use(Links(1, ("established",)))


def test_a_client_that_keeps_no_connection() -> None:
    """What asks at its door may make one; else its own word tells only what is broken."""
    in_use(NONE, UNIX, told=ANSWERED)
    with pytest.raises(Unobservable, match="keeps no connection"):
        in_use(NONE, NONE, told=ANSWERED)
    for said in ({"word": "failed"}, {}, ANSWERED | {"saw": "172.18.0.5"}):
        with pytest.raises(AssertionError, match=r"^app: "):
            in_use(NONE, NONE, told=said)
    with pytest.raises(AssertionError, match="has no such connection"):
        in_use(NONE)


def over_tcp_alone(links: Links, *named: str) -> None:
    traffic: Any = SimpleNamespace(linked=lambda *_: links, variables=lambda _: {})
    sightings: Any = SimpleNamespace(
        named=lambda *_: list(named), over_tcp=lambda _: SimpleNamespace(word="answered")
    )
    settled: Any = SimpleNamespace(settled=lambda _: "listens", links=lambda *_: links)
    expect = modes.TcpAlone({"db": POSTGRES}, ["app"], {}, [], [])
    promise: Any = SimpleNamespace(expect=expect)
    modes.test_tcp_alone(promise, PROBES, settled, sightings, traffic, unobservable)


def test_a_client_over_tcp_need_not_bear_its_name() -> None:
    """Either witness is enough, none is no break, and a Unix connection is."""
    over_tcp_alone(TCP)
    over_tcp_alone(NONE, "tcp")
    with pytest.raises(Unobservable, match="app to postgres"):
        over_tcp_alone(NONE)
    with pytest.raises(AssertionError, match="has a Unix connection"):
        over_tcp_alone(UNIX)
    with pytest.raises(AssertionError, match="sees app over"):
        over_tcp_alone(TCP, "tcp", "unix")


REDIS = Server("valkey", "redis", 6379, socket="/run/valkey.sock")


def no_tcp(links: dict[str, Links], **tcp: list[str]) -> None:
    """Judge two clients, one of which is a server too, by their links with each server."""
    traffic: Any = SimpleNamespace(linked=lambda _, server: links.get(server.service, NONE))
    expect = transports.NoTcp(["app", "valkey"], [POSTGRES, REDIS], 1.0)
    promise: Any = SimpleNamespace(expect=expect)
    transports.test_no_tcp_between(promise, tcp, PROBES, traffic, unobservable)


def test_each_client_must_be_seen_at_each_server() -> None:
    """One socket in use says nothing of the others; no server is its own client."""
    no_tcp({"postgres": UNIX, "valkey": UNIX})
    with pytest.raises(Unobservable, match=r"no connection was open: app to valkey$"):
        no_tcp({"postgres": UNIX})
    with pytest.raises(AssertionError, match="app uses none"):
        no_tcp({})
    with pytest.raises(AssertionError, match="over TCP"):
        no_tcp({"postgres": UNIX}, pair=["established"])


def test_a_server_is_known_by_all_its_addresses() -> None:
    """A client may come over another network than the first, and over IPv6."""
    networks = {
        "front": {"IPAddress": "172.18.0.2", "GlobalIPv6Address": ""},
        "back": {"IPAddress": "172.19.0.2", "GlobalIPv6Address": "fd00::2"},
        "none": {"IPAddress": ""},
    }
    container = SimpleNamespace(attrs={"NetworkSettings": {"Networks": networks}})
    lane: Any = SimpleNamespace(container=lambda _: container)
    remotes = ("172.18.0.2", "::ffff:172.19.0.2", "fd00::2", "172.18.0.9", "")
    sockets = [
        SimpleNamespace(remote=remote, remote_port=port, state=f"{remote}:{port}")
        for remote in remotes
        for port in (5432, 6379)
    ]
    probe: Any = SimpleNamespace(
        stat=lambda *_, **__: SimpleNamespace(inode=1),
        unix_sockets=list,
        tcp_sockets=lambda: sockets,
    )
    probes: Any = SimpleNamespace(beside=lambda _: probe)
    evidence = Evidence(Redactor())
    known = Transports(lane, probes, evidence)

    assert known.address("postgres") == "172.18.0.2"
    assert known.links(probe, POSTGRES).tcp == (
        "172.18.0.2:5432",
        "::ffff:172.19.0.2:5432",
        "fd00::2:5432",
    )
    traffic = ClientTraffic(lane, probes, known, evidence)
    assert len(traffic.tcp_seen(["app"], [POSTGRES], 0.1)["app to postgres"]) == 3

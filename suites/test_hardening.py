"""Hardening: who gets into the stores, from where, over what, and with which password."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from .servers import Server

if TYPE_CHECKING:
    from fixtures.containers import Containers
    from fixtures.credentials import Credentials
    from fixtures.outside import Outside
    from fixtures.peers import Peers
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.talks import Talks
    from fixtures.transports import Transports

CANNOT = ("refused", "asked for a password")
UNREACHED = ("refused", "timeout", "unreachable", "no-route")
LISTENS = "listens"
SERVES = 30.0
"""Seconds in which a server answers that was started again."""


@dataclass(frozen=True, slots=True)
class Login:
    """*host* on *network*, the compose file's key for it, is where another container logs in."""

    server: Server
    network: str
    host: str
    method: str
    """The method by its name in pg_hba.conf."""


@pytest.mark.promise("credentials", expect=Login)
def test_peer_needs_the_password(
    promise: Promise[Login], peers: Peers, credentials: Credentials
) -> None:
    """From another container the server asks in this way; a wrong password and none get nowhere.

    Inside its own container the image trusts the socket and loopback (postgres image,
    pg_hba.conf), so a login there would prove nothing.
    """
    account, where = promise.expect.server, (promise.expect.network, promise.expect.host)
    wanted = peers.wants(account, *where)
    assert wanted == promise.expect.method, f"it wants {wanted}"

    login = peers.login(account, *where, credentials.value(account.password))
    assert login.word == "accepted", f"with the right password: {login.word} {login.said}"
    for what, wrong in credentials.wrong(account.password).items():
        login = peers.login(account, *where, wrong)
        assert login.word == "refused", f"with {what}: {login.word} {login.said}"
    login = peers.login(account, *where, "")
    assert login.word in CANNOT, f"without a password: {login.word}"


@dataclass(frozen=True, slots=True)
class Encrypted:
    server: Server
    sslmode: Literal["require"]
    """What the client insists on."""


@pytest.mark.promise("tls", expect=Encrypted)
def test_connections_are_encrypted(promise: Promise[Encrypted], postgres: Postgres) -> None:
    """A login that insists on TLS works and is seen as encrypted; one that refuses it does not."""
    account, mode = promise.expect.server, promise.expect.sslmode
    secured = postgres.login(account, sslmode=mode)
    assert secured.word == "accepted", f"with sslmode=require: {secured.word} {secured.said}"
    assert secured.encrypted, "the server does not see the session as encrypted"
    plain = postgres.login(account, sslmode="disable")
    assert plain.word in CANNOT, f"with sslmode=disable: {plain.word}"


@dataclass(frozen=True, slots=True)
class Demanding:
    """*words* are what the server says without a password, and with a wrong one."""

    server: Server
    unauthenticated: str
    """How the answer begins before AUTH."""
    wrong: str
    """How the answer to a wrong password begins."""


@pytest.mark.promise("credentials", expect=Demanding)
def test_redis_demands_the_password(
    promise: Promise[Demanding], redis: Redis, credentials: Credentials
) -> None:
    """Nothing is answered before AUTH; a wrong password is told so; the right one opens."""
    expect = promise.expect
    replies = redis.raw(expect.server, ("PING",), ("GET", "stackproof"))
    assert [line.split()[0] for line in replies] == [expect.unauthenticated] * 2, f"seen {replies}"

    right = credentials.value(expect.server.password)
    assert right, f"{expect.server.password} is empty"
    wrong = credentials.wrong(expect.server.password)["another last character"]
    replies = redis.raw(expect.server, ("AUTH", wrong), ("PING",))
    words = [line.split()[0] for line in replies]
    assert words == [expect.wrong, expect.unauthenticated], f"with a wrong password: {replies}"
    replies = redis.raw(expect.server, ("AUTH", right), ("PING",))
    assert replies == ("+OK", "+PONG"), f"with the password: {replies}"


@dataclass(frozen=True, slots=True)
class Restricted:
    server: Server
    host_port: int
    """The port of the documented host."""


@pytest.mark.promise("published-port", expect=Restricted, lane="as-printed")
def test_port_is_for_this_host_alone(
    promise: Promise[Restricted],
    outside: Outside,
    transports: Transports,
    talks: Talks,
    containers: Containers,
) -> None:
    """The host reaches it on loopback; a container of another network not on any host address."""
    expect, server = promise.expect, promise.expect.server
    found = containers.inspect(server.service, "NetworkSettings", "Ports", f"{server.port}/tcp")
    bound = found if isinstance(found, list) else []
    addresses = sorted({one["HostIp"] for one in bound})
    # One that does not run lets nobody in either, and that is not what is promised.
    if bound and server.protocol != "grpc":
        word = talks.eventually(server.service, server.port, server.protocol, SERVES)
        serves = talks.spoken(server.protocol, word)
    else:
        word = transports.settled(server.service)
        serves = word == LISTENS
    if not serves:
        raise RuntimeError(f"{server.service} does not serve, so nothing is known: {word}")
    stranger, host = outside.stranger()
    met = stranger.connect(f"tcp://{host}:{expect.host_port}")
    spoken, word = transports.speaks(stranger, f"tcp://{host}:{expect.host_port}", server.protocol)

    open_to = [one for one in addresses if not is_loopback(one)]
    assert not spoken, f"a stranger is answered at {host}:{expect.host_port}: {word}"
    assert met.word in UNREACHED, f"a stranger at {host}:{expect.host_port}: {met.word}"
    assert not open_to, f"it is published on {open_to}"


def is_loopback(address: str) -> bool:
    """Return whether only this host reaches *address*; the engine's empty one is every address."""
    return bool(address) and ipaddress.ip_address(address).is_loopback


@dataclass(frozen=True, slots=True)
class Strong:
    service: str
    """The service that was given it."""
    variable: str
    """The variable that holds the password."""
    at_least: int
    """How many characters it has at least."""
    not_in: list[str]
    """Passwords that everybody knows."""


@pytest.mark.promise("credentials", expect=Strong, lane="as-printed")
def test_password_is_no_known_one(
    promise: Promise[Strong], containers: Containers, credentials: Credentials
) -> None:
    """What the container was given is long enough, and none that everybody knows."""
    expect = promise.expect
    given = containers.inspect(expect.service, "Config", "Env")
    values = dict(entry.partition("=")[::2] for entry in given)
    password = values.get(expect.variable, "")

    assert password == credentials.value(expect.variable), f"{expect.variable} is not that of .env"
    assert password not in expect.not_in, "it is one that the document prints or everybody knows"
    assert len(password) >= expect.at_least, f"it has {len(password)} characters"

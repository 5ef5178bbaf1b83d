"""Variables: what the template gives them, and whether that is true on the running stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.http import Http
    from fixtures.inside import Inside
    from fixtures.networks import Networks
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.repository import Repository
    from fixtures.talks import Talks

DATABASE = """\
import os, psycopg
with psycopg.connect(os.environ["URL"], connect_timeout=3) as one:
    print(*one.execute("SELECT current_user, current_database()").fetchone())"""
REDIS = """\
import os, redis
one = redis.Redis.from_url(os.environ["URL"], decode_responses=True, socket_timeout=3)
print(one.ping(), one.client_info()["db"])"""
CLIENTS = {"postgresql": DATABASE, "redis": REDIS}


@dataclass(frozen=True, slots=True)
class HostName:
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    network: terms.Network


@dataclass(frozen=True, slots=True)
class InnerPort:
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    network: terms.Network
    name: str
    """A name that containers on the network use."""
    speaks: str
    """``postgresql``, ``redis``, ``http`` or ``tls``."""


@dataclass(frozen=True, slots=True)
class Open:
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    server: Server
    """The server that is looked at."""


@dataclass(frozen=True, slots=True)
class Number:
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    server: Server
    """The server that is looked at."""
    proxy: str
    """The service through which a request is cached."""
    proxy_port: int
    """Its port in the container."""
    path: terms.Path


@dataclass(frozen=True, slots=True)
class Url:
    variable: str
    """A variable of .env."""
    value: str
    """What it is to have."""
    speaks: str
    """``postgresql``, ``redis``, ``http`` or ``tls``."""
    asked_from: terms.AskedFrom
    prints: str
    """What the session prints of itself."""


@pytest.mark.promise("env-file", expect=HostName, lane="static")
def test_template_names_host(promise: Promise[HostName], repository: Repository) -> None:
    """The template gives the variable this value."""
    _assert_template(promise.expect, repository)


@pytest.mark.promise("env-file", expect=HostName, lane="shared")
def test_host_is_known(
    promise: Promise[HostName], repository: Repository, networks: Networks
) -> None:
    """On the network the template's value leads to the service of that name."""
    expect = promise.expect
    name = repository.template().get(expect.variable, "absent")
    seen = networks.resolve_from_inside(expect.network, [name])[name]
    address = networks.addresses(expect.value).get(expect.network, "no address")

    assert address in seen.addresses, f"{name}: {list(seen.addresses)}, not {address}"


@pytest.mark.promise("env-file", expect=InnerPort, lane="static")
def test_template_names_port(promise: Promise[InnerPort], repository: Repository) -> None:
    """The template gives the variable this value."""
    _assert_template(promise.expect, repository)


@pytest.mark.promise("env-file", expect=InnerPort, lane="shared")
def test_port_answers(promise: Promise[InnerPort], repository: Repository, talks: Talks) -> None:
    """At the port that the template names the server answers by its name on the network."""
    expect = promise.expect
    port = repository.template().get(expect.variable, "absent")
    word = talks.inside(expect.network, f"{expect.name}:{port}", expect.speaks)

    assert talks.spoken(expect.speaks, word), f"{expect.name}:{port}: {word}"


@pytest.mark.promise("env-file", expect=Open)
def test_no_password_is_wanted(
    promise: Promise[Open], repository: Repository, redis: Redis
) -> None:
    """The template's value is this one, and a client without a password is served."""
    expect = promise.expect
    said = redis.raw(expect.server, ("PING",))
    setting = redis.setting(expect.server, "requirepass")

    _assert_template(expect, repository)
    assert said == ("+PONG",), f"PING without a password: {said}"
    assert setting == "", "a password is set"


@pytest.mark.promise("env-file", expect=Number)
def test_database_number(
    promise: Promise[Number], repository: Repository, http: Http, redis: Redis
) -> None:
    """After a request that is cached, there are keys in the database of this number alone."""
    expect = promise.expect
    body = b'{"prompt": "which database"}'
    answer = http.get(expect.proxy, expect.proxy_port, expect.path, method="POST", body=body)
    seen = redis.ask(expect.server, "INFO", "keyspace")

    _assert_template(expect, repository)
    assert answer.status == 200, f"{expect.path}: {answer.status}"
    assert seen.word == "answered", seen.word
    assert sorted(seen.value) == [f"db{expect.value}"], f"keys in {sorted(seen.value)}"


@pytest.mark.promise("env-file", expect=Url, lane="as-printed")
def test_url_works(promise: Promise[Url], repository: Repository, inside: Inside) -> None:
    """The literal value opens a session for a client in the network, to what it names."""
    expect = promise.expect
    value = repository.template().get(expect.variable, "")
    program = CLIENTS[expect.speaks]
    answer = inside.run(expect.asked_from, f"URL='{value}' python3 -c '{program}'")

    _assert_template(expect, repository)
    assert answer.exit_code == 0, f"{expect.variable}: {answer.short}"
    assert answer.stdout.strip() == expect.prints, f"seen {answer.stdout.strip()}"


def _assert_template(
    expect: HostName | InnerPort | Open | Number | Url, repository: Repository
) -> None:
    seen = repository.template().get(expect.variable, "absent")
    assert seen == expect.value, f"the template gives {expect.variable} {seen!r}"

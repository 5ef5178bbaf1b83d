"""Credentials: which values open a server, where they come from, and who is kept out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from .servers import Server

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.keepsakes import Keepsakes
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.s3 import S3

SYSTEM_ROLE = "postgres"
CANNOT = ("refused", "asked for a password")
NOAUTH, WRONGPASS = "-NOAUTH", "-WRONGPASS"


@dataclass(frozen=True, slots=True)
class Carried:
    reaches: dict[str, str]
    """By variable of .env, the service whose container gets its value."""


@pytest.mark.promise("env-file", expect=Carried)
def test_env_file_feeds_compose(promise: Promise[Carried], credentials: Credentials) -> None:
    """Values made for this copy stand in nothing but its .env; each reaches its container.

    The shell's own variables would win over .env, so Compose runs without those that .env sets.

    About env-file: what .env and its template hold, and what becomes of it.
    """
    for variable, service in promise.expect.reaches.items():
        origin = credentials.origin(variable)
        there = [place for place in origin.places if place.startswith(f"services.{service}.")]
        assert there, f"{variable} does not reach {service} in the resolved file"
        seen = credentials.carried(variable, service)
        assert seen != "nowhere", f"the container of {service} has no value of {variable}"


@dataclass(frozen=True, slots=True)
class Distinct:
    servers: list[Server]
    """The servers that it is about."""


@pytest.mark.promise("credentials", expect=Distinct)
def test_each_server_has_a_password_of_its_own(
    promise: Promise[Distinct], credentials: Credentials, keepsakes: Keepsakes
) -> None:
    """As many values as servers: each accepts its own and refuses those of the others."""
    names = [server.password for server in promise.expect.servers]
    assert len(set(names)) == len(names), f"expected a variable each, seen {sorted(set(names))}"
    values = {name: credentials.value(name) for name in names}
    assert len(set(values.values())) == len(values), "two variables hold the same value"

    opened = {
        server.service: {
            name for name, value in values.items() if keepsakes.let_in(server, value) == "accepted"
        }
        for server in promise.expect.servers
    }
    wanted = {server.service: {server.password} for server in promise.expect.servers}
    assert opened == wanted, f"opened by {opened}"


@dataclass(frozen=True, slots=True)
class FromVariable:
    server: Server
    variable: Literal["user", "password", "database"]
    """Which of the server's variables gives what it says."""
    default: str | None = None
    """What the template gives that variable."""


@pytest.mark.promise("credentials", expect=FromVariable)
def test_the_variable_decides(
    promise: Promise[FromVariable],
    credentials: Credentials,
    keepsakes: Keepsakes,
    postgres: Postgres,
    s3: S3,
) -> None:
    """The value made for this copy opens, and no other does: no template's, no other secret.

    Of a password, the compose file holds none. A user of PostgreSQL is its superuser, and of its
    users and databases none has another name of the variable's.

    Cannot see: users of Redis, databases but PostgreSQL's.

    About credentials: which values open a server, where they come from, who is kept out.
    """
    server, variable = promise.expect.server, promise.expect.variable
    if variable == "password":
        _assert_password(server, credentials, keepsakes)
    elif (variable, server.protocol) == ("user", "postgresql"):
        _assert_role(server, credentials, postgres)
    elif (variable, server.protocol) == ("database", "postgresql"):
        _assert_database(server, credentials, postgres)
    elif (variable, server.protocol) == ("user", "s3"):
        _assert_access_key(server, credentials, s3)
    else:
        raise ValueError(f"{server.protocol}: no look at what the {variable} comes from")
    if promise.expect.default is not None:
        name = str(getattr(server, variable))
        template = credentials.template(name)
        assert template == promise.expect.default, f"the template has another {name}"


def _assert_password(server: Server, credentials: Credentials, keepsakes: Keepsakes) -> None:
    word = keepsakes.let_in(server, credentials.value(server.password))
    assert word == "accepted", f"{word} with the value of {server.password}"

    for what, value in credentials.wrong(server.password).items():
        word = keepsakes.let_in(server, value)
        assert word == "refused", f"{word} with the value of {what}"
    origin = credentials.origin(server.password)
    assert origin.places, f"the value of {server.password} goes nowhere"
    assert origin.without != "a value of its own", f"the compose file has a {server.password}"


def _assert_role(account: Server, credentials: Credentials, postgres: Postgres) -> None:
    login = postgres.login(account)
    assert login.word == "accepted", f"{login.word} as the role of {account.user}"

    saw = postgres.run(
        account, "SELECT rolname, rolsuper, rolname = current_user FROM pg_roles WHERE rolcanlogin"
    )
    roles = {name: (superuser, own) for name, superuser, own in saw.rows}
    own = [superuser for superuser, ours in roles.values() if ours]
    assert own == [True], f"expected a superuser, seen rolsuper {own}"
    others = {SYSTEM_ROLE, *credentials.wrong(account.user).values()} & {
        name for name, (_, ours) in roles.items() if not ours
    }
    assert not others, f"expected no role beside the variable's, seen {sorted(others)}"


def _assert_database(account: Server, credentials: Credentials, postgres: Postgres) -> None:
    login = postgres.login(account)
    assert login.word == "accepted", f"{login.word} to the database of {account.database}"

    saw = postgres.run(account, "SELECT datname FROM pg_database WHERE NOT datistemplate")
    names = {name for (name,) in saw.rows}
    assert login.database in names
    others = names & set(credentials.wrong(account.database or "").values())
    assert not others, f"expected no database beside the variable's, seen {sorted(others)}"


def _assert_access_key(store: Server, credentials: Credentials, s3: S3) -> None:
    seen = s3.buckets(store)
    assert seen.word == "answered", f"{seen.word} with the access key of {store.user}"

    for what, value in credentials.wrong(store.user).items():
        seen = s3.buckets(store, user=value)
        answer = (seen.status, seen.word)
        assert answer == (403, "InvalidAccessKeyId"), f"{answer} with the access key {what}"


@dataclass(frozen=True, slots=True)
class Refused:
    server: Server
    refused: list[Literal["no password", "wrong password"]]
    """With what a client comes that is not let in."""


@pytest.mark.promise("credentials", expect=Refused)
def test_strangers_are_refused(
    promise: Promise[Refused], credentials: Credentials, postgres: Postgres, redis: Redis, s3: S3
) -> None:
    """From outside of the container, who comes with that gets nothing.

    PostgreSQL: a login, beside one with the right password; inside its container the image trusts
    socket and loopback, so a login there would prove nothing. Redis: PING and a read, and after a
    wrong AUTH the connection is as before. S3: a list beside one with a signature, and reads and
    writes in every bucket; MinIO refuses to list buckets, other servers show an anonymous caller
    the list of what nobody owns, which is empty.
    """
    server = promise.expect.server
    looks: dict[tuple[str, str], Callable[[], None]] = {
        ("postgresql", "no password"): lambda: _assert_no_login(server, postgres, ""),
        ("postgresql", "wrong password"): lambda: _assert_no_login(
            server, postgres, credentials.wrong(server.password)["another last character"]
        ),
        ("redis", "no password"): lambda: _assert_no_command(server, redis),
        ("redis", "wrong password"): lambda: _assert_no_auth(server, credentials, redis),
        ("s3", "no password"): lambda: _assert_signature_needed(server, s3),
    }
    for what in promise.expect.refused:
        if (server.protocol, what) not in looks:
            raise ValueError(f"{server.protocol}: no look at clients with {what}")
        looks[server.protocol, what]()


def _assert_no_login(account: Server, postgres: Postgres, password: str) -> None:
    login = postgres.login(account)
    assert login.word == "accepted", f"with the right password: {login.word}"
    login = postgres.login(account, password=password)
    if password:
        assert login.word == "refused", f"with a wrong password: {login.word}"
    else:
        assert login.word in CANNOT, f"without a password: {login.word}"


def _assert_no_command(server: Server, redis: Redis) -> None:
    replies = redis.raw(server, ("PING",), ("GET", "stackproof"))

    assert [line.split()[0] for line in replies] == [NOAUTH, NOAUTH], f"seen {replies}"


def _assert_no_auth(server: Server, credentials: Credentials, redis: Redis) -> None:
    wrong = credentials.wrong(server.password)["another last character"]
    for password in (wrong, "stackproof-is-wrong"):
        replies = redis.raw(server, ("AUTH", password), ("GET", "stackproof"))

        assert [line.split()[0] for line in replies] == [WRONGPASS, NOAUTH], f"seen {replies}"


def _assert_signature_needed(store: Server, s3: S3) -> None:
    buckets = s3.buckets(store)
    assert buckets.word == "answered", f"with a signature: {buckets.word}"

    seen = {"GET /": s3.anonymous(store, "GET", "/")}
    for bucket in buckets.buckets:
        with s3.object(store, bucket) as key:
            for method, what in (("GET", "?list-type=2"), ("GET", f"/{key}"), ("PUT", f"/{key}")):
                path = f"/{bucket}{what}"
                seen[f"{method} {path}"] = s3.anonymous(store, method, path)
    refused = ("403 AccessDenied", "200 no bucket")
    answered = {request: answer for request, answer in seen.items() if answer not in refused}
    assert not answered, f"expected 403 AccessDenied, seen {answered}"

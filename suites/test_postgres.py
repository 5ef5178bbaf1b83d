"""PostgreSQL: from where it is reached, what it was started with, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.peers import Peers
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class FromHost:
    server: Server
    host: str
    """A name or an address of the host, as the document gives it."""
    host_port: terms.HostPort


@pytest.mark.promise("connection", expect=FromHost, lane="as-printed")
def test_host_reaches_the_documented_address(
    promise: Promise[FromHost], postgres: Postgres, credentials: Credentials
) -> None:
    """A client with the documented options is let in, as whom and to what .env says.

    A name may stand for several addresses, such as ::1 and 127.0.0.1: one that answers will do,
    as for any client (RFC 8305).

    Cannot see: hosts beyond this one.
    """
    expect, server = promise.expect, promise.expect.server
    at = (expect.host, expect.host_port)

    login = postgres.login(server, at=at)
    assert login.word == "accepted", f"at {at[0]}:{at[1]}: {login.word}"
    assert login.user == credentials.value(server.user), f"current_user is {login.user}"
    assert login.database == credentials.value(server.database or ""), f"seen {login.database}"


@dataclass(frozen=True, slots=True)
class FromPeer:
    server: Server
    network: terms.Network
    host: str
    """The name that containers on the network use."""


@pytest.mark.promise("connection", expect=FromPeer)
def test_peer_reaches_the_service_by_its_name(
    promise: Promise[FromPeer], postgres: Postgres, peers: Peers
) -> None:
    """A container on the network logs in under the service's name, at the port inside."""
    expect, server = promise.expect, promise.expect.server

    started = "SELECT pg_postmaster_start_time()::text, current_user::text"
    saw = peers.run(server, expect.network, expect.host, started)
    assert saw.word == "done", f"{expect.host}:{server.port}: {saw.word} {saw.said}"
    direct = postgres.run(server, started)
    assert saw.rows == direct.rows, "expected the service itself, seen another server"


@dataclass(frozen=True, slots=True)
class Relational:
    server: Server


@pytest.mark.promise("postgres", expect=Relational)
def test_tables_are_kept_and_related(promise: Promise[Relational], postgres: Postgres) -> None:
    """What was committed is read by another client, what was rolled back is not.

    A row that refers to nobody is refused: 23503, foreign_key_violation.

    Cannot see: the application's own tables.

    About postgres: what a PostgreSQL server does with statements, tables and vectors.
    """
    with postgres.schema(promise.expect.server) as run:
        made = run(
            "CREATE TABLE players (id int PRIMARY KEY, name text NOT NULL)",
            "CREATE TABLE games (id int PRIMARY KEY, host int NOT NULL REFERENCES players)",
            "INSERT INTO players VALUES (1, 'first')",
            "INSERT INTO games VALUES (1, 1)",
        )
        assert made.word == "done", f"expected two tables, seen {made.word}"
        run("INSERT INTO players VALUES (2, 'second')", end="rollback")
        saw = run("SELECT g.id, p.name FROM games g JOIN players p ON p.id = g.host")
        assert saw.rows == ((1, "first"),), f"seen {saw.word} {saw.rows}"
        saw = run("SELECT count(*) FROM players")
        assert saw.rows == ((1,),), f"expected the rollback undone, seen {saw.rows}"
        orphan = run("INSERT INTO games VALUES (2, 7)")
        assert orphan.word == "23503", f"expected the orphan refused, seen {orphan.word}"


@dataclass(frozen=True, slots=True)
class Setting:
    server: Server
    setting: str
    """The name of the setting."""
    value: str
    """The value, as the server shows it."""
    source: str
    """What ``pg_settings`` calls where a value comes from, such as ``command line``."""


@pytest.mark.promise("setting", expect=Setting)
def test_setting_comes_from_where_it_is_documented(
    promise: Promise[Setting], postgres: Postgres
) -> None:
    """SHOW gives the value, and pg_settings.source tells it from an equal default."""
    expect = promise.expect
    saw = postgres.setting(expect.server, expect.setting)

    assert saw.word == "done", f"expected a login, seen {saw.word}"
    assert saw.rows, f"expected a setting {expect.setting}, seen none"
    value, source = saw.rows[0]
    assert value == expect.value, f"expected {expect.setting} {expect.value}, seen {value}"
    assert source == expect.source, f"expected it from {expect.source}, seen from {source}"

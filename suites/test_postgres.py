"""PostgreSQL: who is let in, to what, and what can be done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.peers import Peers
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise

SYSTEM_ROLE = "postgres"
CANNOT = ("refused", "asked for a password")


@dataclass(frozen=True, slots=True)
class Account:
    service: str
    port: int
    user: str
    password: str

    @property
    def database(self) -> str | None:
        """None: whether the documented database is there is another promise."""
        return None


@dataclass(frozen=True, slots=True)
class Database:
    service: str
    port: int
    user: str
    password: str
    database: str


@dataclass(frozen=True, slots=True)
class Version(Account):
    major: int


@dataclass(frozen=True, slots=True)
class FromHost(Database):
    host: str
    published: int


@dataclass(frozen=True, slots=True)
class FromPeer(Account):
    network: str
    host: str


@dataclass(frozen=True, slots=True)
class Setting(Account):
    name: str
    value: str
    source: str


@pytest.mark.promise("postgres-version", expect=Version)
def test_server_is_of_the_major_release(promise: Promise[Version], postgres: Postgres) -> None:
    """server_version_num is major * 10000 + minor since PostgreSQL 10 (manual, 20.15)."""
    saw = postgres.run(promise.expect, "SHOW server_version_num")

    assert saw.word == "done", f"expected a login, seen {saw.word}"
    number = int(saw.rows[0][0])
    assert number // 10000 == promise.expect.major, f"seen server_version_num {number}"


@pytest.mark.promise("postgres-role", expect=Account)
def test_the_variable_names_the_role(
    promise: Promise[Account], postgres: Postgres, credentials: Credentials
) -> None:
    """The role with the name made for this copy logs in and is the superuser; no other name is."""
    account = promise.expect
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


@pytest.mark.promise("postgres-password", expect=Account)
def test_the_variable_is_the_password(
    promise: Promise[Account], postgres: Postgres, credentials: Credentials
) -> None:
    """The password made for this copy opens; no other secret does, and the file holds none."""
    account = promise.expect
    login = postgres.login(account)
    assert login.word == "accepted", f"{login.word} with the password of {account.password}"

    for what, value in credentials.wrong(account.password).items():
        login = postgres.login(account, password=value)
        assert login.word == "refused", f"{login.word} with the value of {what}"
    origin = credentials.origin(account.password)
    assert origin.places, f"the value of {account.password} goes nowhere"
    assert origin.without != "a value of its own", f"the compose file has a {account.password}"


@pytest.mark.promise("postgres-auth", expect=Account)
def test_login_wants_the_password(
    promise: Promise[Account], postgres: Postgres, credentials: Credentials
) -> None:
    """Over the network: the right password opens, a wrong one and none do not.

    Inside the container the image trusts its socket and loopback (postgres image, pg_hba.conf),
    so a login there would prove nothing.
    """
    account = promise.expect
    wrong = credentials.wrong(account.password)["another last character"]

    login = postgres.login(account)
    assert login.word == "accepted", f"with the right password: {login.word}"
    login = postgres.login(account, password=wrong)
    assert login.word == "refused", f"with a wrong password: {login.word}"
    login = postgres.login(account, password="")
    assert login.word in CANNOT, f"without a password: {login.word}"


@pytest.mark.promise("postgres-database", expect=Database)
def test_the_variable_names_the_database(
    promise: Promise[Database], postgres: Postgres, credentials: Credentials
) -> None:
    """The database with the name made for this copy is there; the template's name is not."""
    account = promise.expect
    login = postgres.login(account)
    assert login.word == "accepted", f"{login.word} to the database of {account.database}"

    saw = postgres.run(account, "SELECT datname FROM pg_database WHERE NOT datistemplate")
    names = {name for (name,) in saw.rows}
    assert login.database in names
    others = names & set(credentials.wrong(account.database).values())
    assert not others, f"expected no database beside the variable's, seen {sorted(others)}"


@pytest.mark.promise("postgres-from-host", expect=FromHost, lane="as-printed")
def test_host_reaches_the_documented_address(
    promise: Promise[FromHost], postgres: Postgres, credentials: Credentials
) -> None:
    """A client with the documented options is let in, as whom and to what .env says.

    A name may stand for several addresses, such as ::1 and 127.0.0.1: one that answers will do,
    as for any client (RFC 8305).
    """
    expect = promise.expect
    at = (expect.host, expect.published)

    login = postgres.login(expect, at=at)
    assert login.word == "accepted", f"at {at[0]}:{at[1]}: {login.word}"
    assert login.user == credentials.value(expect.user), f"current_user is {login.user}"
    assert login.database == credentials.value(expect.database), f"seen {login.database}"


@pytest.mark.promise("postgres-from-peer", expect=FromPeer)
def test_peer_reaches_the_service_by_its_name(
    promise: Promise[FromPeer], postgres: Postgres, peers: Peers
) -> None:
    """A container on the network logs in under the service's name, at the port inside."""
    expect = promise.expect

    started = "SELECT pg_postmaster_start_time()::text, current_user::text"
    saw = peers.run(expect, expect.network, expect.host, started)
    assert saw.word == "done", f"{expect.host}:{expect.port}: {saw.word} {saw.said}"
    direct = postgres.run(expect, started)
    assert saw.rows == direct.rows, "expected the service itself, seen another server"


@pytest.mark.promise("postgres-store", expect=Database)
def test_tables_are_kept_and_related(promise: Promise[Database], postgres: Postgres) -> None:
    """What was committed is read by another client, what was rolled back is not.

    A row that refers to nobody is refused: 23503, foreign_key_violation.
    """
    account = promise.expect
    with postgres.schema(account) as run:
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


@pytest.mark.promise("postgres-setting", expect=Setting)
def test_setting_comes_from_where_it_is_documented(
    promise: Promise[Setting], postgres: Postgres
) -> None:
    """SHOW gives the value, and pg_settings.source tells it from an equal default."""
    expect = promise.expect
    saw = postgres.setting(expect, expect.name)

    assert saw.word == "done", f"expected a login, seen {saw.word}"
    assert saw.rows, f"expected a setting {expect.name}, seen none"
    value, source = saw.rows[0]
    assert value == expect.value, f"expected {expect.name} {expect.value}, seen {value}"
    assert source == expect.source, f"expected it from {expect.source}, seen from {source}"

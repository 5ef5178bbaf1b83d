"""Logins: roles and databases that a document names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .servers import Server

if TYPE_CHECKING:
    from fixtures.clients import Clients
    from fixtures.lanes import Lane
    from fixtures.promises import Promise

_ROLE = "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s"
_MAY = "SELECT has_database_privilege(%s, datname, 'CONNECT') FROM pg_database WHERE datname = %s"


@dataclass(frozen=True, slots=True)
class LoginRole:
    server: Server
    role: str
    """The role's name."""
    password: str
    """The variable of .env that holds the role's password."""
    database: str | None = None
    """The name of the database that it gets into."""


@pytest.mark.promise("credentials", expect=LoginRole)
def test_login_role(promise: Promise[LoginRole], clients: Clients, lane: Lane) -> None:
    """The role exists and may log in, and where a database is named, it gets into that."""
    expect, server = promise.expect, promise.expect.server
    place = clients.at_server(server)
    role = clients.sql(server, place, (_ROLE, [expect.role]))
    assert role.rows == ((True,),), f"role {expect.role}: {role.rows or 'none'} {role.said}"
    if expect.database is None:
        return
    may = clients.sql(server, place, (_MAY, [expect.role, expect.database]))
    assert may.rows == ((True,),), f"{expect.role} on {expect.database}: {may.rows or 'none'}"
    login = clients.login(
        server, place, user=expect.role, password=lane.env[expect.password],
        database=expect.database,
    )  # fmt: skip
    assert login.word == "accepted", f"{expect.role}: {login.word} {login.said}"
    assert login.database == expect.database

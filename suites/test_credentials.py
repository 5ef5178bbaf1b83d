"""Credentials: that .env feeds the stack, and that no store opens with another's secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.postgres import Postgres
    from fixtures.promises import Promise
    from fixtures.redis import Redis
    from fixtures.s3 import S3


@dataclass(frozen=True, slots=True)
class Carried:
    reaches: dict[str, str]


@dataclass(frozen=True, slots=True)
class PostgresAccount:
    service: str
    port: int
    user: str
    password: str

    @property
    def database(self) -> str | None:
        """None: which database there is does not matter here."""
        return None


@dataclass(frozen=True, slots=True)
class RedisServer:
    service: str
    port: int
    password: str


@dataclass(frozen=True, slots=True)
class S3Store:
    service: str
    port: int
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Stores:
    postgres: PostgresAccount
    redis: RedisServer
    s3: S3Store


@pytest.mark.promise("env-file", expect=Carried)
def test_env_file_feeds_compose(promise: Promise[Carried], credentials: Credentials) -> None:
    """Values made for this copy stand in nothing but its .env; each reaches its container.

    The shell's own variables would win over .env, so Compose runs without those that .env sets.
    """
    for variable, service in promise.expect.reaches.items():
        origin = credentials.origin(variable)
        there = [place for place in origin.places if place.startswith(f"services.{service}.")]
        assert there, f"{variable} does not reach {service} in the resolved file"
        seen = credentials.carried(variable, service)
        assert seen != "nowhere", f"the container of {service} has no value of {variable}"


@pytest.mark.promise("distinct-passwords", expect=Stores)
def test_each_store_has_a_password_of_its_own(
    promise: Promise[Stores],
    credentials: Credentials,
    postgres: Postgres,
    redis: Redis,
    s3: S3,
) -> None:
    """Three different values: each store accepts its own and refuses the other two."""
    stores = promise.expect
    names = (stores.postgres.password, stores.redis.password, stores.s3.password)
    assert len(set(names)) == len(names), f"expected three variables, seen {sorted(set(names))}"
    values = {name: credentials.value(name) for name in names}
    assert len(set(values.values())) == len(values), "two variables hold the same value"

    opened: dict[str, set[str]] = {"postgres": set(), "redis": set(), "s3": set()}
    for name, value in values.items():
        if postgres.login(stores.postgres, password=value).word == "accepted":
            opened["postgres"].add(name)
        if redis.raw(stores.redis, ("AUTH", value)) == ("+OK",):
            opened["redis"].add(name)
        if s3.buckets(stores.s3, secret=value).word == "answered":
            opened["s3"].add(name)
    wanted = {
        "postgres": {stores.postgres.password},
        "redis": {stores.redis.password},
        "s3": {stores.s3.password},
    }
    assert opened == wanted, f"opened by {opened}"

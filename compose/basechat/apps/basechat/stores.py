"""Connections to PostgreSQL and Redis, a cache over Redis, and counters."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import psycopg
import redis

SECONDS = 3


def database() -> psycopg.Connection[Any]:
    """Return a connection of its own to the database."""
    return psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=SECONDS, autocommit=True)


@cache
def store() -> redis.Redis:
    """Return the client of Redis that this process uses."""
    url = os.environ["REDIS_URL"]
    return redis.Redis.from_url(
        url, decode_responses=True, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    )


def cached(key: str, seconds: int, make: Callable[[], Any]) -> tuple[Any, bool]:
    """Return the value under *key*, made and kept for *seconds* where there is none; and if so."""
    found = store().get(key)
    if found is not None:
        return json.loads(found), True
    value = make()
    store().set(key, json.dumps(value), ex=seconds)
    return value, False


def counted(app: str, route: str) -> None:
    """Count a request of *route*; a store that is away stops nobody."""
    with suppress(redis.RedisError):
        store().hincrby(f"metrics:{app}", route, 1)

"""Connections to the database and the cache: a socket path comes before host and port."""

import os
from collections.abc import Mapping
from typing import Any

import psycopg
import redis

SECONDS = 3


def variable(*names: str, default: str = "") -> str:
    """Return the value of the first of *names* that is set and not empty."""
    return next((os.environ[name] for name in names if os.environ.get(name)), default)


def database() -> psycopg.Connection[Any]:
    """Return a connection to the database."""
    folder = variable("DB_SOCKET_PATH", "POSTGRES_SOCKET_PATH")
    if folder:
        # DB_PORT belongs to TCP; libpq would make it part of the socket's name.
        place: Mapping[str, Any] = {"host": folder, "port": 5432}
    else:
        port = int(variable("DB_PORT", default="5432"))
        place = {"host": variable("DB_HOST", default="postgres"), "port": port}
    return psycopg.connect(
        **place,
        user=variable("DB_USER"),
        password=variable("DB_PASSWORD"),
        dbname=variable("DB_NAME"),
        application_name=variable("SERVICE_NAME"),
        connect_timeout=SECONDS,
        autocommit=True,
    )


def cache() -> "redis.Redis":
    """Return a client of one connection to the cache."""
    path = variable("CACHE_SOCKET_PATH")
    options: dict[str, Any] = {
        "client_name": variable("SERVICE_NAME"),
        "decode_responses": True,
        "single_connection_client": True,
        "socket_timeout": SECONDS,
    }
    if path:
        return redis.Redis(unix_socket_path=path, **options)
    return redis.Redis(
        host=variable("CACHE_HOST", default="valkey-cache"),
        port=int(variable("CACHE_PORT", default="6379")),
        socket_connect_timeout=SECONDS,
        **options,
    )


class Stores:
    """One connection to each store, opened again when it broke."""

    def __init__(self) -> None:
        self._database: psycopg.Connection[Any] | None = None
        self._cache: redis.Redis | None = None

    def ask_database(self) -> str:
        """Return how the server sees this session: ``unix``, or the client's address."""
        try:
            if self._database is None:
                self._database = database()
            row = self._database.execute("SELECT inet_client_addr()").fetchone()
            return str(row[0]) if row and row[0] else "unix"
        except psycopg.Error:
            if self._database is not None:
                self._database.close()
            self._database = None
            raise

    def ask_cache(self) -> str:
        """Return how the server sees this connection: ``addr`` of CLIENT INFO."""
        try:
            return str(self.cache().client_info()["addr"])
        except (redis.RedisError, OSError):
            self._cache = None
            raise

    def cache(self) -> "redis.Redis":
        """Return the connection to the cache."""
        if self._cache is None:
            self._cache = cache()
        return self._cache

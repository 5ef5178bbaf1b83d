"""Settings: where to listen and how to reach the stores, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STORES_HOST = "localhost"


@dataclass(frozen=True, slots=True)
class Settings:
    """One process's settings; secrets stay out of its text."""

    bind: str
    port: int
    node_env: str
    postgres_port: int
    postgres_user: str
    postgres_database: str
    postgres_password: str = field(repr=False)
    redis_port: int
    redis_password: str = field(repr=False)
    minio_port: int
    minio_user: str
    minio_password: str = field(repr=False)
    adapter: bool

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings; raises ``ValueError`` for a port that is no number.

        A bridge container cannot reach a process that listens on loopback only (on Linux),
        so the default address is every address.
        ``SOCKETIO_ADAPTER=none`` leaves the Redis adapter out.
        """
        return cls(
            bind=env.get("BIND", "0.0.0.0"),
            port=_port(env, "API_PORT", 3000),
            node_env=env.get("NODE_ENV", "development"),
            postgres_port=_port(env, "POSTGRES_PORT", 5432),
            postgres_user=env.get("POSTGRES_USER", "liaruser"),
            postgres_database=env.get("POSTGRES_DB", "liardb"),
            postgres_password=env.get("POSTGRES_PASSWORD", ""),
            redis_port=_port(env, "REDIS_PORT", 6379),
            redis_password=env.get("REDIS_PASSWORD", ""),
            minio_port=_port(env, "MINIO_PORT", 9000),
            minio_user=env.get("MINIO_ROOT_USER", "minio-admin"),
            minio_password=env.get("MINIO_ROOT_PASSWORD", ""),
            adapter=env.get("SOCKETIO_ADAPTER", "redis") != "none",
        )


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(f"{name}: {text!r} is no port")
    return int(text)

"""Stores: what the API sees of PostgreSQL, Redis and MinIO, as a client on the host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from .echo import TOKEN
from .settings import STORES_HOST, Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Stores:
    """One route that asks each store a question; clients are loaded when it is first used."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._settings = settings
        self._redis = redis

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer 200 with what each store said, 503 if one of them did not answer."""
        looks = {"postgres": self._postgres(), "redis": self._ping(), "minio": self._buckets()}
        said = await asyncio.gather(*looks.values(), return_exceptions=True)
        failed = [type(one).__name__ for one in said if isinstance(one, BaseException)]
        report = {
            name: {"error": type(one).__name__} if isinstance(one, BaseException) else one
            for name, one in zip(looks, said, strict=True)
        }
        return web.json_response({"token": TOKEN, **report}, status=503 if failed else 200)

    async def _postgres(self) -> dict[str, str]:
        import psycopg

        settings = self._settings
        async with await psycopg.AsyncConnection.connect(
            host=STORES_HOST,
            port=settings.postgres_port,
            user=settings.postgres_user,
            password=settings.postgres_password,
            dbname=settings.postgres_database,
            connect_timeout=3,
        ) as connection:
            cursor = await connection.execute("SELECT current_user, current_database()")
            user, database = await cursor.fetchone() or ("", "")
        return {"user": str(user), "database": str(database)}

    async def _ping(self) -> dict[str, bool]:
        return {"pong": bool(await self._redis.ping())}

    async def _buckets(self) -> list[str]:
        import urllib3
        from minio import Minio

        settings = self._settings
        client = Minio(
            f"{STORES_HOST}:{settings.minio_port}",
            access_key=settings.minio_user,
            secret_key=settings.minio_password,
            secure=False,
            region="us-east-1",
            http_client=urllib3.PoolManager(timeout=3, retries=False),
        )
        return sorted(bucket.name for bucket in await asyncio.to_thread(client.list_buckets))

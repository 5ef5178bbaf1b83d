"""Games: sessions, cached states and the matching queue, all in Redis."""

from __future__ import annotations

import json
import secrets

from aiohttp import web
from redis.asyncio import Redis

from .durations import seconds
from .echo import TOKEN
from .settings import STORES_HOST, Settings

SESSION_SECONDS = 7 * 24 * 3600
QUEUE = "queue:matching"
LONGEST_POP = 30.0


def connect(settings: Settings) -> Redis:
    """Return a client that connects with its first command."""
    return Redis(
        host=STORES_HOST,
        port=settings.redis_port,
        password=settings.redis_password or None,
        db=0,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=LONGEST_POP + 5,
    )


class Games:
    """The routes that keep something in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be mounted without a prefix: nginx has taken ``/api`` away."""
        return [
            web.post("/session", self._open_session),
            web.get("/session/{id}", self._read_session),
            web.put("/state/{id}", self._write_state),
            web.get("/state/{id}", self._read_state),
            web.post("/queue", self._enqueue),
            web.post("/queue/pop", self._dequeue),
        ]

    async def _open_session(self, request: web.Request) -> web.Response:
        """Keep the JSON body under a new key for seven days."""
        name = secrets.token_urlsafe(16)
        await self._redis.set(f"session:{name}", await _body(request), ex=SESSION_SECONDS)
        answer = {"token": TOKEN, "id": name, "key": f"session:{name}", "seconds": SESSION_SECONDS}
        return web.json_response(answer, status=201)

    async def _read_session(self, request: web.Request) -> web.Response:
        return await self._read(f"session:{request.match_info['id']}")

    async def _write_state(self, request: web.Request) -> web.Response:
        await self._redis.set(f"state:{request.match_info['id']}", await _body(request))
        return web.Response(status=204)

    async def _read_state(self, request: web.Request) -> web.Response:
        return await self._read(f"state:{request.match_info['id']}")

    async def _read(self, key: str) -> web.Response:
        text = await self._redis.get(key)
        if text is None:
            return web.json_response({"token": TOKEN, "error": "not found"}, status=404)
        return web.json_response({"token": TOKEN, "key": key, "data": json.loads(text)})

    async def _enqueue(self, request: web.Request) -> web.Response:
        length = await self._redis.rpush(QUEUE, await _body(request))
        return web.json_response({"token": TOKEN, "key": QUEUE, "length": length}, status=201)

    async def _dequeue(self, request: web.Request) -> web.Response:
        """Pop the oldest entry; wait for one for ``wait`` seconds, else answer 204."""
        wait = min(seconds(request, "wait"), LONGEST_POP)
        entry: object
        if wait:
            popped = await self._redis.blpop([QUEUE], timeout=wait)
            entry = popped[1] if popped else None
        else:
            entry = await self._redis.lpop(QUEUE)
        if entry is None:
            return web.Response(status=204)
        return web.json_response({"token": TOKEN, "data": json.loads(str(entry))})


async def _body(request: web.Request) -> str:
    """Return the JSON body as text; raises ``HTTPBadRequest`` if it is none."""
    text = await request.text()
    try:
        json.loads(text)
    except ValueError:
        raise web.HTTPBadRequest(text="the body is no JSON\n") from None
    return text

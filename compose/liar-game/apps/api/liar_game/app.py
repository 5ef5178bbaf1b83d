"""App: the routes of the API in one aiohttp application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from redis.exceptions import RedisError

from . import echo, events, games, slow
from .stores import Stores

if TYPE_CHECKING:
    from .settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(settings: Settings) -> web.Application:
    """Return the application; nothing is connected yet.

    REST routes stand at the root because nginx takes ``/api`` away,
    sockets under ``/ws/`` because it keeps that prefix.
    """
    redis = games.connect(settings)
    app = web.Application(middlewares=[_echo_the_rest, _store_down])
    sio = events.server(settings)
    sio.attach(app, socketio_path="/ws/socket.io")
    app.router.add_get("/sleep", slow.sleep)
    app.router.add_get("/drip", slow.drip)
    app.router.add_get("/stores", Stores(settings, redis).answer)
    app.add_routes(games.Games(redis).routes())

    async def leave(_app: web.Application) -> None:
        await sio.shutdown()
        await redis.aclose()

    app.on_shutdown.append(leave)
    return app


@web.middleware
async def _echo_the_rest(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Echo what no route takes; a catch-all route would miss targets like ``*`` and ``/%0A``."""
    return await (echo.answer if request.match_info.http_exception else handler)(request)


@web.middleware
async def _store_down(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 503, with the error's name, while Redis cannot be used."""
    try:
        return await handler(request)
    except RedisError as error:
        answer = {"token": echo.TOKEN, "error": f"redis: {type(error).__name__}"}
        return web.json_response(answer, status=503)

"""Debug: what the document does not expose, for those inside the network only."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from aiohttp import web

from .migration import ConnectionMigration
from .state import State


class DebugServer:
    """Shows what the server holds, and does what an operator may ask of it."""

    def __init__(self, state: State, migration: ConnectionMigration) -> None:
        self._state, self._migration = state, migration
        app = web.Application()
        for path, shown in (
            ("settings", self._settings),
            ("clients", self._clients),
            ("sessions", self._sessions),
            ("breaker", self._breaker),
            ("notes", self._notes),
        ):
            app.router.add_get(f"/debug/{path}", shown)
        for path, done in (
            ("block", self._block),
            ("migrate", self._migrate),
            ("stop-listening", self._stop_listening),
            ("close", self._close),
        ):
            app.router.add_post(f"/debug/{path}", done)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        """Listen, if a port is set."""
        if self._state.settings.debug_port:
            await self._runner.setup()
            site = web.TCPSite(self._runner, "0.0.0.0", self._state.settings.debug_port)
            await site.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

    async def _settings(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(dataclasses.asdict(self._state.settings))

    async def _clients(self, request: web.Request) -> web.Response:
        del request
        shown: dict[str, Any] = {
            key: one.quality.shown(one.socket) | {"queued": len(one.queue), "ip": one.ip}
            for key, one in self._state.clients.items()
        }
        return web.json_response(shown)

    async def _sessions(self, request: web.Request) -> web.Response:
        del request
        shown = {
            key: {"created": one.created, "last_used": one.last_used}
            for key, one in self._state.sessions.sessions.items()
        }
        return web.json_response(shown)

    async def _breaker(self, request: web.Request) -> web.Response:
        del request
        breaker = self._state.breaker
        return web.json_response({"state": breaker.state, "failures": breaker.failure_count})

    async def _notes(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"notes": self._state.notes})

    async def _block(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self._state.limiter.block_ip(asked["ip"], asked.get("seconds"))
        return web.json_response({"blocked": asked["ip"]})

    async def _migrate(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self._migration.begin(str(asked["host"]), int(asked["port"]))
        return web.json_response({"migrating": len(self._state.clients)})

    async def _stop_listening(self, request: web.Request) -> web.Response:
        del request
        if self._state.server is not None:
            self._state.server.close()
        return web.json_response({"serving": self._state.serving})

    async def _close(self, request: web.Request) -> web.Response:
        asked = await request.json()
        connection = self._state.clients.get(asked["client_key"])
        if connection is not None:
            # Not before this is answered: closing may keep the loop waiting.
            asyncio.get_running_loop().call_later(0.1, connection.reader.feed_eof)
        return web.json_response({"closed": connection is not None})

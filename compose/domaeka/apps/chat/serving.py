"""Serving: takes connections in, or refuses them, and follows each to its end."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from . import frames
from .compression import NotGzip
from .connections import Connection
from .pings import Pinger, PingTimeoutManager
from .requests import Requests
from .state import State

logger = logging.getLogger(__name__)


class Acceptor:
    """Serves each client that connects."""

    def __init__(self, state: State, pings: PingTimeoutManager) -> None:
        self._state, self._pings = state, pings

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the client behind *reader* and *writer* until one side ends it."""
        connection = Connection(reader, writer, self._state)
        try:
            refused = await self._refused(connection)
            if refused:
                self._state.metrics.error(refused)
                logger.info("[REFUSED] %s: %s", connection.key, refused)
            else:
                await self._serve(connection)
        finally:
            await connection.close()

    async def _refused(self, connection: Connection) -> str | None:
        """Return why *connection* gets no service, if it gets none."""
        state = self._state
        if not state.limiter.is_allowed(connection.ip):
            return "rate_limited"
        if state.redirect_to is not None:
            host, port = state.redirect_to
            moved = {"new_host": host, "new_port": port, "migrate_after": 0}
            await connection.send("serverMigration", moved)
            await connection.flushed()
            return "redirected"
        if len(state.clients) >= state.settings.max_connections:
            return "too_many_connections"
        return None

    async def _serve(self, connection: Connection) -> None:
        state = self._state
        state.clients[connection.key] = connection
        state.metrics.connected()
        pinger = Pinger(connection, self._pings)
        requests = Requests(connection, pinger, state)
        own: set[asyncio.Task[Any]] = set()
        try:
            while True:
                await self._next(connection, requests, own)
        except frames.TooLarge:
            state.metrics.error("too_large")
        except (asyncio.IncompleteReadError, OSError):
            pass  # it has gone
        finally:
            pinger.stop()
            for task in own:
                task.cancel()
            if state.clients.get(connection.key) is connection:
                del state.clients[connection.key]
            state.metrics.disconnected()

    async def _next(
        self, connection: Connection, requests: Requests, own: set[asyncio.Task[Any]]
    ) -> None:
        try:
            frame = await connection.receive()
            event, data = frames.event_of(frame.payload)
            handler = requests.known[event]
        except NotGzip:
            await self._complain(connection, "bad_gzip")
        except (ValueError, KeyError) as error:
            if isinstance(error, frames.TooLarge):
                raise
            await self._complain(connection, "bad_message")
        else:
            if event in requests.slow:
                task = asyncio.create_task(handler(data))
                for tasks in (own, self._state.pending):
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                return
            try:
                await handler(data)
            except (ValueError, KeyError, TypeError):
                await self._complain(connection, "bad_message")

    async def _complain(self, connection: Connection, kind: str) -> None:
        self._state.metrics.error(kind)
        await connection.send("error", {"reason": kind})

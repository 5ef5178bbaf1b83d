"""Shutdown: ends the server without losing what is in progress."""

from __future__ import annotations

import asyncio
import logging
import signal
from functools import partial

from .priorities import MessagePriority
from .state import State

logger = logging.getLogger(__name__)
NOTICE = 2.0
"""Seconds for a notice to reach a client that reads."""


class GracefulShutdown:
    """Ends the server at the first SIGTERM or SIGINT, step by step."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.shutdown_in_progress = False
        self._task: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        # A handler of the loop wakes it, which signal.signal does not.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, partial(self._signalled, int(number)))

    def _signalled(self, number: int) -> None:
        logger.info("[SHUTDOWN] 종료 신호 수신: %d", number)
        if self.shutdown_in_progress:
            return
        self.shutdown_in_progress = True
        self._task = asyncio.create_task(self.shutdown())

    async def shutdown(self) -> None:
        """Refuse, tell, wait, close, and let the process end: in this order."""
        logger.info("[SHUTDOWN] 우아한 종료 시작...")
        if self._state.server is not None:
            self._state.server.close()
        await self.notify_clients_shutdown()
        await self.wait_for_pending_tasks(self._state.settings.shutdown_wait)
        await self.close_all_connections()
        self._state.shutdown_event.set()

    async def notify_clients_shutdown(self) -> None:
        """Tell every client; one that does not read keeps no other waiting."""
        notice = {
            "reason": "maintenance",
            "reconnect_after": self._state.settings.reconnect_after,
        }
        clients = list(self._state.clients.values())
        for connection in clients:
            await connection.send("serverShutdown", notice, MessagePriority.CRITICAL)
        await asyncio.gather(*(connection.flushed(NOTICE) for connection in clients))

    async def wait_for_pending_tasks(self, timeout: float) -> None:
        """Wait for requests in progress, at most *timeout* seconds; pings are none."""
        if self._state.pending:
            await asyncio.wait(self._state.pending, timeout=timeout)

    async def close_all_connections(self) -> None:
        """Close every connection, once what is queued has gone out."""
        clients = list(self._state.clients.values())
        await asyncio.gather(*(connection.flushed(NOTICE) for connection in clients))
        for connection in clients:
            connection.reader.feed_eof()
        while self._state.clients:
            await asyncio.sleep(0.02)

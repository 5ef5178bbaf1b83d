"""Shutdown, as printed (6.1), with what the snippet leaves out: how steps 2 to 4 are done."""

from __future__ import annotations

import asyncio
import logging
import signal

from .priorities import MessagePriority
from .state import State

logger = logging.getLogger(__name__)


class GracefulShutdown:
    """The snippet."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.shutdown_in_progress = False
        signal.signal(signal.SIGTERM, self._signal_handler)
        signal.signal(signal.SIGINT, self._signal_handler)

    def _signal_handler(self, signum: int, frame: object) -> None:
        del frame
        logger.info("[SHUTDOWN] 종료 신호 수신: %d", signum)
        asyncio.create_task(self.shutdown())  # noqa: RUF006

    async def shutdown(self) -> None:
        """End in five steps."""
        if self.shutdown_in_progress:
            return
        self.shutdown_in_progress = True
        logger.info("[SHUTDOWN] 우아한 종료 시작...")
        assert self._state.server is not None
        self._state.server.close()
        await self.notify_clients_shutdown()
        await self.wait_for_pending_tasks(timeout=self._state.settings.shutdown_wait)
        await self.close_all_connections()
        self._state.shutdown_event.set()

    async def notify_clients_shutdown(self) -> None:
        """Tell every client."""
        notice = {"reason": "maintenance", "reconnect_after": self._state.settings.reconnect_after}
        clients = list(self._state.clients.values())
        for connection in clients:
            await connection.send("serverShutdown", notice, MessagePriority.CRITICAL)
        await asyncio.gather(*(connection.flushed(2.0) for connection in clients))

    async def wait_for_pending_tasks(self, timeout: float) -> None:
        """Wait for requests in progress, at most *timeout* seconds."""
        if self._state.pending:
            await asyncio.wait(self._state.pending, timeout=timeout)

    async def close_all_connections(self) -> None:
        """Close every connection, once what is queued has gone out."""
        clients = list(self._state.clients.values())
        await asyncio.gather(*(connection.flushed(2.0) for connection in clients))
        for connection in clients:
            connection.reader.feed_eof()
        while self._state.clients:
            await asyncio.sleep(0.02)

"""Pings, as printed (2.1), with what the snippet leaves out: who pings, and who checks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time

from .connections import Connection
from .priorities import MessagePriority
from .state import State

logger = logging.getLogger(__name__)


class Pinger:
    """Pings one client for as long as it is connected."""

    def __init__(self, connection: Connection, manager: PingTimeoutManager) -> None:
        self._connection, self._manager = connection, manager
        self._settings = manager.settings
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await asyncio.sleep(
            random.uniform(self._settings.ping_first_min, self._settings.ping_first_max)  # noqa: S311
        )
        for number in itertools.count(1):
            self._manager.connections[self._connection.key] = self._connection
            self._manager.ping_timestamps[self._connection.key] = time.time()
            data = {"id": number, "ts": time.time()}
            await self._connection.send("ping", data, MessagePriority.CRITICAL)
            await asyncio.sleep(self._settings.ping_interval)

    def pong(self, number: int) -> None:
        """Take the answer to ping *number*."""
        del number
        self._manager.pong_received[self._connection.key] = time.time()

    def stop(self) -> None:
        """Ping no more."""
        self.task.cancel()


class PingTimeoutManager:
    """The snippet."""

    def __init__(self, state: State) -> None:
        self.settings = state.settings
        self.timeout = state.settings.ping_timeout
        self.connections: dict[str, Connection] = {}
        self.ping_timestamps: dict[str, float] = {}
        self.pong_received: dict[str, float] = {}

    async def check_timeouts(self) -> None:
        """End every connection that the snippet finds silent for too long."""
        current_time = time.time()
        for client_key, last_ping in list(self.ping_timestamps.items()):
            last_pong = self.pong_received.get(client_key, 0)
            if current_time - last_ping > self.timeout and last_pong < last_ping:
                logger.warning("[TIMEOUT] Ping 응답 없음: %s", client_key)
                self.connections[client_key].writer.transport.abort()

    async def run(self) -> None:
        """Check again and again."""
        while True:
            await asyncio.sleep(min(1.0, self.timeout / 10))
            await self.check_timeouts()

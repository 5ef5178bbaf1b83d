"""Pings: one schedule a client, and the end of clients that do not answer."""

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
        self._sent: dict[int, float] = {}
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        first = random.uniform(self._settings.ping_first_min, self._settings.ping_first_max)  # noqa: S311
        due = loop.time() + first
        for number in itertools.count(1):
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += self._settings.ping_interval
            self._sent[number] = time.monotonic()
            self._manager.pinged(self._connection)
            data = {"id": number, "ts": time.time()}
            await self._connection.send("ping", data, MessagePriority.CRITICAL)

    def pong(self, number: int) -> None:
        """Take the answer to ping *number*, which answers all earlier ones too."""
        at = self._sent.get(number)
        if at is None:
            return
        self._connection.quality.add_rtt_sample(time.monotonic() - at)
        self._sent = {one: when for one, when in self._sent.items() if one > number}
        self._manager.answered(self._connection, min(self._sent.values(), default=None))

    def stop(self) -> None:
        """Ping no more."""
        self.task.cancel()
        self._manager.forget(self._connection)


class PingTimeoutManager:
    """Ends connections whose first unanswered ping is too old.

    The time of the last ping would never be: another goes out each 30 s.
    """

    def __init__(self, state: State) -> None:
        self.settings = state.settings
        self.timeout = state.settings.ping_timeout
        self._unanswered: dict[Connection, float] = {}

    def pinged(self, connection: Connection) -> None:
        """Note a ping; only the first without an answer counts."""
        self._unanswered.setdefault(connection, time.monotonic())

    def answered(self, connection: Connection, still: float | None) -> None:
        """Note an answer; *still* is when the oldest ping went out that has none yet."""
        self._unanswered.pop(connection, None)
        if still is not None:
            self._unanswered[connection] = still

    def forget(self, connection: Connection) -> None:
        """Drop a connection that has ended."""
        self._unanswered.pop(connection, None)

    async def check_timeouts(self) -> None:
        """End every connection that has been silent for too long."""
        now = time.monotonic()
        for connection, since in list(self._unanswered.items()):
            if now - since > self.timeout:
                logger.warning("[TIMEOUT] Ping 응답 없음: %s", connection.key)
                self.forget(connection)
                connection.writer.transport.abort()

    async def run(self) -> None:
        """Check again and again, each second or a tenth of a timeout that is set shorter."""
        while True:
            await asyncio.sleep(min(1.0, self.timeout / 10))
            await self.check_timeouts()

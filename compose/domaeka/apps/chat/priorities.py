"""Priorities: what waits to be sent, the most urgent first."""

from __future__ import annotations

import asyncio
import itertools
from enum import IntEnum
from typing import Any


class MessagePriority(IntEnum):
    """How urgent a message is; a smaller number goes first."""

    CRITICAL = 0
    """Pings, pongs and system messages."""
    HIGH = 1
    """Answers to commands."""
    NORMAL = 2
    """Ordinary messages."""
    LOW = 3
    """Logs and statistics."""


class PriorityMessageQueue:
    """Messages by priority, and by age within one.

    A counter tells the age: clock times may be equal or step back, and then messages would be
    compared, which dictionaries cannot be.
    """

    def __init__(self) -> None:
        self._queue: asyncio.PriorityQueue[tuple[int, int, Any]] = asyncio.PriorityQueue()
        self._numbers = itertools.count()

    async def put(self, priority: MessagePriority, message: Any) -> None:
        """Add *message* behind those of its priority."""
        await self._queue.put((priority, next(self._numbers), message))

    async def get(self) -> Any:
        """Return the next message, once there is one."""
        _, _, message = await self._queue.get()
        return message

    def __len__(self) -> int:
        return self._queue.qsize()

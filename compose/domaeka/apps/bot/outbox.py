"""Outbox: messages that wait to be sent, and those that wait for their answer."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A numbered message, and when it was queued: monotonic seconds."""

    number: int
    queued: float


class Outbox:
    """Keeps messages in order, and drops those that have waited too long."""

    def __init__(self, ttl: float) -> None:
        self._ttl = ttl
        self._waiting: deque[Message] = deque()
        self.unanswered: dict[int, Message] = {}
        self.dropped: list[int] = []

    def put(self, number: int) -> None:
        """Queue message *number*."""
        self._waiting.append(Message(number, time.monotonic()))

    def next(self) -> Message | None:
        """Return the next message that is still good, which then waits for its answer."""
        while self._waiting:
            message = self._waiting.popleft()
            if time.monotonic() - message.queued <= self._ttl:
                self.unanswered[message.number] = message
                return message
            self.dropped.append(message.number)
        return None

    def answered(self, number: int) -> None:
        """Forget message *number*: the server has it."""
        self.unanswered.pop(number, None)

    def take_back(self) -> None:
        """Queue again, first, what was sent and not answered before the connection ended."""
        self._waiting.extendleft(
            sorted(self.unanswered.values(), key=lambda one: one.number, reverse=True)
        )
        self.unanswered.clear()

    def __len__(self) -> int:
        return len(self._waiting)

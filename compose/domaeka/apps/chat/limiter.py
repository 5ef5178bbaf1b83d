"""Limiter: how often an address may connect, and which may not at all."""

from __future__ import annotations

import time
from collections import defaultdict, deque


class RateLimiter:
    """Counts the attempts of each address in a sliding window; refused ones do not count."""

    def __init__(self, most: int, window: float, block_seconds: float) -> None:
        self.max_connections = most
        self.window = window
        self.block_seconds = block_seconds
        self._attempts: defaultdict[str, deque[float]] = defaultdict(deque)
        self._blocked: dict[str, float] = {}

    def is_allowed(self, ip_address: str) -> bool:
        """Return whether *ip_address* may connect now; if so, the attempt counts."""
        now = time.monotonic()
        if self._blocked.get(ip_address, 0.0) > now:
            return False
        self._blocked.pop(ip_address, None)
        attempts = self._attempts[ip_address]
        while attempts and attempts[0] < now - self.window:
            attempts.popleft()
        if len(attempts) >= self.max_connections:
            return False
        attempts.append(now)
        return True

    def block_ip(self, ip_address: str, duration: float | None = None) -> None:
        """Refuse *ip_address* for *duration* seconds, as long as set where none is given."""
        seconds = self.block_seconds if duration is None else duration
        self._blocked[ip_address] = time.monotonic() + seconds

"""Backoff: how long a client waits before it tries again."""

from __future__ import annotations

import random


class ExponentialBackoff:
    """Doubles the delay up to a limit, and adds a random part of it."""

    def __init__(self, base_delay: float, max_delay: float, jitter_factor: float) -> None:
        self.base_delay = base_delay
        self.max_delay = max_delay
        self.jitter_factor = jitter_factor
        self.attempts = 0

    def get_delay(self) -> float:
        """Return the seconds to wait now; the next wait is longer."""
        # 2.0 ** 1024 is no float any more, and the limit is reached long before.
        delay = min(self.base_delay * (2 ** min(self.attempts, 64)), self.max_delay)
        self.attempts += 1
        return delay + random.uniform(0, delay * self.jitter_factor)  # noqa: S311

    def reset(self) -> None:
        """Begin with the shortest delay again."""
        self.attempts = 0

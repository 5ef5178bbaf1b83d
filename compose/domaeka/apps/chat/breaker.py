"""Breaker: stops calling a target that keeps failing."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """Opens after so many failures in a row, and tries again after a while."""

    def __init__(self, failure_threshold: int, recovery_timeout: float) -> None:
        self.failure_threshold = failure_threshold
        self.recovery_timeout = recovery_timeout
        self.failure_count = 0
        self.last_failure_time = 0.0
        self.state = "CLOSED"

    def record_success(self) -> None:
        """Close, and forget all failures."""
        self.failure_count = 0
        self.state = "CLOSED"

    def record_failure(self) -> None:
        """Count a failure, and open where there were enough."""
        self.failure_count += 1
        self.last_failure_time = time.monotonic()
        if self.failure_count >= self.failure_threshold:
            self.state = "OPEN"
            logger.warning("[CIRCUIT] 회로 차단기 OPEN - %d회 연속 실패", self.failure_count)

    def can_attempt(self) -> bool:
        """Return whether a call may be made now."""
        if self.state == "CLOSED":
            return True
        if (
            self.state == "OPEN"
            and time.monotonic() - self.last_failure_time > self.recovery_timeout
        ):
            self.state = "HALF_OPEN"
        return self.state == "HALF_OPEN"

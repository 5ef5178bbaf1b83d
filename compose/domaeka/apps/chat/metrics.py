"""Metrics: totals of the whole server."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any


class ServerMetrics:
    """Counters since the start."""

    def __init__(self) -> None:
        self.start_time = time.time()
        self.total_connections = 0
        self.active_connections = 0
        self.messages_sent = 0
        self.messages_received = 0
        self.bytes_sent = 0
        self.bytes_received = 0
        self.errors: defaultdict[str, int] = defaultdict(int)

    def connected(self) -> None:
        """Count a connection that is served."""
        self.total_connections += 1
        self.active_connections += 1

    def disconnected(self) -> None:
        """Count the end of a connection that was served."""
        self.active_connections -= 1

    def sent(self, size: int) -> None:
        """Count a message to a client, *size* bytes on the wire."""
        self.messages_sent += 1
        self.bytes_sent += size

    def received(self, size: int) -> None:
        """Count a message from a client, *size* bytes on the wire."""
        self.messages_received += 1
        self.bytes_received += size

    def error(self, kind: str) -> None:
        """Count an error of this *kind*."""
        self.errors[kind] += 1

    def get_stats(self) -> dict[str, Any]:
        """Return what /metrics shows."""
        uptime = time.time() - self.start_time
        return {
            "uptime": uptime,
            "total_connections": self.total_connections,
            "active_connections": self.active_connections,
            "message_rate": self.messages_sent / uptime if uptime > 0 else 0,
            "throughput": {
                "sent": self.bytes_sent / uptime if uptime > 0 else 0,
                "received": self.bytes_received / uptime if uptime > 0 else 0,
            },
            "errors": dict(self.errors),
        }

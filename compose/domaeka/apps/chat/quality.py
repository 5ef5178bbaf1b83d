"""Quality: what is measured of one connection."""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from typing import Any

TOTAL_RETRANS = 100
"""Where tcpi_total_retrans stands in struct tcp_info: linux/tcp.h."""


class ConnectionMetrics:
    """Round trips, traffic and losses of one connection."""

    def __init__(self, samples: int) -> None:
        self.rtt_samples: deque[float] = deque(maxlen=samples)
        self.last_activity = time.time()
        self.bytes_sent = 0
        self.bytes_received = 0
        self.message_count = 0

    def add_rtt_sample(self, rtt: float) -> None:
        """Keep *rtt*, seconds; the oldest goes when there are enough."""
        self.rtt_samples.append(rtt)

    @property
    def avg_rtt(self) -> float:
        """The mean of the kept samples in seconds; 0 without one."""
        return sum(self.rtt_samples) / len(self.rtt_samples) if self.rtt_samples else 0

    def received(self, size: int) -> None:
        """Count a message of *size* bytes from the client."""
        self.bytes_received += size
        self.message_count += 1
        self.last_activity = time.time()

    def sent(self, size: int) -> None:
        """Count a message of *size* bytes to the client."""
        self.bytes_sent += size

    def shown(self, sock: Any) -> dict[str, Any]:
        """Return all of it as plain data; *sock* is the connection's socket."""
        return {
            "avg_rtt": self.avg_rtt,
            "rtt_samples": len(self.rtt_samples),
            "packet_loss": retransmitted(sock),
            "last_activity": self.last_activity,
            "bytes_sent": self.bytes_sent,
            "bytes_received": self.bytes_received,
            "message_count": self.message_count,
        }


def retransmitted(sock: Any) -> int:
    """Return how many segments the kernel sent again: TCP shows no other trace of loss."""
    try:
        info: bytes = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TOTAL_RETRANS + 4)
    except OSError:
        return 0
    return int(struct.unpack_from("=I", info, TOTAL_RETRANS)[0])

"""One chat client: what came over its connection, when, and how it ended.

A frame is a length of 4 bytes, big-endian, a byte of flags (bit 0: gzip) and so many bytes of
UTF-8 JSON. Times are seconds of CLOCK_MONOTONIC, which all processes of one kernel share.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
import struct
import time
from typing import Any

Answer = dict[str, Any]
HEAD = struct.Struct(">IB")
LONG_TEXT = 200


def packed(message: bytes, zipped: bool = False) -> bytes:
    """Return *message* as a frame."""
    payload = gzip.compress(message) if zipped else message
    return HEAD.pack(len(payload), int(zipped)) + payload


def brief(value: Any) -> Any:
    """Return *value* with each long text replaced by its size and digest."""
    if isinstance(value, dict):
        return {key: brief(one) for key, one in value.items()}
    if isinstance(value, str) and len(value) > LONG_TEXT:
        data = value.encode()
        return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return value


class Client(asyncio.Protocol):
    """One connection: what came, when, and how it ended."""

    def __init__(self, pong: float | None) -> None:
        self.pong = pong
        self.frames: list[Answer] = []
        self.end: Answer | None = None
        self.sent = self.received = 0
        self.changed = asyncio.Event()
        self._buffer = bytearray()
        self._eof = False
        self._later: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep each whole frame, and answer a ping as told."""
        now = time.monotonic()
        self.received += len(data)
        self._buffer += data
        while len(self._buffer) >= HEAD.size:
            size, flags = HEAD.unpack_from(self._buffer)
            if len(self._buffer) < HEAD.size + size:
                break
            payload = bytes(self._buffer[HEAD.size : HEAD.size + size])
            del self._buffer[: HEAD.size + size]
            self._keep(now, flags, payload)
        self._tell()

    def _keep(self, now: float, flags: int, payload: bytes) -> None:
        plain = gzip.decompress(payload) if flags & 1 else payload
        try:
            message = json.loads(plain)
        except ValueError:
            message = {"event": "no JSON", "data": {"text": plain[:100].decode(errors="replace")}}
        event, data = str(message.get("event", "")), message.get("data") or {}
        self.frames.append(
            {
                "at": now, "event": event, "data": brief(data), "gzip": bool(flags & 1),
                "wire": len(payload), "plain": len(plain), "magic": payload[:3].hex(),
            }
        )  # fmt: skip
        if event == "ping" and self.pong is not None:
            pong = {"event": "pong", "data": {"id": data.get("id")}}
            loop = asyncio.get_running_loop()
            loop.call_later(self.pong, self.write, packed(json.dumps(pong).encode()))

    def write(self, data: bytes) -> None:
        """Send *data*, unless the connection has ended."""
        if self.end is None and not self.transport.is_closing():
            self.sent += len(data)
            self.transport.write(data)

    def eof_received(self) -> bool:
        """Close in answer to a FIN."""
        self._eof = True
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Keep how it ended: ``fin``, ``reset``, ``closed`` (by us), or the error."""
        word = "fin" if self._eof else "closed"
        if error is not None:
            word = "reset" if isinstance(error, ConnectionError) else str(error)
        self.end = {"how": word, "at": time.monotonic()}
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def until(self, events: list[str], after: int, seconds: float) -> int | None:
        """Return the number of the first frame after *after* of one of *events*, or None."""
        deadline = time.monotonic() + seconds
        number = after
        while True:
            while number < len(self.frames):
                if not events or self.frames[number]["event"] in events:
                    return number
                number += 1
            left = deadline - time.monotonic()
            if self.end is not None or left <= 0:
                return None
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.changed.wait(), left)

"""Frames: the client's half of the wire format; see chat/frames.py."""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from typing import Any

HEAD = struct.Struct("!IB")
COMPRESSED, BINARY = 1, 2


async def read(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
    """Return the next event and its data; raises `asyncio.IncompleteReadError` at the end."""
    while True:
        size, flags = HEAD.unpack(await reader.readexactly(HEAD.size))
        payload = await reader.readexactly(size)
        if flags & COMPRESSED:
            payload = gzip.decompress(payload)
        if not flags & BINARY:
            whole = json.loads(payload)
            return whole["event"], whole.get("data", {})


def event(name: str, data: dict[str, Any]) -> bytes:
    """Return the frame of an event."""
    payload = json.dumps({"event": name, "data": data}, separators=(",", ":")).encode()
    return HEAD.pack(len(payload), 0) + payload

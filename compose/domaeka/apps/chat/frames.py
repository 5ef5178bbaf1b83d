"""Frames: how messages are cut out of the stream.

A frame is the payload's length (4 bytes, big-endian), a byte of flags, and the payload: UTF-8 JSON
``{"event": ..., "data": {...}}`` unless a flag says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass
from typing import Any

HEAD = struct.Struct("!IB")
COMPRESSED, BINARY = 1, 2


class TooLarge(ValueError):
    """A frame announces more than the limit."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it stands on the wire."""

    flags: int
    payload: bytes

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return HEAD.size + len(self.payload)


async def read(reader: asyncio.StreamReader, most: int) -> Frame:
    """Return the next frame.

    Raises `TooLarge` before its payload is read, and `asyncio.IncompleteReadError` at the end.
    """
    size, flags = HEAD.unpack(await reader.readexactly(HEAD.size))
    if size > most:
        raise TooLarge(f"{size} bytes announced, {most} allowed")
    return Frame(flags, await reader.readexactly(size))


def encoded(frame: Frame) -> bytes:
    """Return *frame* as bytes."""
    return HEAD.pack(len(frame.payload), frame.flags) + frame.payload


def message(event: str, data: dict[str, Any]) -> bytes:
    """Return the payload of an event."""
    whole = {"event": event, "data": data}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


def event_of(payload: bytes) -> tuple[str, dict[str, Any]]:
    """Return the event and the data of *payload*; raises `ValueError` for anything else."""
    whole = json.loads(payload)
    if not isinstance(whole, dict) or not isinstance(whole.get("event"), str):
        raise ValueError("no event")
    data = whole.get("data", {})
    if not isinstance(data, dict):
        raise ValueError("no data")
    return whole["event"], data

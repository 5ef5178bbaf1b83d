"""Doors: what stands for a chat server towards its clients, open or shut as told.

A shut door lets a client say who it is, and resets the connection; an open one welcomes it, and
takes in its numbered messages.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from typing import Any

from .chat_client import HEAD, packed

Answer = dict[str, Any]
GREETING = 1.0
RESET = struct.pack("ii", 1, 0)


class Door:
    """One such listener."""

    def __init__(self) -> None:
        self.open = False
        self.visits: list[Answer] = []
        self.notes: list[Answer] = []
        self._inside: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> int:
        """Begin; return the port."""
        self._server = await asyncio.start_server(self._visited, "0.0.0.0", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def turn(self, *, to_open: bool) -> None:
        """Open the door, or shut it and reset whoever is inside."""
        self.open = to_open
        if not to_open:
            for writer in list(self._inside):
                _reset(writer)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at, came_open = time.monotonic(), self.open
        self._inside.add(writer)
        try:
            _, hello = await asyncio.wait_for(_message(reader), GREETING)
            key = str(hello.get("client_key"))
            source = writer.get_extra_info("peername")[0]
            self.visits.append({"at": at, "key": key, "source": source, "served": came_open})
            if not came_open:
                return
            writer.write(_frame("welcome", {"token": "none"}))
            while True:
                event, data = await _message(reader)
                if event == "note":
                    number = int(data["number"])
                    self.notes.append({"at": time.monotonic(), "key": key, "number": number})
                    writer.write(_frame("noted", {"number": number}))
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            _reset(writer)
            self._inside.discard(writer)


async def _message(reader: asyncio.StreamReader) -> tuple[str, Answer]:
    size, _ = HEAD.unpack(await reader.readexactly(HEAD.size))
    message = json.loads(await reader.readexactly(size))
    return str(message.get("event")), message.get("data") or {}


def _frame(event: str, data: Answer) -> bytes:
    return packed(json.dumps({"event": event, "data": data}).encode())


def _reset(writer: asyncio.StreamWriter) -> None:
    stream = writer.get_extra_info("socket")
    if stream is not None and stream.fileno() >= 0:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()

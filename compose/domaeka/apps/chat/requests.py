"""Requests: what a client may ask for, one method an event."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from .connections import Connection
from .pings import Pinger
from .priorities import MessagePriority
from .state import State

Data = dict[str, Any]
CALL_SECONDS = 5.0


class Requests:
    """Answers the events of one client."""

    def __init__(self, connection: Connection, pinger: Pinger, state: State) -> None:
        self._connection, self._pinger, self._state = connection, pinger, state
        self.known: dict[str, Callable[[Data], Awaitable[None]]] = {
            "hello": self._hello,
            "auth": self._auth,
            "pong": self._pong,
            "echo": self._echo,
            "mirror": self._mirror,
            "blob": self._blob,
            "burst": self._burst,
            "note": self._note,
            "stats": self._stats,
            "work": self._work,
            "call": self._call,
        }
        self.slow = {"work", "call"}
        """Those that run beside the others, and that a shutdown waits for."""

    async def _hello(self, data: Data) -> None:
        connection, clients = self._connection, self._state.clients
        key = str(data["client_key"])
        former = clients.get(key)
        if former is not None and former is not connection:
            former.writer.transport.abort()  # it comes back before its end was noticed
        clients.pop(connection.key, None)
        connection.key = key
        connection.gzip = bool(data.get("gzip", True))
        clients[key] = connection
        token = self._state.sessions.create_session(key)
        await connection.send("welcome", {"token": token}, MessagePriority.CRITICAL)

    async def _auth(self, data: Data) -> None:
        key = str(data.get("client_key", self._connection.key))
        ok = self._state.sessions.validate_token(key, str(data["token"]))
        await self._connection.send("auth", {"ok": ok})

    async def _pong(self, data: Data) -> None:
        self._pinger.pong(int(data["id"]))

    async def _echo(self, data: Data) -> None:
        text = str(data["text"]).encode()
        answer = {"sha256": hashlib.sha256(text).hexdigest(), "size": len(text)}
        await self._connection.send("echo", answer | _id(data))

    async def _mirror(self, data: Data) -> None:
        await self._connection.send("mirror", {"text": str(data["text"])} | _id(data))

    async def _blob(self, data: Data) -> None:
        # So many bytes as they are, of which a part cannot be compressed.
        size = min(int(data["size"]), self._state.settings.max_message)
        random = int(size * float(data.get("random", 0.0)))
        await self._connection.send_bytes(os.urandom(random) + bytes(size - random))
        if data.get("close"):
            await self._connection.handed_over()
            self._connection.reader.feed_eof()

    async def _burst(self, data: Data) -> None:
        pad = "x" * int(data.get("size", 0))
        for number in range(1, int(data["count"]) + 1):
            news = {"number": number, "pad": pad}
            await self._connection.send("news", news, MessagePriority.NORMAL)

    async def _note(self, data: Data) -> None:
        # A message that comes again, because its answer was lost, counts once.
        note = {"client_key": self._connection.key, "number": int(data["number"])}
        if note not in self._state.notes:
            self._state.notes.append(note)
        await self._connection.send("noted", {"number": note["number"]})

    async def _stats(self, data: Data) -> None:
        stats = self._state.metrics.get_stats() | _id(data)
        await self._connection.send("stats", stats, MessagePriority.LOW)

    async def _work(self, data: Data) -> None:
        await asyncio.sleep(float(data["seconds"]))
        await self._connection.send("done", {"seconds": data["seconds"]} | _id(data))

    async def _call(self, data: Data) -> None:
        breaker = self._state.breaker
        if not breaker.can_attempt():
            await self._connection.send("call", {"result": "refused"} | _id(data))
            return
        if await self._reached():
            breaker.record_success()
            result = "ok"
        else:
            breaker.record_failure()
            result = "failed"
        await self._connection.send("call", {"result": result} | _id(data))

    async def _reached(self) -> bool:
        limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.get(self._state.settings.target_url) as answer,
            ):
                return answer.status == 200
        except (TimeoutError, aiohttp.ClientError):
            return False


def _id(data: Data) -> Data:
    """Return the number that a request may carry, for its answer."""
    return {"id": data["id"]} if "id" in data else {}

"""The clients' process: python -m bot. POST /clients starts one, and so on; see `Door`."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
from typing import Any

from aiohttp import web

from . import settings
from .client import Client

SIOCSIFADDR = 0x8916  # netdevice(7)


class Door:
    """Starts, directs and shows clients over HTTP."""

    def __init__(self) -> None:
        self._defaults = settings.from_environment()
        self._clients: dict[str, Client] = {}
        self._addresses: set[str] = set()
        self.app = web.Application()
        self.app.router.add_get("/health", self._health)
        self.app.router.add_get("/clients", self._all)
        self.app.router.add_post("/clients", self._start)
        self.app.router.add_get("/clients/{key}", self._one)
        self.app.router.add_delete("/clients/{key}", self._stop)
        self.app.router.add_post("/clients/{key}/send", self._send)

    async def _health(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"clients": len(self._clients)})

    async def _all(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({key: one.shown() for key, one in self._clients.items()})

    async def _start(self, request: web.Request) -> web.Response:
        """Start a client; the body names settings that differ from the environment's."""
        try:
            own = settings.changed(self._defaults, await request.json())
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        if own.source and own.source not in self._addresses:
            self._addresses.add(own.source)
            add_address(own.source, len(self._addresses))
        former = self._clients.pop(own.client_key, None)
        if former is not None:
            await former.stop()
        client = self._clients[own.client_key] = Client(own)
        client.start()
        return web.json_response({"started": own.client_key})

    async def _one(self, request: web.Request) -> web.Response:
        client = self._clients.get(request.match_info["key"])
        return web.json_response(client.shown() if client else None, status=200 if client else 404)

    async def _stop(self, request: web.Request) -> web.Response:
        client = self._clients.pop(request.match_info["key"], None)
        if client is not None:
            await client.stop()
        return web.json_response({"stopped": client is not None})

    async def _send(self, request: web.Request) -> web.Response:
        """Queue the messages of the body's ``numbers``."""
        asked: dict[str, Any] = await request.json()
        client = self._clients.get(request.match_info["key"])
        for number in asked["numbers"] if client else ():
            client.send(int(number))
        return web.json_response({"queued": client is not None}, status=200 if client else 404)


def add_address(address: str, number: int) -> None:
    """Give the first network interface one more address; raises `OSError` without CAP_NET_ADMIN."""
    request = struct.pack(
        "16sHH4s8x", f"eth0:{number}".encode(), socket.AF_INET, 0, socket.inet_aton(address)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFADDR, request)


async def main() -> None:
    """Serve until the process is ended."""
    door = Door()
    runner = web.AppRunner(door.app, access_log=None)
    await runner.setup()
    port = int(os.environ.get("DOOR_PORT", "8090"))
    await web.TCPSite(runner, "0.0.0.0", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())

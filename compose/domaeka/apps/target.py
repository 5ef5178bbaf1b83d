"""Target: what the circuit breaker protects. GET /work is the call, POST /mode how it answers."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiohttp import web

SLOW_SECONDS = 10.0


class Target:
    """Answers well, fails or is slow, and counts the calls that reach it."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.count = 0
        self.app = web.Application()
        self.app.router.add_get("/work", self._work)
        self.app.router.add_post("/mode", self._set)
        self.app.router.add_get("/count", self._count)

    async def _work(self, request: web.Request) -> web.Response:
        del request
        self.count += 1
        if self.mode == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return web.json_response({"mode": self.mode}, status=500 if self.mode == "fail" else 200)

    async def _set(self, request: web.Request) -> web.Response:
        """Take ``mode``: ok, fail or slow; the count begins again with ``reset``."""
        asked: dict[str, Any] = await request.json()
        self.mode = str(asked.get("mode", self.mode))
        if asked.get("reset"):
            self.count = 0
        return web.json_response({"mode": self.mode})

    async def _count(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"count": self.count})


async def main() -> None:
    """Serve until the process is ended."""
    runner = web.AppRunner(Target().app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", int(os.environ.get("TARGET_PORT", "8082"))).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

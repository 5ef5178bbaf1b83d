"""Health: what the server tells of itself over HTTP."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from .state import State


class HealthCheckServer:
    """GET /health and GET /metrics on a port of their own."""

    def __init__(self, state: State) -> None:
        self._state = state
        app = web.Application()
        app.router.add_get("/health", self.health_check)
        app.router.add_get("/metrics", self.metrics)
        self._runner = web.AppRunner(app, access_log=None)

    async def health_check(self, request: web.Request) -> web.Response:
        """Answer whether the chat port accepts, with 503 where it does not."""
        del request
        health = {
            "status": "healthy" if self._state.serving else "unhealthy",
            "timestamp": datetime.now().isoformat(),
            "connections": len(self._state.clients),
        }
        return web.json_response(health, status=200 if self._state.serving else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer the totals."""
        del request
        return web.json_response(self._state.metrics.get_stats())

    async def start(self) -> None:
        """Listen on every IPv4 address."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "0.0.0.0", self._state.settings.health_port)
        await site.start()

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

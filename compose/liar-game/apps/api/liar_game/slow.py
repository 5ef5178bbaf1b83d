"""Slow answers: silence, and bytes that trickle."""

from __future__ import annotations

import asyncio

from aiohttp import web

from .durations import seconds
from .echo import TOKEN


async def sleep(request: web.Request) -> web.Response:
    """Stay silent for ``s`` seconds, then answer."""
    duration = seconds(request, "s")
    await asyncio.sleep(duration)
    return web.json_response({"token": TOKEN, "slept": duration})


async def drip(request: web.Request) -> web.StreamResponse:
    """Send a byte each ``every`` seconds for ``for`` seconds."""
    every, duration = seconds(request, "every", 1.0), seconds(request, "for", 10.0)
    if every < 0.01:
        raise web.HTTPBadRequest(text="every: at least 0.01 seconds\n")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    for _ in range(round(duration / every)):
        await asyncio.sleep(every)
        await response.write(b".")
    await response.write_eof()
    return response

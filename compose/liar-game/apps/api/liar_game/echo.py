"""Echo: the request as it arrived, over HTTP and over WebSocket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets

from aiohttp import WSMsgType, web

from .durations import seconds

TOKEN = secrets.token_hex(8)
"""Made anew by each process: it proves who answered."""


def as_arrived(request: web.BaseRequest) -> dict[str, object]:
    """Return the request line and every header, in order, with the case and duplicates kept."""
    return {
        "token": TOKEN,
        "method": request.method,
        "target": request.raw_path,
        "version": f"HTTP/{request.version.major}.{request.version.minor}",
        "headers": [
            [name.decode("latin-1"), value.decode("latin-1")] for name, value in request.raw_headers
        ],
    }


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer any request that no other route takes: a report of it, or an echoing socket."""
    if web.WebSocketResponse().can_prepare(request):
        return await _socket(request)
    digest, size = hashlib.sha256(), 0
    async for chunk in request.content.iter_any():
        digest.update(chunk)
        size += len(chunk)
    report = {**as_arrived(request), "body_bytes": size, "body_sha256": digest.hexdigest()}
    return web.json_response(report)


async def _socket(request: web.Request) -> web.WebSocketResponse:
    """Send the handshake's report, then echo each frame; ``?push=S`` sends one more after S s.

    No pings and no compression: an idle socket is idle, and a frame comes back as it was sent.
    """
    push_after = seconds(request, "push") if "push" in request.query else None
    socket = web.WebSocketResponse(compress=False, max_msg_size=16 * 2**20)
    await socket.prepare(request)
    await socket.send_str(json.dumps({"kind": "handshake", **as_arrived(request)}))
    push = asyncio.create_task(_push(socket, push_after)) if push_after is not None else None
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
    finally:
        if push is not None:
            push.cancel()
    return socket


async def _push(socket: web.WebSocketResponse, after: float) -> None:
    await asyncio.sleep(after)
    await socket.send_str(json.dumps({"kind": "push", "token": TOKEN}))

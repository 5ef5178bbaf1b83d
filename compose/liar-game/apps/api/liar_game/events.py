"""Events: Socket.IO under /ws/, linked to other servers through Redis."""

from __future__ import annotations

import asyncio
import logging

import socketio

from .echo import TOKEN
from .settings import STORES_HOST, Settings

SUBSCRIBE_WITHIN = 5.0
"""Seconds that a client's welcome waits at most for this server's own subscription."""


class LinkedManager(socketio.AsyncRedisManager):  # type: ignore[misc]
    """The Redis adapter; it knows whether it hears the other servers yet."""

    async def subscribed(self) -> bool:
        """Return whether the subscription was sent within ``SUBSCRIBE_WITHIN`` seconds."""
        for _ in range(round(SUBSCRIBE_WITHIN / 0.02)):
            if self.pubsub is not None and self.pubsub.subscribed:
                return True
            await asyncio.sleep(0.02)
        return False


def server(settings: Settings) -> socketio.AsyncServer:
    """Return the Socket.IO server; it reaches Redis when the first client comes.

    Events: ``echo`` (data comes back as the acknowledgement), ``join`` (a room),
    ``say`` ({room, text}: every member of the room gets ``said``, on whichever server it is).
    Each client gets ``welcome`` with this process's token and whether the adapter is linked:
    what other servers emit before that may be lost.
    """
    manager = None
    if settings.adapter:
        manager = LinkedManager(
            f"redis://{STORES_HOST}:{settings.redis_port}/0",
            redis_options={
                "password": settings.redis_password or None,
                "socket_connect_timeout": 2,
                "socket_timeout": None,
            },
        )
    # nginx replaces the Host header as documented, so an origin could never match it.
    sio = socketio.AsyncServer(
        async_mode="aiohttp",
        client_manager=manager,
        cors_allowed_origins="*",
        logger=logging.getLogger("socketio"),
    )

    async def welcome(sid: str) -> None:
        linked = await manager.subscribed() if manager else False
        await sio.emit("welcome", {"token": TOKEN, "linked": linked}, to=sid)

    async def connect(sid: str, _environ: object, _auth: object = None) -> None:
        sio.start_background_task(welcome, sid)

    async def echo(_sid: str, data: object = None) -> object:
        return data

    async def join(sid: str, room: str) -> dict[str, str]:
        await sio.enter_room(sid, room)
        return {"token": TOKEN, "room": room}

    async def say(sid: str, message: dict[str, object]) -> dict[str, str]:
        said = {"text": message.get("text"), "from": sid, "token": TOKEN}
        await sio.emit("said", said, room=message.get("room"))
        return {"token": TOKEN}

    for handler in (connect, echo, join, say):
        sio.on(handler.__name__, handler)
    return sio

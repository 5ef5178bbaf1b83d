"""Steady traffic of many chat clients, and how long each answer took."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from .chat_client import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .chat_client import Client

PATIENCE = 10.0
KEPT = 1000


async def load(
    clients: Mapping[str, Client], every: float, seconds: float, size: int = 20
) -> dict[str, Any]:
    """Let each of *clients* ask for an echo *every* so many seconds; return the times taken.

    Answers are told apart by the digest of the text, which is never the same.
    """
    taken: list[float] = []
    sent = 0

    async def talk(number: int, name: str, client: Client) -> None:
        nonlocal sent
        due = time.monotonic() + every * number / len(clients)
        end = due + seconds
        asked: dict[str, float] = {}
        after = len(client.frames)
        while due < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            text = f"{name} {due} ".ljust(size, ".")
            asked[hashlib.sha256(text.encode()).hexdigest()] = due
            client.write(packed(json.dumps({"event": "echo", "data": {"text": text}}).encode()))
            sent += 1
            due += every
        patience = time.monotonic() + PATIENCE
        while asked:
            left = max(0.0, patience - time.monotonic())
            found = await client.until(["echo"], after, left)
            if found is None:
                break
            frame, after = client.frames[found], found + 1
            began = asked.pop(frame["data"].get("sha256"), None)
            if began is not None:
                taken.append(frame["at"] - began)

    await asyncio.gather(*(talk(n, name, one) for n, (name, one) in enumerate(clients.items())))
    taken.sort()
    sample = taken[:: max(1, len(taken) // KEPT)]
    return {"sent": sent, "answered": len(taken), "taken": sample, "slowest": taken[-1:]}

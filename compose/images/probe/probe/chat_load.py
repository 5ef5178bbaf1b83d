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


async def load(
    clients: Mapping[str, Client], every: float, seconds: float, size: int = 20
) -> dict[str, Any]:
    """Let each of *clients* ask for an echo *every* so many seconds; return the times taken.

    They count from the moment at which it was to ask, and ``late`` is how late it did: a client
    that gets no processor says nothing of the server. Answers are told apart by the digest of the
    text, which is never the same.
    """
    taken: list[float] = []
    late: list[float] = []

    async def talk(number: int, name: str, client: Client) -> None:
        due = time.monotonic() + every * number / len(clients)
        end = due + seconds
        asked: dict[str, float] = {}
        after = len(client.frames)
        while due < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            text = f"{name} {due} ".ljust(size, ".")
            asked[hashlib.sha256(text.encode()).hexdigest()] = due
            client.write(packed(json.dumps({"event": "echo", "data": {"text": text}}).encode()))
            late.append(time.monotonic() - due)
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
    found = {"taken": rank(taken), "late": rank(late)}
    return {"sent": len(late), "answered": len(taken), **found}


def rank(times: list[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the slowest of *times*."""
    if not times:
        return {"p50": 0.0, "p99": 0.0, "slowest": 0.0}
    ordered = sorted(times)
    last = len(ordered) - 1
    places = {"p50": last // 2, "p99": round(last * 0.99), "slowest": last}
    return {name: round(ordered[place], 4) for name, place in places.items()}

"""Durations: seconds in a query."""

from __future__ import annotations

import math

from aiohttp import web


def seconds(request: web.BaseRequest, name: str, default: float = 0.0) -> float:
    """Return a duration in seconds, at most an hour; raises ``HTTPBadRequest`` for any other."""
    text = request.query.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 3600:
        raise web.HTTPBadRequest(text=f"{name}: {text!r} is no number of seconds from 0 to 3600\n")
    return value

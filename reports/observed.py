"""Observed: what a row expected and what was seen, in words for people."""

from __future__ import annotations

import json
from typing import Any

from .rows import Row

_LONGEST = 400


def words(value: Any) -> str:
    """Return *value* as text: text stays as it is, the rest is JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def expected(row: Row) -> str:
    """Return what the promise's entry expects: ``service: redis, seconds: 10``."""
    return ", ".join(f"{name}: {words(value)}" for name, value in row.expect.items())


def observed(row: Row) -> str:
    """Return why the row has its verdict, or else the last look.

    A finding's declared reason is no observation.
    """
    if row.reason and row.reason != row.finding:
        return words(row.reason)
    if row.evidence:
        return look(row.evidence[-1])
    return "nothing was looked at"


def look(seen: dict[str, Any]) -> str:
    """Return one look: which probe looked at what, and what it saw."""
    return f"{seen.get('probe', '')} {seen.get('target', '')}: {words(seen.get('saw'))}"


def seconds(value: float | None) -> str:
    """Return a time as people read it: ``0.4 ms``, ``120 ms``, ``2.3 s``, ``1 min 33 s``."""
    if value is None:
        return ""
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"

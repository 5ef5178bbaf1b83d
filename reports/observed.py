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
    """Return why the row has its verdict, or else the last look."""
    if row.reason:
        return words(row.reason)
    if row.evidence:
        return look(row.evidence[-1])
    return "nothing was looked at"


def look(seen: dict[str, Any]) -> str:
    """Return one look: which probe looked at what, and what it saw."""
    return f"{seen.get('probe', '')} {seen.get('target', '')}: {words(seen.get('saw'))}"

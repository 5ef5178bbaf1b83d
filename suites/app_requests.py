"""Application requests: what checks ask of applications that keep something in stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import terms


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``{token}`` in a text of its body stands for one that nobody else has."""

    service: terms.Service
    port: int
    method: str
    path: str
    body: dict[str, Any] | None = None

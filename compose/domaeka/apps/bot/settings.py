"""Settings: what a client may be told, with the document's values as defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Knobs of one client: from the environment, or from whoever starts it. Seconds."""

    client_key: str = "bot"
    server_host: str = "server"
    server_port: int = 1490
    source: str = ""
    """The address to connect from; the container's own if empty."""
    queue_ttl: float = 30.0
    backoff_base: float = 2.0
    backoff_max: float = 60.0
    backoff_jitter: float = 0.1
    connect_timeout: float = 5.0
    note_every: float = 0.0
    """How often it has something to say of its own accord; never if 0."""


KINDS = {"int": int, "float": float, "str": str}


def from_environment(environment: Any = os.environ) -> Settings:
    """Return the settings of *environment*, under their names in capitals."""
    given = {
        field.name: KINDS[str(field.type)](environment[field.name.upper()])
        for field in fields(Settings)
        if field.name.upper() in environment
    }
    return Settings(**given)


def changed(settings: Settings, told: dict[str, Any]) -> Settings:
    """Return *settings* with what *told* names; raises `ValueError` for an unknown one."""
    kinds = {field.name: KINDS[str(field.type)] for field in fields(Settings)}
    if unknown := set(told) - set(kinds):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return replace(settings, **{name: kinds[name](value) for name, value in told.items()})

"""Settings: every knob of the server, with the document's values as defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may set, each under its name in capitals. Times are in seconds."""

    chat_port: int = 1490
    health_port: int = 8080
    debug_port: int = 0
    """Off unless it is set: it shows what the document does not expose."""

    max_connections: int = 100
    max_message: int = 1048576
    sndbuf: int = 65536
    rcvbuf: int = 65536
    keepidle: int = 30
    keepintvl: int = 10
    keepcnt: int = 9
    user_timeout_ms: int = 60000
    linger: int = 5

    ping_interval: float = 30.0
    ping_first_min: float = 1.0
    ping_first_max: float = 59.0
    ping_timeout: float = 90.0
    rtt_samples: int = 100

    compress_threshold: int = 10240
    compress_ratio: float = 0.9

    target_url: str = "http://target:8082/work"
    breaker_failures: int = 5
    breaker_recovery: float = 60.0

    rate_per_minute: int = 10
    rate_window: float = 60.0
    block_seconds: float = 3600.0
    token_lifetime: float = 3600.0

    shutdown_wait: float = 30.0
    reconnect_after: int = 60
    migrate_after: int = 30
    migrate_spread: float = 10.0
    """How long the notices of a migration take, so that clients do not move all at once."""


def from_environment(environment: Any = os.environ) -> Settings:
    """Return the settings of *environment*; raises `ValueError` for one that is no number."""
    kinds = {"int": int, "float": float, "str": str}
    given = {
        field.name: kinds[str(field.type)](environment[field.name.upper()])
        for field in fields(Settings)
        if field.name.upper() in environment
    }
    return Settings(**given)

"""State: what the parts of the server share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .breaker import CircuitBreaker
from .compression import Compressor
from .limiter import RateLimiter
from .metrics import ServerMetrics
from .settings import Settings
from .tokens import SessionManager

if TYPE_CHECKING:
    from .connections import Connection


@dataclass
class State:
    """The one server of this process."""

    settings: Settings
    metrics: ServerMetrics
    limiter: RateLimiter
    sessions: SessionManager
    breaker: CircuitBreaker
    compressor: Compressor
    clients: dict[str, Connection] = field(default_factory=dict)
    """Every connection that is served, by the key of its client."""
    pending: set[asyncio.Task[Any]] = field(default_factory=set)
    """Requests in progress: what a shutdown waits for."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """Numbered messages that were taken in, in order."""
    shutdown_event: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    redirect_to: tuple[str, int] | None = None
    """Where new connections are directed during a migration."""

    @property
    def serving(self) -> bool:
        """Whether the listener of the chat port accepts."""
        return self.server is not None and self.server.is_serving()


def fresh(settings: Settings) -> State:
    """Return the state of a server that has just begun."""
    return State(
        settings,
        ServerMetrics(),
        RateLimiter(settings.rate_per_minute, settings.rate_window, settings.block_seconds),
        SessionManager(settings.token_lifetime),
        CircuitBreaker(settings.breaker_failures, settings.breaker_recovery),
        Compressor(settings),
    )

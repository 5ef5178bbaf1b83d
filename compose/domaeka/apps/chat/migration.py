"""Migration: moves clients to another server, a few at a time."""

from __future__ import annotations

import asyncio
import logging

from .priorities import MessagePriority
from .state import State

logger = logging.getLogger(__name__)


class ConnectionMigration:
    """Directs new clients to the new server at once, and asks the others to follow."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.migration_in_progress = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, host: str, port: int) -> None:
        """Start the migration to *host* and *port*; one that is under way is gone on with."""
        self._state.redirect_to = (host, port)
        if not self.migration_in_progress:
            self.migration_in_progress = True
            self._task = asyncio.create_task(self.migrate_existing_connections())

    async def migrate_existing_connections(self) -> None:
        """Tell each client where to go, and when: seconds from the receipt of the notice.

        The notices are spread, or all clients would arrive in the same second.
        """
        assert self._state.redirect_to is not None
        host, port = self._state.redirect_to
        settings = self._state.settings
        notice = {"new_host": host, "new_port": port, "migrate_after": settings.migrate_after}
        clients = list(self._state.clients.values())
        logger.info("[MIGRATION] %d clients to %s:%d", len(clients), host, port)
        for connection in clients:
            await connection.send("serverMigration", notice, MessagePriority.CRITICAL)
            await asyncio.sleep(settings.migrate_spread / len(clients))

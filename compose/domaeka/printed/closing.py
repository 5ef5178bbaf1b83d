"""Closing, as printed: SO_LINGER is set (1.2), and the connection is closed in the loop."""

from __future__ import annotations

import asyncio
import contextlib

FLUSH = 5.0


class Closing:
    """Closes the connection of one writer."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

"""Closing: lets go of a connection without keeping the loop waiting."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

FLUSH = 5.0
"""Seconds for what the server itself still holds of a connection that it closes."""
_CLOSERS = ThreadPoolExecutor(128, thread_name_prefix="close")


class Closing:
    """Closes the connection of one writer, once.

    Whoever closes the last descriptor of a socket lingers, also of a non-blocking one: socket(7).
    The one that is kept here is closed in a thread, so that one dead client does not hold up all
    others.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._last: socket.socket = writer.get_extra_info("socket").dup()

    async def close(self) -> None:
        """End the connection; what is queued in the kernel still goes out, for a while."""
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), FLUSH)
        except TimeoutError:
            self._writer.transport.abort()
        except OSError:
            pass  # it was lost before
        finally:
            _CLOSERS.submit(self._last.close)

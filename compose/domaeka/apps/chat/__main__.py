"""The server's process: python -m chat."""

from __future__ import annotations

import asyncio
import logging
import sys

from . import settings, sockets, state
from .debug import DebugServer
from .health import HealthCheckServer
from .migration import ConnectionMigration
from .pings import PingTimeoutManager
from .serving import Acceptor
from .shutdown import GracefulShutdown


async def serve() -> None:
    """Serve until a signal, and end in an orderly way."""
    here = state.fresh(settings.from_environment())
    shutdown = GracefulShutdown(here)
    health = HealthCheckServer(here)
    debug = DebugServer(here, ConnectionMigration(here))
    await health.start()
    await debug.start()
    pings = PingTimeoutManager(here)
    checking = asyncio.create_task(pings.run())
    acceptor = Acceptor(here, pings)
    # Without a task that awaits serve_forever(): closing the listener would cancel it, and with
    # it whoever closes the listener.
    logging.info("[SERVER] starts to listen")
    here.server = await asyncio.start_server(
        acceptor.connected, sock=sockets.listening(here.settings)
    )
    logging.info("[SERVER] listens on %d", here.settings.chat_port)
    await here.shutdown_event.wait()
    assert shutdown.shutdown_in_progress
    checking.cancel()
    await health.stop()
    await debug.stop()


def main() -> None:
    """Log to the standard output, and serve."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    asyncio.run(serve())


if __name__ == "__main__":
    main()

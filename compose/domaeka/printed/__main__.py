"""The server's process, around the snippets: it awaits serve_forever(), as asyncio's manual does.

The document does not print it; with its five steps (6.1), step 1 ends what is awaited here.
"""

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
    """Serve until the listener is closed."""
    here = state.fresh(settings.from_environment())
    GracefulShutdown(here)
    await HealthCheckServer(here).start()
    await DebugServer(here, ConnectionMigration(here)).start()
    pings = PingTimeoutManager(here)
    checking = asyncio.create_task(pings.run())
    here.server = await asyncio.start_server(
        Acceptor(here, pings).connected, sock=sockets.listening(here.settings)
    )
    await here.server.serve_forever()
    checking.cancel()


def main() -> None:
    """Log to the standard output, and serve."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    asyncio.run(serve())


if __name__ == "__main__":
    main()

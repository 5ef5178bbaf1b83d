"""Run the liar-game API until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from aiohttp import web
from liar_game.app import build
from liar_game.settings import Settings


async def serve(settings: Settings) -> None:
    """Serve; raises ``OSError`` if the address cannot be had."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(build(settings), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.bind, settings.port).start()
        print(f"listening on http://{settings.bind}:{settings.port}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    """Return 0 after a stop, 1 if the server could not start."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(serve(Settings.from_environment()))
    except (OSError, ValueError) as error:
        print(f"liar-game API: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

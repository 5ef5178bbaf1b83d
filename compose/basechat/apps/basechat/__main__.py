"""Serve one role: ``python -m basechat ROLE PORT``."""

from __future__ import annotations

import signal
import sys
import threading

from . import agent, backend, frontend, tools
from .serving import Server

ROLES = {
    "frontend": frontend.ROUTES,
    "main-backend": backend.ROUTES,
    "llm-agent": agent.ROUTES,
    "mcp-server": tools.ROUTES,
}


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    role, port = sys.argv[1], int(sys.argv[2])
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = Server(role, port, ROLES[role])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    print(f"{role} listens on port {port}", flush=True)
    ended.wait()
    server.shutdown()
    server.server_close()


main()

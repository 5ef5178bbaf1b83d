"""Wait until the database lets its user in and the proxy reaches the applications.

Nothing here waits for one another: `up` ends when the containers run, not when they serve.
The path of the application with two instances is left out: nginx avoids for ten seconds an
instance that refused a connection because it was not up yet.
"""

from __future__ import annotations

import contextlib
import os
import time
import urllib.request

import psycopg

SECONDS = 30.0
PATHS = ("/health", "/", "/llm/", "/mcp/")


def database_serves() -> bool:
    """Return whether the user of .env gets into the database of .env."""
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(
            host="127.0.0.1",
            port=os.environ["DATABASE_PORT"],
            user=os.environ["POSTGRES_USER"],
            password=os.environ["POSTGRES_PASSWORD"],
            dbname=os.environ["POSTGRES_DB"],
            connect_timeout=3,
        ).close()
        return True
    return False


def proxy_serves() -> bool:
    """Return whether each path is answered with success."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError):
        for path in PATHS:
            opener.open(f"http://127.0.0.1:{os.environ['PROXY_PORT']}{path}", timeout=3).close()
        return True
    return False


def main() -> None:
    """Wait for both; what does not come is for others to find."""
    deadline = time.monotonic() + SECONDS
    for serves in (database_serves, proxy_serves):
        while not serves() and time.monotonic() < deadline:
            time.sleep(0.2)


main()

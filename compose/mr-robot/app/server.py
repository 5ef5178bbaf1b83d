"""The application: one HTTP server, on a Unix socket or on a TCP port, as its environment says."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

USE_UNIX_SOCKET = os.environ.get("USE_UNIX_SOCKET", "") == "true"
SOCKET_PATH = os.environ.get("SOCKET_PATH", "")
APP_PORT = os.environ.get("APP_PORT", "8080")
INSTANCE = socket.gethostname()
UNIX_MODE = USE_UNIX_SOCKET and SOCKET_PATH != ""

HEALTH = {"status": 200}


def log(text: str) -> None:
    """Write *text* to stderr with date and time, as Go's log package does."""
    print(time.strftime("%Y/%m/%d %H:%M:%S"), text, file=sys.stderr, flush=True)


class Handler(BaseHTTPRequestHandler):
    """Answers requests; each answer names the instance that gave it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = not UNIX_MODE
    timeout = 60

    def do_GET(self) -> None:
        """Answer /health with its status, /whoami with who this is."""
        if self.path == "/health":
            self._answer(HEALTH["status"], "ok\n")
            log(f"{self.command} {self.path} {self.request_version} {HEALTH['status']}")
        elif self.path == "/whoami":
            self._answer(200, f"{INSTANCE} {os.getpid()}\n")
        else:
            self._answer(404, "not found\n")

    def do_POST(self) -> None:
        """Answer /digest with the SHA-256 of the body; set the health with /test/health/503."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/digest":
            self._answer(200, hashlib.sha256(body).hexdigest())
        elif self.path.startswith("/test/health/"):
            HEALTH["status"] = int(self.path.rpartition("/")[2])
            self._answer(200, "set\n")
        else:
            self._answer(404, "not found\n")

    def _answer(self, status: int, text: str) -> None:
        body = b"" if status == HTTPStatus.NO_CONTENT else text.encode()
        self.send_response_only(status)
        self.send_header("X-Instance", INSTANCE)
        self.send_header("Content-Type", "text/plain")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        # One write for head and body: two would wait for each other's acknowledgement over TCP.
        self._headers_buffer: Any
        self._headers_buffer.append(b"\r\n" + body)
        self.flush_headers()


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves each connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(("", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def listen() -> socket.socket:
    """Return the listener that the environment asks for; end the program if there can be none."""
    if not UNIX_MODE:
        listener = socket.create_server(("", int(APP_PORT)), backlog=128)
        log(f"Starting HTTP server on port {APP_PORT}")
        return listener
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(SOCKET_PATH)
        listener.listen(128)
    except OSError as error:
        log(f"Failed to create Unix socket listener: {error}")
        sys.exit(1)
    try:
        Path(SOCKET_PATH).chmod(0o666)
    except OSError as error:
        log(f"Warning: could not set socket permissions: {error}")
    log(f"Starting HTTP server on Unix socket: {SOCKET_PATH}")
    return listener


def clean_up() -> None:
    """Remove the socket file."""
    if UNIX_MODE:
        try:
            Path(SOCKET_PATH).unlink()
        except OSError as error:
            log(f"Warning: could not remove socket file: {error}")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = Server(listen())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    ended.wait()
    # Before the listener is closed: a Go listener would remove the file then, and this would warn.
    clean_up()
    server.shutdown()
    server.server_close()
    log("Server stopped")


if __name__ == "__main__":
    main()

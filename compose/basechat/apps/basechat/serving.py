"""HTTP: a request goes to the route that wants it, any other is answered with a report of it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import unquote

INSTANCE = os.environ.get("INSTANCE") or socket.gethostname()
TOKEN = secrets.token_hex(8)
"""Made anew by each process: it proves who answered."""

REMEMBERED = 5000
"""Targets of which ``/__asked?TEXT`` answers how many hold TEXT."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The decoded path, without the query."""
        return unquote(self.target.partition("?")[0])

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; raises `ValueError` where it is none."""
        data = json.loads(self.body)
        if not isinstance(data, dict):
            raise ValueError("the body is no JSON object")
        return data


@dataclass(frozen=True)
class Reply:
    """What a route answers: a status, a JSON value, and headers."""

    status: int
    data: Any
    headers: tuple[tuple[str, str], ...] = ()


Routes: TypeAlias = "Mapping[tuple[str, str], Callable[[Request], Reply]]"
"""Handlers by method and path; a path that ends with a slash stands for all below it."""


class Server(ThreadingHTTPServer):
    """Serves one role, and remembers what was asked of it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, role: str, port: int, routes: Routes) -> None:
        self.role, self.routes = role, routes
        self.asked: deque[str] = deque(maxlen=REMEMBERED)
        super().__init__(("", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 75
    server: Server

    def do_GET(self) -> None:
        """Answer any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or "0"))
        # The standard library takes a second slash at the beginning of a path away.
        target = self.raw_requestline.decode("latin-1").split(" ")[1]
        request = Request(self.command, target, dict(self.headers.items()), body)
        path, _, text = target.partition("?")
        if path == "/__asked":
            count = sum(text in one for one in self.server.asked.copy())
            self._send(Reply(200, {"app": self.server.role, "count": count}))
            return
        self.server.asked.append(target)
        handler = self._route(request)
        if handler is None:
            self._send(Reply(200, self._report(request)))
            return
        try:
            reply = handler(request)
        except (ValueError, KeyError) as error:
            reply = Reply(400, {"error": f"{type(error).__name__}: {error}"})
        except Exception as error:  # noqa: BLE001  a store that is away is an answer, too
            reply = Reply(503, {"error": f"{type(error).__name__}: {error}"})
        self._send(reply)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def _route(self, request: Request) -> Callable[[Request], Reply] | None:
        for (method, path), handler in self.server.routes.items():
            below = path.endswith("/") and request.path.startswith(path)
            if method in ("*", request.method) and (below or request.path == path):
                return handler
        return None

    def _report(self, request: Request) -> dict[str, Any]:
        """Return the request line and every header, in order, with the case and duplicates kept."""
        return {
            "app": self.server.role,
            "instance": INSTANCE,
            "token": TOKEN,
            "peer": self.client_address[0],
            "method": request.method,
            "target": request.target,
            "version": self.request_version,
            "headers": [[name, value] for name, value in self.headers.items()],
            "body_bytes": len(request.body),
            "body_sha256": hashlib.sha256(request.body).hexdigest(),
        }

    def _send(self, reply: Reply) -> None:
        body = json.dumps(reply.data).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-App", self.server.role)
        self.send_header("X-Instance", INSTANCE)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write a line a request to stderr."""
        print(self.client_address[0], format % args, file=sys.stderr, flush=True)

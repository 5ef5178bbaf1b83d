"""A game bot: a client of the LLM server, the database and the cache.

    bot.py          keep one connection to each, and ask each once a second
    bot.py once     ask the database until it answers, say how, and end

While it runs it answers on 127.0.0.1:8080: `GET /status` says how each of the three sees this
client, `POST /sessions` begins a session, named as `name` says.
"""

import json
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import diagnostics
import grpc
import psycopg
import redis
from google.protobuf import json_format, struct_pb2
from stores import Stores, variable

EVERY = 1.0
PATIENCE = 60.0
DOOR = ("127.0.0.1", 8080)
SESSION_SECONDS = 3600


class Llm:
    """One channel to the LLM server, over the transport that LLM_BASE_URL names."""

    def __init__(self) -> None:
        url = variable("LLM_BASE_URL", default="grpc://mcp-llm-server:40528")
        # unix:///path is gRPC's own; grpc:// is none of its schemes.
        options = [("grpc.enable_http_proxy", 0), ("grpc.max_reconnect_backoff_ms", 1000)]
        self._channel = grpc.insecure_channel(url.removeprefix("grpc://"), options)
        self._echo = self._channel.unary_unary(
            diagnostics.METHOD,
            request_serializer=struct_pb2.Struct.SerializeToString,
            response_deserializer=struct_pb2.Struct.FromString,
        )

    def ask(self, **facts: str) -> dict[str, Any]:
        """Tell *facts*; return how the server sees this client, and which server it is."""
        request = struct_pb2.Struct()
        request.update(facts)
        answer = self._echo(request, timeout=3)
        found: dict[str, Any] = json_format.MessageToDict(answer)
        return {key: found[key] for key in ("network", "peer", "instance")}


class Bot:
    """What the bot has last heard from each server; an error's text where it heard nothing."""

    def __init__(self) -> None:
        self.llm, self.stores = Llm(), Stores()
        self.seen: dict[str, Any] = {}
        self.lock = threading.Lock()

    def ask_all(self) -> None:
        """Ask each of the three once."""
        asks = {"llm": self.llm.ask, "db": self.stores.ask_database, "cache": self.stores.ask_cache}
        for name, ask in asks.items():
            with self.lock:
                try:
                    self.seen[name] = {"word": "answered", "saw": ask()}
                except (grpc.RpcError, psycopg.Error, redis.RedisError, OSError) as error:
                    self.seen[name] = {"word": "failed", "saw": str(error)[:300]}

    def open_session(self, name: str) -> str:
        """Begin a session: tell the LLM server, and return its key in the cache."""
        key = f"session:{variable('SERVICE_NAME')}:{name}"
        with self.lock:
            self.llm.ask(session=key)
            self.stores.cache().set(key, json.dumps({"turn": 0}), ex=SESSION_SECONDS)
        return key


def door(bot: Bot) -> ThreadingHTTPServer:
    """Return the server of /status and /sessions."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, bot.seen)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
            try:
                self._answer(201, {"key": bot.open_session(asked.get("name", uuid.uuid4().hex))})
            except (grpc.RpcError, redis.RedisError, OSError) as error:
                self._answer(503, {"error": str(error)})

        def _answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args  # a line a question would say nothing

    return ThreadingHTTPServer(DOOR, Handler)


def run() -> None:
    """Ask each server once a second, for ever."""
    bot = Bot()
    threading.Thread(target=door(bot).serve_forever, daemon=True).start()
    before = ""
    while True:
        bot.ask_all()
        words = json.dumps({name: one["word"] for name, one in bot.seen.items()})
        if words != before:
            print(json.dumps(bot.seen), flush=True)
        before = words
        time.sleep(EVERY)


def once() -> int:
    """Ask the database until it answers; print how it sees this client, and return 0."""
    stores, deadline = Stores(), time.monotonic() + PATIENCE
    while True:
        try:
            print(json.dumps({"db": {"word": "answered", "saw": stores.ask_database()}}))
        except psycopg.Error as error:
            if time.monotonic() > deadline:
                print(json.dumps({"db": {"word": "failed", "saw": str(error)[:300]}}))
                return 1
            time.sleep(EVERY)
        else:
            return 0


if __name__ == "__main__":
    sys.exit(once() if sys.argv[1:] == ["once"] else run())

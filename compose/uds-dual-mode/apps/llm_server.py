"""mcp-llm-server: gRPC over TCP, and over a Unix socket too where a path is given."""

import json
import os
import signal
import stat
import sys
import threading
import uuid
from concurrent import futures

import diagnostics
import grpc
import psycopg
import redis
from google.protobuf import struct_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from stores import Stores, variable

SOCKET_MODE = 0o660  # the owner, and the group that the bots share
INSTANCE = uuid.uuid4().hex
EVERY = 1.0


def say(event: str, **facts: object) -> None:
    """Write one line of JSON to the log."""
    print(json.dumps({"event": event, **facts}), flush=True)


def echo(request: struct_pb2.Struct, context: grpc.ServicerContext) -> struct_pb2.Struct:
    """Return the request, who answers, and where the call came from."""
    peer = context.peer()
    answer = struct_pb2.Struct()
    answer.update(
        {
            "instance": INSTANCE,
            "peer": peer,
            "network": "unix" if peer.startswith("unix") else "tcp",
        }
    )
    answer.get_or_create_struct("request").CopyFrom(request)
    return answer


def grpc_server() -> grpc.Server:
    """Return the server with its services, not listening yet."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    handler = grpc.unary_unary_rpc_method_handler(
        echo,
        request_deserializer=struct_pb2.Struct.FromString,
        response_serializer=struct_pb2.Struct.SerializeToString,
    )
    server.add_registered_method_handlers(diagnostics.SERVICE, {"Echo": handler})
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(diagnostics.SERVICE, {"Echo": handler}),)
    )
    checks = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    checks.set("", health_pb2.HealthCheckResponse.SERVING)
    diagnostics.describe()
    names = (
        diagnostics.SERVICE,
        health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
        reflection.SERVICE_NAME,
    )
    reflection.enable_server_reflection(names, server)
    return server


def listen(server: grpc.Server) -> str:
    """Bind TCP, and the socket where a path is set; return that path."""
    host = variable("GRPC_HOST", default="127.0.0.1")
    port = variable("GRPC_PORT", default="40528")
    path = variable("GRPC_SOCKET_PATH")
    server.add_insecure_port(f"{host}:{port}")
    if path:
        remove_socket(path)  # one that a killed server left behind
        server.add_insecure_port(f"unix:{path}")
        os.chmod(path, SOCKET_MODE)  # noqa: PTH101
    return path


def remove_socket(path: str) -> None:
    """Remove the socket at *path*, and nothing else."""
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)  # noqa: PTH108
    except FileNotFoundError:
        return


def main() -> None:
    """Serve until SIGTERM; keep a session with the database and one with the cache meanwhile."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server, path = None, ""
    if variable("GRPC_ENABLED", default="true").lower() in ("true", "1", "yes"):
        server = grpc_server()
        path = listen(server)
        server.start()
    say("started", grpc=server is not None, instance=INSTANCE)
    stores = Stores()
    asks = {"database": stores.ask_database, "cache": stores.ask_cache}
    failed = dict.fromkeys(asks, "")
    while not ended.wait(EVERY):
        for name, ask in asks.items():
            try:
                ask()
                failed[name] = ""
            except (psycopg.Error, redis.RedisError, OSError) as error:
                if str(error) != failed[name]:
                    say(f"no {name}", why=str(error))
                failed[name] = str(error)
    if server is not None:
        server.stop(0.5).wait()
        if path:
            remove_socket(path)


if __name__ == "__main__":
    sys.exit(main())

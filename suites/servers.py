"""What checks of servers with two doors expect: where each is, and what it speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A server with a TCP port, and a Unix socket where *path* is not empty.

    *protocol* is postgresql, redis or grpc; *user*, *password* and *database* name variables of
    .env; *method* is a gRPC call whose answer has ``network`` and ``instance``.
    """

    service: str
    protocol: str
    port: int
    path: str = ""
    user: str = ""
    password: str = ""
    database: str | None = None
    method: str = ""

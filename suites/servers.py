"""What checks expect of servers: where each is, what it speaks, and how its clients log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the stack, and how its clients log in."""

    service: str
    """The service that runs it."""
    protocol: Literal["postgresql", "redis", "s3", "http", "grpc"]
    """What it speaks to its clients."""
    port: int
    """Its port in the container."""
    user: str = ""
    """The variable of .env that holds the user or the access key."""
    password: str = ""
    """The variable of .env that holds the password or the secret key."""
    database: str | None = None
    """The variable of .env that holds the database's name; without it the maintenance database."""
    socket: str = ""
    """The path of its Unix socket."""
    path: str = ""
    """Over HTTP: what a request asks for that is answered with 200."""
    method: str = ""
    """Over gRPC: a call whose answer has ``network`` and ``instance``."""

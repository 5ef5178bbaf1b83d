"""Chat servers, in the shapes that their checks share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A server that speaks the chat protocol on *port*, and HTTP on *health*.

    *debug* is the port on which it shows more, if the variable *debug_env* names it.
    """

    service: str
    port: int
    health: int
    debug: int
    debug_env: str

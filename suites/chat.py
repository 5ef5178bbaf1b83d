"""Chat servers, in the shapes that their checks share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChatService:
    """A server that speaks the chat protocol on *port*, and HTTP on *health*.

    *debug* is the port on which it shows more, if the variable *debug_env* names it.
    """

    service: str
    port: int
    health: int
    debug: int
    debug_env: str


def together(*jobs: Callable[[], T]) -> list[T]:
    """Do several things at once; return what each returned, or raise what one raised.

    What they see is evidence of whoever asked.
    """
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [one.result() for one in [pool.submit(copy_context().run, job) for job in jobs]]

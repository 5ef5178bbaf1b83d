"""Places behind a balancer, in the shapes that its checks share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A path behind a published port of a service."""

    service: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Pool:
    """A backend of a balancer: where its statistics are, its name, and how to reach it.

    *identity* is the header in which an instance names itself. *switch* is the path to which a
    POST sets the status of an instance's health; ``{status}`` stands for it.
    """

    stats: Place
    backend: str
    entry: Place
    identity: str
    switch: str = ""

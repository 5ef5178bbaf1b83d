"""Places behind a balancer, in the shapes that its checks share."""

from __future__ import annotations

from dataclasses import dataclass

from . import terms

HIDDEN = "the statistics hide {}: add `stats show-legends`, without which HAProxy leaves them out"
"""Why what the running balancer uses is not to be seen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path behind a published port of a service."""

    service: terms.Service
    port: terms.Port
    path: terms.Path


@dataclass(frozen=True, slots=True)
class Pool:
    """A backend of a balancer: where its statistics are, its name, and how to reach it.

    *identity* is the header in which an instance names itself. *switch* is the path to which a
    POST sets the status of an instance's health; ``{status}`` stands for it.
    """

    stats: Place
    """Where the balancer's statistics are."""
    backend: str
    """The backend, as the balancer names it."""
    entry: Place
    """Where requests to the backend go in."""
    identity: str
    """The header in which an instance names itself."""
    switch: str = ""
    """What a POST asks for that sets the status of an instance's health: ``{status}``."""

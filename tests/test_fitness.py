"""Fitness: what keeps a stack from being run in copies is told before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.fitness import services_in, shared_with_others
from fixtures.sources import Source
from fixtures.stacks import Recipe, Stack

FOLDER = Path("/home/me/shop")
STACK = Stack(FOLDER, "shop", Source(FOLDER / "compose.yaml", own=True), Recipe(), [])


def bind(source: str, *, read_only: bool = False) -> dict[str, Any]:
    mount = {"type": "bind", "source": source, "target": "/x", "read_only": read_only}
    return {"services": {"db": {"volumes": [mount]}}}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (bind("/srv/db"), "service db may write to /srv/db"),
        (bind("/home/me/conf", read_only=True), "lies beside the folder"),
        ({"services": {"db": {"network_mode": "host"}}}, "service db is on the host's network"),
        ({"volumes": {"data": {"external": True}}}, "volume data is external"),
        ({"networks": {"back": {"external": True}}}, "network back is external"),
    ],
)
def test_what_a_copy_would_share_or_lack(config: dict[str, Any], said: str) -> None:
    """A copy that writes to the user's data is none."""
    (problem,) = shared_with_others(STACK, config)

    assert said in problem
    assert "--attach" in problem


@pytest.mark.parametrize(
    "config",
    [
        bind("/home/me/shop/data"),
        bind("/etc/localtime", read_only=True),
        {"services": {"db": {}}, "volumes": {"data": None}, "networks": {"back": {}}},
    ],
)
def test_what_a_copy_may_have(config: dict[str, Any]) -> None:
    """Its own copy of the folder, and what it only reads."""
    assert list(shared_with_others(STACK, config)) == []


def test_services_that_an_expectation_is_about() -> None:
    """At any depth; a list of services may be all that there are, and is compared by its check."""
    expect = {"server": {"service": "a"}, "published": [{"service": "b"}], "services": ["c"]}

    assert list(services_in(expect)) == ["a", "b"]

"""Spread: which stacks go to which engine, and what workers are told of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fixtures import prepared
from fixtures.engines import Engine
from fixtures.images import Image
from fixtures.lane_keys import Key
from fixtures.plans import Plan
from fixtures.prepared import Place, Prepared
from fixtures.spread import dealt


def plan(**lanes: int) -> Plan:
    keys = tuple(Key(stack, f"lane{n}") for stack, count in lanes.items() for n in range(count))
    return Plan(keys, {}, [])


@pytest.mark.parametrize(
    ("lanes", "shares"),
    [
        ({"big": 6, "small": 2, "less": 3}, {"near": {"big"}, "far": {"less", "small"}}),
        ({"only": 4}, {"near": {"only"}}),
        ({}, {}),
    ],
)
def test_lanes_are_shared_out_evenly(lanes: dict[str, int], shares: dict[str, set[str]]) -> None:
    """The largest stack first, each to the engine that has least; none is cut in two."""
    assert dealt(plan(**lanes), ["near", "far"]) == shares


def test_worker_turns_to_the_engine_of_its_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written for the workers leads them there, with the images of that engine."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    far = Place(
        Engine("far", {"DOCKER_HOST": "ssh://far"}), {"redis:7": Image("redis:7", "r", None)}
    )
    Prepared({"redis:7": Image("redis:7", "redis:7", None)}, {}, places={"b": far}).save(
        tmp_path / "prepared.json"
    )
    found = prepared.load(tmp_path / "prepared.json")

    assert found.turn_to("a")["redis:7"].used == "redis:7"
    assert os.environ["DOCKER_HOST"] == "unix:///elsewhere.sock"
    assert found.turn_to("b")["redis:7"].used == "r"
    assert os.environ["DOCKER_HOST"] == "ssh://far"

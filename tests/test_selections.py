"""Selections: which promises a run decides, and which slips are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.promises import Declared, Promise
from fixtures.selections import Selection


def promise(name: str, kind: str, level: str, expect: dict[str, Any]) -> Declared:
    return Promise(
        stack="shop", id=name, says=name, section="s", kind=kind, level=level, expect=expect,
        finding=None, unobservable=None, relies_on=None, variant=None, path=Path("p"), line=1,
    )  # fmt: skip


DECLARED = [
    promise("policy", "restart", "static", {"service": "cache", "policy": "always"}),
    promise("back", "restart", "disruptive", {"server": {"service": "cache", "port": 1}}),
    promise("probed", "healthcheck", "live", {"services": ["web", "cache"]}),
    promise("table", "healthcheck", "live", {"retries": {"web": 3}}),
]


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(), {"policy", "back", "probed", "table"}),
        (Selection(ids=frozenset({"back"}), levels=frozenset({"static"})), {"back"}),
        (Selection(levels=frozenset({"static", "live"})), {"policy", "probed", "table"}),
        (Selection(kinds=frozenset({"restart"})), {"policy", "back"}),
        (Selection(services=frozenset({"cache"})), {"policy", "back", "probed"}),
        (Selection(services=frozenset({"web"})), {"probed", "table"}),
        (
            Selection(kinds=frozenset({"restart"}), levels=frozenset({"disruptive"})),
            {"back"},
        ),
    ],
)
def test_what_is_taken(selection: Selection, ids: set[str]) -> None:
    """Single ids whatever their level; levels, kinds and services all together."""
    assert {one.id for one in DECLARED if selection.takes(one)} == ids
    assert selection.problems(DECLARED) == []


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(ids=frozenset({"polcy"})), "--only polcy: no such promise"),
        (Selection(kinds=frozenset({"restrat"})), "--kind restrat: no promise is of it"),
        (Selection(services=frozenset({"chache"})), "--service chache: no promise names it"),
        (
            Selection(kinds=frozenset({"restart"}), services=frozenset({"web"})),
            "no promise is of these levels, kinds and services together",
        ),
    ],
)
def test_a_slip_is_told(selection: Selection, said: str) -> None:
    """Checking nothing is no pass."""
    assert selection.problems(DECLARED) == [said]

"""Starts and ends of copies: what a busy engine refuses once is asked for again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from fixtures import leftovers, starts
from fixtures.projects import ComposeFailed
from fixtures.redaction import Redactor

if TYPE_CHECKING:
    from fixtures.lanes import Lane


@pytest.mark.parametrize(("fails", "problems"), [(0, 0), (1, 0), (99, 1)])
def test_a_copy_is_taken_down_in_the_end(
    fails: int, problems: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left behind because an endpoint was released late; a lasting refusal is told."""
    asked: list[bool] = []

    def remove(*, images: bool) -> None:
        asked.append(images)
        if len(asked) <= fails:
            raise ComposeFailed(["docker", "compose", "down"], 1, "has active endpoints")

    monkeypatch.setattr(starts, "_BREATH", 0.0)
    monkeypatch.setattr(leftovers, "of_lane", lambda *_: [])
    monkeypatch.setattr(leftovers, "sweep_folder", lambda *_: [])
    lane = SimpleNamespace(
        compose=SimpleNamespace(remove=remove), client=None, id="demo-shared",
        key=SimpleNamespace(printed=True), config={}, redactor=Redactor(),
    )  # fmt: skip

    said = starts.take_down(cast("Lane", lane))

    assert len(said) == problems
    assert len(asked) <= 3

"""Roadmaps: what a document says is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .roadmaps import Available, Features, tried

if TYPE_CHECKING:
    from fixtures.promises import Promise


@pytest.mark.promise("available", expect=Available, early=tried)
def test_available(promise: Promise[Available], early: Features) -> None:
    """Each of these features works.

    Cannot see: whether a feature is fit for use.
    """
    wrong = {name: seen for name, seen in early.seen.items() if seen != "works"}

    assert sorted(early.seen) == sorted(promise.expect.available)
    assert not wrong, wrong

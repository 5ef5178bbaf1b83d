"""Volume mounts: what the checks make of mounts, without an engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from suites import test_volume_mounts as volume_mounts


def judge(word: str = "there", **mounted: list[str]) -> None:
    volumes: Any = SimpleNamespace(named=lambda _: SimpleNamespace(word=word))
    mounts: Any = SimpleNamespace(
        of=lambda service: [SimpleNamespace(name=name) for name in mounted[service]]
    )
    promise: Any = SimpleNamespace(expect=volume_mounts.VolumeName("sockets", list(mounted)))
    volume_mounts.test_volume_name(promise, volumes, mounts)


def test_a_service_may_have_other_volumes() -> None:
    """The named one must be among them; a bind mount has no name."""
    judge(app=["sockets"], lb=["data", "", "sockets"])

    with pytest.raises(AssertionError, match="lb mounts"):
        judge(app=["sockets"], lb=["data", ""])
    with pytest.raises(AssertionError, match="app mounts"):
        judge(app=[], lb=["sockets"])
    with pytest.raises(AssertionError, match="has no volume"):
        judge("absent", app=["sockets"])

"""Elsewhere: with the engine on another host, a file of this one is not what a container wrote."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from fixtures.data_folders import DataFolders
from fixtures.elsewhere import written
from fixtures.evidence import Evidence, Unobservable
from fixtures.mounts import Mounts
from fixtures.redaction import Redactor

if TYPE_CHECKING:
    from fixtures.lanes import Lane


def lane(folder: Path, *, elsewhere: bool) -> Lane:
    """Return a lane with this folder; what it refuses is its own affair."""

    def require_here(what: str) -> None:
        if elsewhere:
            raise Unobservable(what)

    return cast("Lane", SimpleNamespace(folder=folder, require_here=require_here))


def test_here_the_folder_is_read(tmp_path: Path) -> None:
    """What a container wrote to its bind mount is in the folder."""
    assert written(lane(tmp_path, elsewhere=False)) == tmp_path


def test_elsewhere_a_file_is_not_called_absent(tmp_path: Path) -> None:
    """It was written on the other host: could not look is never not there."""
    there = lane(tmp_path, elsewhere=True)
    evidence = Evidence(Redactor())
    mounts = Mounts(there, evidence)
    folders = DataFolders(there, None, None, evidence)  # type: ignore[arg-type]

    for look in (
        lambda: mounts.on_host("data/dump.rdb"),
        lambda: mounts.path("data"),
        lambda: folders.host_file("data/dump.rdb"),
    ):
        with pytest.raises(Unobservable):
            look()

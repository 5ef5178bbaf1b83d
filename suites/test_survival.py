"""Survival of data, backups that are restored, and the cure of a folder's permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from . import lifecycle_backups as backups
from . import lifecycle_survival as survival
from .exits import code
from .lifecycle import History, failures
from .lifecycle_scenarios import PRINTED, SURVIVAL, as_printed, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.promises import Promise


@pytest.mark.promise("persistence", expect=survival.Survives, lane=SURVIVAL, early=side_by_side)
def test_data_survives(promise: Promise[survival.Survives], early: History) -> None:
    """The same container was started anew, or another took over, and holds what was there before.

    What was put in is a batch of our own, compared by its digest.

    About persistence: data after the container that served them ended.

    Cannot see: a loss of the disk, and what was written while the container ended.
    """
    seen: survival.Survived = early.of(promise)
    lacks = promise.expect.log_lacks

    assert not failures(*seen.answers), failures(*seen.answers)
    assert seen.before is not None
    assert seen.after is not None, "no container afterwards"
    if promise.expect.container == "same":
        assert seen.after.container == seen.before.container, "the container was replaced"
        assert seen.after.started != seen.before.started, "the container was not restarted"
    else:
        assert seen.after.container != seen.before.container, "the container was not replaced"
    assert not seen.kept.lost, f"found {seen.kept.found}, put {seen.kept.put}"
    assert lacks is None or lacks not in seen.said, f"it began anew: the log says {lacks!r}"


@pytest.mark.promise("backup", expect=backups.Folder, lane=SURVIVAL, early=side_by_side)
def test_folder_is_a_backup(promise: Promise[backups.Folder], early: History) -> None:
    """A copy of the folder of a stopped server holds what it held, for it and for another server.

    About backup: copies and dumps that a document's commands make, put back and compared.

    Cannot see: a copy of a server that runs.
    """
    seen: backups.Copied = early.of(promise)

    assert seen.folder.kind == "directory", f"{promise.expect.folder}: {seen.folder.kind}"
    ends = {name: answer.short for name, answer in seen.steps.items() if code(answer) != 0}
    assert not ends, f"failed: {ends}"
    assert seen.copied is not None
    assert not seen.copied.lost, f"over the copy {seen.copied.found}, put {seen.copied.put}"
    assert not seen.kept.lost, f"found {seen.kept.found}, put {seen.kept.put}"


@pytest.mark.promise("backup", expect=backups.Archive, lane=SURVIVAL, early=side_by_side)
def test_archive_restores(promise: Promise[backups.Archive], early: History) -> None:
    """The command ends without an error, and a server over the archive's content holds it all."""
    seen: backups.Archived = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert len(seen.files) == 1, f"archives: {seen.files}"
    assert seen.kept is not None
    assert not seen.kept.lost, f"restored {seen.kept.found}, put {seen.kept.put}"


@pytest.mark.promise("backup", expect=backups.Dump, lane=PRINTED, early=as_printed)
def test_dump_restores(promise: Promise[backups.Dump], early: History) -> None:
    """The dump is whole, plain text, and fills an empty database with the same rows."""
    seen: backups.Dumped = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert promise.expect.ends_with in seen.last, f"its last comment is {seen.last!r}"
    assert not seen.carriage_returns, f"{seen.carriage_returns} carriage returns"
    assert not failures(*seen.restored), failures(*seen.restored)
    assert not seen.kept.lost, f"restored {seen.kept.found}, put {seen.kept.put}"


@pytest.mark.promise("repair", expect=survival.Permissions, lane=SURVIVAL, early=side_by_side)
def test_cure_of_permissions(
    promise: Promise[survival.Permissions],
    early: History,
    unobservable: Callable[[str], NoReturn],
) -> None:
    """The commands let the server into its folder again, and a restart leaves them in force."""
    seen: survival.Cured = early.of(promise)
    owner = seen.folder.uid, seen.folder.mode
    later = seen.folder_later.uid, seen.folder_later.mode

    assert seen.healthy == "accepted", f"before the failure: {seen.healthy}"
    assert not failures(*seen.answers), failures(*seen.answers)
    if seen.denied == "accepted":
        unobservable("here the folder's owner on the host does not matter to the server")
    assert seen.cured == "accepted", (
        f"after the commands of {seen.me} a login is {seen.cured} (health: {seen.health}); after"
        f" the restart it is {seen.restarted}, and the folder's owner and mode went from {owner}"
        f" to {later}"
    )
    assert seen.restarted == "accepted", f"after the restart: {seen.restarted}"
    assert later == owner, f"owner and mode {owner} became {later} at the restart"

"""Stores: what their documented restarts, backups and restores leave of what they held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import lifecycle_stores as stores
from .lifecycle import History, failures
from .lifecycle_scenarios import PRINTED, as_printed

if TYPE_CHECKING:
    from fixtures.promises import Promise


@pytest.mark.promise("restart", expect=stores.Restart, lane=PRINTED, early=as_printed)
def test_store_is_restarted(promise: Promise[stores.Restart], early: History) -> None:
    """Its container, and no other, starts anew, and it answers with what it held."""
    seen: stores.Restarted = early.of(promise)
    expect = promise.expect
    service = expect.server.service
    before, after = seen.before, seen.after

    assert not failures(seen.answer), seen.answer.short
    assert service in before, f"{service} had no container"
    other = sorted(s for s in before if s not in after or after[s].container != before[s].container)
    assert not other, f"replaced or gone: {other}"
    anew = sorted(s for s in before if after[s].started != before[s].started)
    assert anew == [service], f"started anew: {anew}"
    assert not seen.kept.lost, f"found {seen.kept.found}, put {seen.kept.put}"
    assert seen.seconds <= expect.within_seconds, f"it answered after {seen.seconds} s"
    if expect.log is not None:
        assert expect.log.stopping in seen.said, f"the log lacks {expect.log.stopping!r}"
        assert expect.log.recovering not in seen.said, "it had to recover as after a crash"


@pytest.mark.promise("restart", expect=stores.Kill, lane=PRINTED, early=as_printed)
def test_commits_survive_a_kill(promise: Promise[stores.Kill], early: History) -> None:
    """What was committed is there after SIGKILL and a start, and what was not is not."""
    seen: stores.Killed = early.of(promise)

    assert not failures(*seen.answers), failures(*seen.answers)
    assert not seen.kept.lost, f"found {seen.kept.found}, put {seen.kept.put}"
    assert seen.uncommitted == "absent", f"a row that was never committed: {seen.uncommitted}"


@pytest.mark.promise("backup", expect=stores.Copy, lane=PRINTED, early=as_printed)
def test_database_is_restored(promise: Promise[stores.Copy], early: History) -> None:
    """No command fails, and rows, columns, indexes and constraints are those of before.

    So they are where the dump is read into a new volume, too, if the promise has commands for it.
    """
    seen: stores.Copied = early.of(promise)
    before = seen.before

    assert not failures(*seen.answers), failures(*seen.answers)
    assert "login" not in before, f"before the dump: {before['login']}"
    if promise.expect.lose:
        assert seen.lost != before, "nothing was lost in between"
    places = {"the database": seen.after, "a new volume": seen.fresh}
    other = {
        place: differs
        for place, after in places.items()
        if after is not None and (differs := changed(before, after))
    }
    assert not other, f"every command ended with exit code 0, but these differ: {other}"


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Return what differs, by its name."""
    return {
        name: f"{before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


@pytest.mark.promise("backup", expect=stores.PutBack, lane=PRINTED, early=as_printed)
def test_snapshot_is_brought_back(promise: Promise[stores.PutBack], early: History) -> None:
    """What was lost after the snapshot is there again once its file is put back."""
    seen: stores.BroughtBack = early.of(promise)

    assert not failures(*seen.answers), failures(*seen.answers)
    assert seen.emptied.lost, "nothing was lost in between"
    assert not seen.kept.lost, f"found {seen.kept.found}, put {seen.kept.put}"

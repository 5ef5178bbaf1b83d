"""Starts, removals and port conflicts, by the commands as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import lifecycle_ports as ports
from . import lifecycle_removals as removals
from .lifecycle import History, failures, losses
from .lifecycle_scenarios import PRINTED, as_printed

if TYPE_CHECKING:
    from fixtures.promises import Promise


@pytest.mark.promise("compose-command", expect=removals.First, lane=PRINTED, early=as_printed)
def test_one_command_starts_all(promise: Promise[removals.First], early: History) -> None:
    """From no containers and no data folders, one command makes every service run and stay up.

    One-shots count once they have ended with 0.

    About compose-command: what documented Compose commands do to containers and to data.
    """
    seen: removals.Started = early.of(promise)
    expect = promise.expect
    running = [s for s, one in seen.after.items() if one.up and not one.restarts]

    assert not seen.before, f"there were containers: {sorted(seen.before)}"
    assert set(seen.folders_before.values()) <= {"absent"}, f"there were {seen.folders_before}"
    assert not failures(*seen.prior, seen.answer), failures(*seen.prior, seen.answer)
    assert len(running) == expect.running, (
        f"running without a restart: {sorted(running)}, of {sorted(seen.after)}"
    )
    assert seen.folders == dict.fromkeys(expect.folders, "directory"), f"seen {seen.folders}"


@pytest.mark.promise("compose-command", expect=removals.DownKeeps, lane=PRINTED, early=as_printed)
def test_removal_keeps_data(promise: Promise[removals.DownKeeps], early: History) -> None:
    """No container is left, and after the next start the stores hold what they held.

    Cannot see: data that a store had not yet taken.
    """
    seen: removals.Down = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert not seen.left, f"containers left: {sorted(seen.left)}"
    assert not losses(seen.kept), f"lost: {losses(seen.kept)}"


@pytest.mark.promise("compose-command", expect=removals.DownDeletes, lane=PRINTED, early=as_printed)
def test_removal_deletes_data(promise: Promise[removals.DownDeletes], early: History) -> None:
    """No container and no file of a store is left, and the next start finds empty stores."""
    seen: removals.Down = early.of(promise)
    files = {folder: count for folder, count in seen.files.items() if count}

    assert not failures(seen.answer), seen.answer.short
    assert not seen.left, f"containers left: {sorted(seen.left)}"
    found = sorted(service for service, one in seen.kept.items() if not one.gone)
    assert not found, f"found again after the next start: {', '.join(found)}; files left: {files}"
    assert not files, f"files left: {files}"


@pytest.mark.promise("compose-command", expect=removals.DownNetwork, lane=PRINTED, early=as_printed)
def test_removal_deletes_network(promise: Promise[removals.DownNetwork], early: History) -> None:
    """The network of that name is there before, and is gone afterwards."""
    seen: removals.NetworkGone = early.of(promise)

    assert seen.before.word == "there", f"{promise.expect.network} was not there before"
    assert not failures(seen.answer), seen.answer.short
    assert seen.after.word == "absent", f"{promise.expect.network} is still there"


@pytest.mark.promise("repair", expect=removals.Reset, lane=PRINTED, early=as_printed)
def test_reset_gives_a_fresh_database(promise: Promise[removals.Reset], early: History) -> None:
    """The commands delete the folder, and the next start makes the database without old rows."""
    seen: removals.Anew = early.of(promise)

    assert not failures(*seen.answers), failures(*seen.answers)
    assert seen.folder.kind == "absent", f"{promise.expect.folder} is still there"
    assert seen.kept.gone, f"the old rows are found: {seen.kept.found}"
    assert promise.expect.log in seen.said, f"the log lacks {promise.expect.log!r}"
    assert seen.login == "accepted", f"a login to the new database: {seen.login}"


@pytest.mark.promise("published-port", expect=ports.Conflict, lane=PRINTED, early=as_printed)
def test_held_port_fails_the_start(promise: Promise[ports.Conflict], early: History) -> None:
    """The command fails, names the address in use, and the service does not run."""
    seen: ports.Conflicted = early.of(promise)
    expect = promise.expect
    state = seen.states.get(expect.service)

    assert seen.answer.exit_code not in (0, None), seen.answer.short
    assert expect.stderr_contains in seen.answer.stderr, seen.answer.short
    assert state is None or state.status != "running", f"{expect.service} runs"


@pytest.mark.promise("published-port", expect=ports.Remap, lane=PRINTED, early=as_printed)
def test_port_is_moved(promise: Promise[ports.Remap], early: History) -> None:
    """The store answers on the new port alone, and inside the network where it did before."""
    seen: ports.Remapped = early.of(promise)
    expect = promise.expect

    assert not failures(seen.answer), seen.answer.short
    assert seen.login == "accepted", f"a login on port {expect.host_port}: {seen.login}"
    assert seen.documented == "refused", f"port {expect.documented}: {seen.documented}"
    assert seen.inside == "connected", f"{expect.server.port} from {expect.peer}: {seen.inside}"

"""Restarts, stops and changes of .env, by the commands as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import lifecycle_changes as changes
from . import lifecycle_stops as stops
from .lifecycle import History, failures, losses
from .lifecycle_scenarios import PRINTED, as_printed

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.states import State, States


@pytest.mark.promise("compose-command", expect=stops.RestartOne, lane=PRINTED, early=as_printed)
def test_one_is_restarted(promise: Promise[stops.RestartOne], early: History) -> None:
    """The service's container starts anew and becomes healthy; the others run on.

    Cannot see: whether a service without a health check is well again.
    """
    seen: stops.Restarted = early.of(promise)
    service = promise.expect.restarts

    assert not failures(seen.answer), seen.answer.short
    assert service in seen.before, f"{service} had no container"
    anew, other = restarted(seen.before, seen.after), replaced(seen.before, seen.after)
    assert anew == [service], f"started anew: {anew}, expected {service} alone"
    assert not other, f"replaced, not restarted: {other}"
    if seen.health != "none":
        assert seen.health == "healthy", f"{service} is {seen.health} after its restart"


@pytest.mark.promise("compose-command", expect=stops.RestartAll, lane=PRINTED, early=as_printed)
def test_all_are_restarted(promise: Promise[stops.RestartAll], early: History) -> None:
    """Every container starts anew, none is replaced, and the stores keep what they hold.

    One that had done its work before, with exit code 0 and not to be started again, need not.
    """
    seen: stops.Restarted = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert seen.before
    anew, other = restarted(seen.before, seen.after), replaced(seen.before, seen.after)
    due = sorted(s for s, one in seen.before.items() if not one.done or s in anew)
    assert anew == due, f"started anew: {anew}, of {sorted(seen.before)}"
    assert not other, f"replaced, not restarted: {other}"
    assert seen.kept
    assert not losses(seen.kept), f"lost: {losses(seen.kept)}"


@pytest.mark.promise("compose-command", expect=stops.Stop, lane=PRINTED, early=as_printed)
def test_stop_keeps_containers_and_data(promise: Promise[stops.Stop], early: History) -> None:
    """Every container ends in order and stays; after a start the stores hold what they held.

    Cannot see: a stop under load.
    """
    seen: stops.Stopped = early.of(promise)
    log = promise.expect.log
    ends = {service: (one.status, one.exit_code) for service, one in seen.stopped.items()}

    assert not failures(seen.answer), seen.answer.short
    assert ends == dict.fromkeys(seen.before, ("exited", 0)), f"status and exit code: {ends}"
    assert not replaced(seen.before, seen.started), "containers were replaced"
    assert not losses(seen.kept), f"lost: {losses(seen.kept)}"
    assert log.stopping in seen.said, f"the log of {log.service} lacks {log.stopping!r}"
    assert log.recovering not in seen.said, f"{log.service} had to recover as after a crash"


@pytest.mark.promise("compose-command", expect=changes.Change, lane=PRINTED, early=as_printed)
def test_changed_env_recreates(promise: Promise[changes.Change], early: History) -> None:
    """The containers that read a changed variable are replaced, and only the new value counts."""
    seen: changes.Changed = early.of(promise)
    services = sorted(store.service for store in promise.expect.changed)
    new = replaced(seen.before, seen.after)

    assert not failures(seen.answer), seen.answer.short
    assert set(services) <= set(new), f"replaced are {new}"
    assert not set(promise.expect.others) & set(new), f"replaced are {new}"
    assert seen.new == dict.fromkeys(services, "accepted"), f"with the new password: {seen.new}"
    assert seen.old == dict.fromkeys(services, "refused"), f"with the old password: {seen.old}"


@pytest.mark.promise("compose-command", expect=changes.Forced, lane=PRINTED, early=as_printed)
def test_forced_recreation_applies(promise: Promise[changes.Forced], early: History) -> None:
    """Every container is replaced and has the new values, and the stores keep what they hold."""
    seen: changes.Recreated = early.of(promise)

    assert not failures(seen.answer), seen.answer.short
    assert seen.before
    new, applied = replaced(seen.before, seen.after), sorted(seen.applied)
    assert new == sorted(seen.before), f"replaced are {new}, of {sorted(seen.before)}"
    assert applied == sorted(promise.expect.variables), f"containers have only {applied} anew"
    assert not losses(seen.kept), f"lost: {losses(seen.kept)}"


@pytest.mark.promise("credentials", expect=changes.Password, lane=PRINTED, early=as_printed)
def test_new_password_counts(promise: Promise[changes.Password], early: History) -> None:
    """The database refuses the new password before the command, and accepts it afterwards."""
    seen: changes.Login = early.of(promise)
    store = promise.expect.server

    assert not failures(seen.answer), seen.answer.short
    assert seen.symptom == "refused", f"before the command: {seen.symptom}"
    assert seen.new == "accepted", (
        f"after the command the new value of {store.password} is {seen.new}, the old one {seen.old}"
    )
    if promise.expect.old_password:
        assert seen.old == "refused", f"the old value of {store.password} is {seen.old} too"


def restarted(before: States, after: States) -> list[str]:
    """Return the services whose containers run since another moment, sorted.

    One that had done its work before may have done it again by now.
    """

    def runs(service: str, one: State) -> bool:
        return one.status == "running" or (one.done and service in before and before[service].done)

    return sorted(
        service
        for service, one in after.items()
        if runs(service, one) and (service not in before or before[service].started != one.started)
    )


def replaced(before: States, after: States) -> list[str]:
    """Return the services that have another container, or none, sorted."""
    return sorted(
        service
        for service in before | after
        if service not in before
        or service not in after
        or before[service].container != after[service].container
    )

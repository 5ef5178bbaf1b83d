"""Freezes and stops: what the checks make of what their scenarios saw."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from fixtures.evidence import Unobservable
from fixtures.shell import Answer
from fixtures.vitals import Vital, Watch
from suites import test_crashes as crashes
from suites import test_freezes as freezes


def watch(vital: Vital) -> Watch:
    return Watch((vital,), (), 30.0)


def frozen(health: str, *, restarted: bool) -> Any:
    """Return what was seen of a service that fell to *health* and was held."""
    fallen = Vital(1.0, "running", health, started=1.0)
    held = Vital(2.0, "running", health, started=2.0 if restarted else 1.0)
    return SimpleNamespace(falling=watch(fallen), held=watch(held))


def judge(**seen: Any) -> None:
    expect = freezes.RestartedWhenUnhealthy(dict.fromkeys(seen, 5), 3)
    promise: Any = SimpleNamespace(expect=expect)
    freezes.test_restarted_when_unhealthy(promise, freezes.History(seen, {}))


def test_an_unhealthy_service_cannot_be_seen_to_fall() -> None:
    """A check that fails while its service serves says nothing when it serves no more."""
    vitals = [Vital(0.0, "running", "healthy", streak=n) for n in range(3)]
    falling = Watch((*vitals, Vital(9.0, "running", "unhealthy", streak=3)), (), 30.0)
    promise: Any = SimpleNamespace(expect=freezes.Unhealthy({"minio": 3}))

    def unobservable(reason: str) -> NoReturn:
        raise Unobservable(reason)

    def judge_after(health: str) -> None:
        before = watch(Vital(0.0, "running", health))
        seen: Any = SimpleNamespace(before=before, word="frozen", falling=falling)
        history = freezes.History({"minio": seen}, {})
        freezes.test_unhealthy_after_failures(promise, history, unobservable)

    judge_after("healthy")
    with pytest.raises(Unobservable, match="minio was unhealthy before"):
        judge_after("unhealthy")
    with pytest.raises(AssertionError, match="minio was none before"):
        judge_after("none")


def test_each_unhealthy_service_must_be_restarted() -> None:
    """The first that was is no excuse for the others; all that were not are named."""
    judge(a=frozen("unhealthy", restarted=True), b=frozen("unhealthy", restarted=True))

    with pytest.raises(AssertionError) as caught:
        judge(
            a=frozen("unhealthy", restarted=False),
            b=frozen("unhealthy", restarted=True),
            c=frozen("unhealthy", restarted=False),
        )

    assert "a is unhealthy" in str(caught.value)
    assert "c is unhealthy" in str(caught.value)
    assert "b is" not in str(caught.value)


def test_one_that_did_not_become_unhealthy_breaks_nothing() -> None:
    """It was not tried: an error, unless another shows already that the sentence is not so."""
    healthy = frozen("healthy", restarted=False)

    with pytest.raises(RuntimeError, match="b did not become unhealthy: healthy"):
        judge(a=frozen("unhealthy", restarted=True), b=healthy)
    with pytest.raises(AssertionError, match="a is unhealthy"):
        judge(a=frozen("unhealthy", restarted=False), b=healthy)


def test_each_way_to_stop_is_judged() -> None:
    """A service that stays away after `stop`, and comes back after `kill`, is not kept stopped."""
    done = Answer(0, "", "", timed_out=False)
    running, exited = Vital(1.0, "running"), watch(Vital(2.0, "exited"))
    stop = crashes.Stop(running, done, exited)
    revived = crashes.Stop(running, done, watch(Vital(2.0, "running")))
    expect = crashes.StopIsFinal("db", ["stop db", "kill db"], "start db", 30.0)
    promise: Any = SimpleNamespace(expect=expect)

    crashes.test_manual_stop_is_final(promise, {"db": crashes.History(stops=[stop, stop])})
    with pytest.raises(AssertionError, match="it is running within 30 s after `kill db`"):
        crashes.test_manual_stop_is_final(promise, {"db": crashes.History(stops=[stop, revived])})

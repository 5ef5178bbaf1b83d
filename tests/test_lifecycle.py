"""Life cycle scenarios: what a failing phase costs, and how containers are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.cycles import Cycle, Kept
from fixtures.evidence import Evidence
from fixtures.probe_sessions import CouldNotLook
from fixtures.promises import Promise
from fixtures.redaction import Redactor
from fixtures.shell import Answer
from fixtures.states import State
from fixtures.wanted import Wanted
from suites import lifecycle_removals as removals
from suites import test_removals as checks
from suites.lifecycle import each, history, losses
from suites.test_restarts import replaced, restarted


class Bench:
    """All that `history` needs of a cycle."""

    def __init__(self) -> None:
        self.evidence = Evidence(Redactor())


def promise(name: str, kind: str, expect: object = None) -> Promise[Any]:
    return Promise(
        "stack", name, "says", "section", kind, "disruptive", expect,
        None, None, None, None, Path("promises.yaml"), 1,
    )  # fmt: skip


def state(container: str, started: str = "1", status: str = "running") -> State:
    return State(container, status, started, 0, 0)


@pytest.fixture
def cycle() -> Cycle:
    return cast("Cycle", Bench())


def test_phase_that_fails_ends_only_itself(cycle: Cycle) -> None:
    """Its promises get its error; the next phase is still done."""
    one, two = promise("one", "breaks"), promise("two", "works")

    def breaks(_: Cycle, __: Wanted) -> dict[str, Any]:
        raise LookupError("no container")

    made = history(
        cycle,
        Wanted([one, two]),
        [(("breaks",), breaks), (("works",), lambda *_: {"two": "seen"})],
    )

    assert made.of(two) == "seen"
    with pytest.raises(LookupError, match="no container"):
        made.of(one)


def test_phase_that_nobody_wants_is_left_out(cycle: Cycle) -> None:
    """A run of one promise does what this one needs."""

    def never(_: Cycle, __: Wanted) -> dict[str, Any]:
        raise AssertionError("it was done")

    assert not history(cycle, Wanted([promise("one", "works")]), [(("other",), never)]).seen


def test_check_gets_the_looks_of_its_own_phase(cycle: Cycle) -> None:
    """Evidence of other phases stays with theirs."""
    one, two = promise("one", "first"), promise("two", "second")

    def looks(name: str) -> dict[str, Any]:
        cycle.evidence.note("probe", name, "seen")
        return {name: None}

    made = history(
        cycle,
        Wanted([one, two]),
        [(("first",), lambda *_: looks("one")), (("second",), lambda *_: looks("two"))],
    )
    with cycle.evidence.collecting() as collected:
        made.of(two)

    assert [look["target"] for look in collected] == ["two"]


def test_each_keeps_the_failure_of_one_promise_apart() -> None:
    """What cannot be looked at for one promise is seen for the other."""
    seen = each([promise("zero", "k", 0), promise("four", "k", 4)], lambda n: 8 // n)

    assert seen["four"] == 2
    assert isinstance(seen["zero"], ZeroDivisionError)


def test_restarts_and_replacements_are_told_apart() -> None:
    """The same container with another start was restarted; another or none was replaced."""
    before = {"db": state("a"), "cache": state("b"), "web": state("c"), "old": state("d")}
    after = {
        "db": state("a", started="2"),
        "cache": state("b"),
        "web": state("e", started="2"),
        "new": state("f", status="created"),
    }

    assert restarted(before, after) == ["db", "web"]
    assert replaced(before, after) == ["new", "old", "web"]


def test_stopped_container_was_not_restarted() -> None:
    """Only what runs since another moment counts."""
    assert restarted({"db": state("a")}, {"db": state("a", "2", status="exited")}) == []


PUT = "20 sha256:ab"


@pytest.mark.parametrize(
    "found", ["absent", "19 sha256:ab", "no container", "not published", "refused", "42703"]
)
def test_what_a_store_says_counts(found: str) -> None:
    """Also that it is not there any more, or lets its own user in no more."""
    assert Kept(PUT, found).lost
    assert Kept(PUT, found).gone is (found == "absent")
    assert not Kept(PUT, PUT).lost


@pytest.mark.parametrize("found", ["no answer", "no answer: ReadTimeoutError", "starting up"])
def test_a_store_that_says_nothing_has_lost_nothing(found: str) -> None:
    """Nor is it empty; nobody looked."""
    with pytest.raises(CouldNotLook, match=found):
        _ = Kept(PUT, found).lost
    with pytest.raises(CouldNotLook, match=found):
        _ = Kept(PUT, found).gone
    with pytest.raises(CouldNotLook, match=found):
        losses({"db": Kept(PUT, found)})


def test_deleted_data_is_seen_to_be_gone() -> None:
    """A command that failed, and containers that are left, are told before what nobody saw."""

    def judge(found: str, left: dict[str, Any]) -> None:
        answer = Answer(0, "", "", timed_out=False)
        seen = removals.Down(answer, left, {}, {"db": Kept(PUT, found)})
        one = promise("one", "compose-command")
        checks.test_removal_deletes_data(one, cast("Any", Told(seen)))

    judge("absent", {})
    with pytest.raises(AssertionError, match="found again"):
        judge(PUT, {})
    with pytest.raises(AssertionError, match="containers left"):
        judge("no answer", {"db": state("a")})
    with pytest.raises(CouldNotLook):
        judge("no answer", {})


class Told:
    """A history of one promise."""

    def __init__(self, seen: object) -> None:
        self._seen = seen

    def of(self, _: object) -> object:
        return self._seen

"""Forms: which check of a kind a promise is for, and what is said when it is for none."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from types import FunctionType

import pytest

from fixtures import forms
from fixtures.claims import Claims
from fixtures.forms import Form
from fixtures.promises import Declared, Promise
from fixtures.selections import Selection

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Interval:
    service: str
    interval: float


@dataclass(frozen=True, slots=True)
class Timeout:
    service: str
    timeout: float
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Command:
    service: str
    command: list[str] = field(default_factory=list)


def promise(kind: str = "healthcheck", name: str = "one", **expect: object) -> Declared:
    return Promise(
        "demo", name, "says", "section", kind, "live", expect,
        None, None, None, None, Path("promises.yaml"), 7,
    )  # fmt: skip


def claims(*promises: Declared) -> Claims:
    return Claims(promises, Selection(levels=frozenset({"live"})))


def marker(*names: str, expect: forms.Shape = dict) -> pytest.Mark:
    return pytest.mark.promise(*names, expect=expect).mark


def test_a_promise_is_claimed_by_the_check_that_takes_its_keys() -> None:
    """Checks of one kind are told apart by what they expect."""
    slow = promise(name="slow", service="redis", timeout=5)
    often = promise(name="often", service="redis", interval=10)
    made = claims(slow, often)

    assert [one.id for one in made.claim(marker("healthcheck", expect=Interval))] == ["often"]
    assert [one.id for one in made.claim(marker("healthcheck", expect=Timeout))] == ["slow"]
    assert made.problems() == []


def test_two_checks_with_one_shape_decide_the_same_promise() -> None:
    """What is written and what runs are two halves of one promise."""
    made = claims(promise(service="redis", interval=10))
    for _ in range(2):
        assert len(made.claim(marker("healthcheck", expect=Interval))) == 1


def test_keys_that_no_check_takes_are_named_with_what_each_takes() -> None:
    """One message: the place, what is wrong, and the forms of the kind, nearest first."""
    made = claims(promise(service="redis", intervall=10))
    for shape in (Command, Timeout, Interval):
        made.claim(marker("healthcheck", expect=shape))

    assert made.problems() == [
        "promises.yaml:7: one: expect: unknown key 'intervall', missing key 'interval'; "
        "healthcheck takes service, interval; or service, timeout, [retries]; or service, [command]"
    ]


def test_many_forms_are_shortened() -> None:
    """A message of twenty forms would hide the one that was meant."""
    shapes = [type(f"S{n}", (), {"__annotations__": {f"key{n}": int}}) for n in range(9)]
    said = forms.misfit("many", ["key3", "key4"], [dataclass(shape) for shape in shapes])

    assert said.endswith("; or 5 more: stackproof explain many")


def test_an_id_claims_whatever_the_keys() -> None:
    """A check of a single promise says itself what is wrong with its expectation."""
    made = claims(promise(service="redis"))
    made.claim(marker("one", expect=Interval))

    assert made.problems() == ["promises.yaml:7: one: expect: missing key 'interval'"]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Form(("a",)), Form(("b",)), False),
        (Form(("a",)), Form(("a", "b")), False),
        (Form(("a",), ("b",)), Form(("a", "b")), True),
        (Form(("a",), ("b",)), Form(("a",), ("c",)), True),
        (Form(()), Form((), ("a",)), True),
    ],
)
def test_forms_meet_where_some_keys_fit_both(one: Form, other: Form, meet: bool) -> None:
    """A promise with such keys would be two checks' at once, by accident."""
    assert one.meets(other) is other.meets(one) is meet


def checks() -> Iterator[tuple[str, pytest.Mark, FunctionType]]:
    for path in sorted((ROOT / "suites").glob("test_*.py")):
        module = importlib.import_module(f"suites.{path.stem}")
        for value in vars(module).values():
            for mark in getattr(value, "pytestmark", []):
                if mark.name == "promise":
                    yield from ((kind, mark, value) for kind in mark.args)


def test_no_two_shapes_of_a_kind_take_the_same_keys() -> None:
    """Two checks decide one promise only where they read it in the very same shape."""
    shapes: dict[str, dict[forms.Shape, str]] = {}
    for kind, mark, function in checks():
        shape = mark.kwargs.get("expect", dict)
        shapes.setdefault(kind, {})[shape] = f"{function.__module__}.{function.__name__}"
    both = [
        f"{kind}: {first} and {second}"
        for kind, known in shapes.items()
        for (one, first), (other, second) in combinations(known.items(), 2)
        if (forms.accepts(one, ()) and forms.accepts(other, ()))
        or ((a := forms.of(one)) and (b := forms.of(other)) and a.meets(b))
    ]

    assert both == []

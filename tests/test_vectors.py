"""The vectors that searches are tried with: their angles, distances and spelling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest

from fixtures.evidence import Evidence
from fixtures.redaction import Redactor
from fixtures.vectors import Loaded, Vectors, _nodes, length, literal, product


@dataclass(frozen=True)
class Table:
    """What the probe is told of a table."""

    dimensions: int = 1536
    put: tuple[str, ...] = ()
    query: str = ""
    server: Any = None


@pytest.fixture
def vectors() -> Vectors:
    """The probe, without a server."""
    return Vectors(postgres=None, evidence=Evidence(Redactor()))  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [0, 1, 15, 60, 90, 135, 180])
def test_vector_is_at_its_angle(vectors: Vectors, degrees: float) -> None:
    """The distance is one minus the cosine, whatever the length; single precision shows."""
    base, made = vectors.at_angles(Table(), [degrees, 45])
    (one, other) = made.values()

    assert length(other) == pytest.approx(2 * length(one))
    wanted = 1 - math.cos(math.radians(degrees))
    assert vectors.distance(base, one) == pytest.approx(wanted, abs=1e-6)


def test_nearest_come_first(vectors: Vectors) -> None:
    """The order is that of the angles, not of the lengths."""
    base, made = vectors.at_angles(Table(), [90, 10, 170, 20])

    assert vectors.nearest(base, made, 3) == ["at 10 degrees", "at 20 degrees", "at 90 degrees"]


def test_random_vectors_are_the_same_each_time(vectors: Vectors) -> None:
    """A seed gives the same vectors, another one others, all over the same coordinates."""
    some, again = (vectors.some(Table(), 3, seed=1) for _ in range(2))
    others = vectors.some(Table(), 3, seed=2)

    assert some == again
    assert not set(some) & set(others)
    places = {frozenset(vector) for vector in [*some.values(), *others.values()]}
    assert len(places) == 1
    assert {0, 1535} <= set(next(iter(places)))


def test_literal_has_all_dimensions(vectors: Vectors) -> None:
    """Every coordinate is written, and read back as it is stored: in single precision."""
    written = literal({1: 0.1, 3: -2.5}, 5)

    numbers = [float(part) for part in written.strip("[]").split(",")]
    assert numbers == [0, pytest.approx(0.1, rel=1e-7), 0, -2.5, 0]
    assert numbers == vectors.numbers(Table(dimensions=5), {1: 0.1, 3: -2.5})


def test_product_ignores_what_one_lacks() -> None:
    """A coordinate that is not there is zero."""
    assert product({0: 2.0, 1: 3.0}, {1: 4.0, 2: 5.0}) == 12.0


def test_plan_says_what_it_scans() -> None:
    """Each node with what it scans and by what it sorts, without the numbers of a vector."""
    numbers = f"[{','.join(['0'] * 100)}]"
    plan = {
        "Node Type": "Limit",
        "Plans": [{"Node Type": "Index Scan", "Order By": f"(e <=> '{numbers}')", "Cost": 1}],
    }

    assert list(_nodes(plan)) == [
        {"Node Type": "Limit"},
        {"Node Type": "Index Scan", "Order By": "(e <=> '[...]')"},
    ]


def test_recall_counts_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four nearest texts three are found: three quarters, and the evidence says so."""
    evidence = Evidence(Redactor())
    loaded = Loaded(Table(), None, evidence)  # type: ignore[arg-type]
    found = {0.0: ["a", "b"], 1.0: ["c", "x"]}

    class Hits:
        """What a search gave."""

        def __init__(self, texts: list[str]) -> None:
            self.texts = texts

    monkeypatch.setattr(loaded, "_search", lambda near, _: Hits(found[near[0]]))
    with evidence.collecting() as looks:
        share = loaded.recall(
            {"one": ["a", "b"], "two": ["c", "d"]}, {"one": {0: 0.0}, "two": {0: 1.0}}, probes="1"
        )

    assert share == 0.75
    assert (looks[0]["target"], looks[0]["saw"]) == ("2 searches, probes = 1", 0.75)

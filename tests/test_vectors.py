"""The vectors that searches are tried with: their angles, distances and spelling."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from fixtures.evidence import Evidence
from fixtures.probe_sessions import CouldNotLook
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


class Connection:
    """A connection to a database of two tables, of which one refers to the other."""

    def __init__(self, plan: object, refuse: int = 1) -> None:
        self._plan, self._refuse = plan, refuse
        self.asked: list[str] = []
        self.prepare_threshold: int | None = 5

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def transaction(self, *, force_rollback: bool = False) -> Any:
        self.asked += ["BEGIN"] if force_rollback else []
        return nullcontext()

    def add_notice_handler(self, _: object) -> None: ...

    def remove_notice_handler(self, _: object) -> None: ...

    def execute(self, text: bytes, _: object) -> Any:
        self.asked.append(text.decode())
        if text.startswith(b"EXPLAIN"):
            if self._plan is None:
                raise psycopg.errors.UndefinedTable("no such table")
            return SimpleNamespace(
                description=["plan"], fetchall=lambda: [([{"Plan": self._plan}],)]
            )
        if b"messages" in text and self._refuse:
            self._refuse -= 1
            raise psycopg.errors.ForeignKeyViolation("still referenced")
        return SimpleNamespace(description=None)


PLAN = {
    "Node Type": "Limit",
    "Plans": [
        {"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "messages"},
        {"Plans": [{"Node Type": "Index Scan", "Schema": "public", "Relation Name": 'e"s'}]},
    ],
}


def load(connection: Connection, *, guarded: bool = False) -> list[str]:
    """Return what was asked of the server before the table was there."""
    postgres: Any = SimpleNamespace(open=lambda _: connection)
    probe = Vectors(postgres, Evidence(Redactor()), guarded=guarded)
    table = Table(dimensions=3, query="SELECT 1", server=SimpleNamespace(service="db"))
    with probe.loaded(table) as loaded:
        assert isinstance(loaded, Loaded)
    return connection.asked


def test_a_table_is_empty_but_for_what_is_put_there() -> None:
    """Rows of somebody else's would be among those that are found; they come back."""
    assert load(Connection(PLAN)) == [
        "BEGIN",
        "EXPLAIN (VERBOSE, FORMAT JSON) SELECT 1",
        'DELETE FROM "public"."e""s"',
        'DELETE FROM "public"."messages"',
        'DELETE FROM "public"."messages"',
    ]


def test_an_attached_project_keeps_its_rows() -> None:
    """Not even a transaction that is undone may delete them."""
    assert load(Connection(PLAN), guarded=True) == ["BEGIN"]


def test_a_table_that_is_not_there_is_not_emptied() -> None:
    """That is what the check is to see."""
    assert len(load(Connection(None))) == 2


def test_rows_that_stay_are_told() -> None:
    """With them nothing is known of what a search finds."""
    with pytest.raises(CouldNotLook, match=r"messages.* cannot be emptied: still referenced"):
        load(Connection(PLAN, refuse=9))

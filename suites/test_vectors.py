"""Vectors: distance, order, index and recall of the similarity search that a document prints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .app_requests import Request
from .servers import Server

if TYPE_CHECKING:
    from fixtures.apps import Apps
    from fixtures.databases import Databases
    from fixtures.json_http import Response
    from fixtures.promises import Promise
    from fixtures.vectors import Loaded, Vector, Vectors

EXACT = {"enable_indexscan": "off"}
TOLERANCE = 1e-6
"""pgvector sums up in single precision (src/vector.c, VectorCosineSimilarity)."""
SEARCHES = 30
SMALL = (3.0, 0.0, 1.0, 4.0, 2.0, 5.0, 6.0)


@dataclass(frozen=True, slots=True)
class Table:
    """*put* stores ``%(text)s`` and ``%(vector)s``; *query* finds texts and distances."""

    server: Server
    dimensions: int
    """How many numbers a vector has."""
    put: list[str]
    query: str


@dataclass(frozen=True, slots=True)
class Application:
    """Paths behind the *port* that store a message, its vector, and search; *undo* is SQL."""

    service: terms.Service
    port: int
    message: str
    embedding: str
    search: str
    undo: list[str]


@dataclass(frozen=True, slots=True)
class Angles(Table):
    degrees: list[float]
    """Angles between the vectors and what is searched for."""
    limit: int
    """How many rows a search gives at most."""
    application: Application | None = None
    """Of a stack whose application searches, too."""


@dataclass(frozen=True, slots=True)
class Indexed(Table):
    rows: int
    """How many rows there are."""
    index: str
    """The name of the index."""


@dataclass(frozen=True, slots=True)
class Recall(Table):
    rows: int
    """How many rows there are."""
    limit: int
    """How many rows a search gives."""
    recall: float
    """The share of the nearest that it finds at least."""
    index: str
    """The name of the index."""


@pytest.mark.promise("postgres", expect=Angles)
def test_rows_come_in_the_order_of_their_angles(
    promise: Promise[Angles], vectors: Vectors, apps: Apps, databases: Databases
) -> None:
    """An exact search sorts by one minus the cosine, whatever the lengths of the vectors.

    Those that it leaves out are searched for without the others, so that every angle is seen. The
    application's own search, where the stack has one, sorts so too. A zero vector has no angle:
    its distance is NaN, which PostgreSQL sorts after every number, and NULL comes after that. An
    index for cosines holds neither (pgvector's README, "Indexing"), which is evidence alone here.
    """
    expect = promise.expect
    base, turned = vectors.at_angles(expect, expect.degrees)
    wanted = vectors.nearest(base, turned, len(turned))
    for first in range(0, len(wanted), expect.limit):
        near = wanted[first : first + expect.limit]
        with vectors.loaded(expect) as table:
            stored = table.put({text: turned[text] for text in turned if text in wanted[first:]})
            assert stored == "done", f"the table refuses the vectors: {stored}"
            found = table.search(base, **EXACT)
        assert found.word == "done", f"the search ended with {found.word}"
        assert found.texts == near, f"the nearest are {near}, found are {found.texts}"
        off = {
            text: seen
            for text, seen in found.hits
            if seen is None or abs(seen - vectors.distance(base, turned[text])) > TOLERANCE
        }
        assert not off, f"one minus the cosine it is not: {off}"
    with vectors.loaded(expect) as table:
        table.put({"zero": {}, "null": None, wanted[0]: turned[wanted[0]]})
        table.search(base, enable_seqscan="off")
        table.search({}, **EXACT)
        hits = table.search(base, **EXACT).hits
        assert [text for text, _ in hits] == [wanted[0], "zero", "null"], f"seen {hits}"
        assert hits[1][1] is not None
        assert math.isnan(hits[1][1]), f"the zero vector's distance is {hits[1][1]}"
        assert hits[2][1] is None, f"the distance of NULL is {hits[2][1]}"
    if expect.application is not None:
        assert_searched(promise.id, expect, expect.application, vectors, apps, databases)


@pytest.mark.promise("postgres", expect=Indexed)
def test_search_uses_the_index(promise: Promise[Indexed], vectors: Vectors) -> None:
    """With enough rows, and statistics of them, the planner lets the index give the order."""
    expect = promise.expect
    rows = vectors.some(expect, expect.rows, seed=1)
    with vectors.loaded(expect) as table:
        stored = table.put(rows)
        assert stored == "done", f"the table refuses the vectors: {stored}"
        table.run("ANALYZE")
        nodes = table.plan(next(iter(vectors.some(expect, 1, seed=2).values())))
    scans = [node for node in nodes if node.get("Index Name") == expect.index]

    assert scans, f"no scan of {expect.index}, but {nodes}"
    assert "<=>" in scans[0].get("Order By", ""), f"the index gives no order: {scans[0]}"
    assert not [node for node in nodes if node["Node Type"] == "Sort"], f"sorted again: {nodes}"


@pytest.mark.promise("postgres", expect=Recall)
def test_search_finds_the_nearest(promise: Promise[Recall], vectors: Vectors) -> None:
    """Each search gives as many rows as it is to, and they are the nearest that there are."""
    expect = promise.expect
    rows = vectors.some(expect, expect.rows, seed=3)
    near = vectors.some(expect, SEARCHES, seed=4)
    nearest = {text: vectors.nearest(one, rows, expect.limit) for text, one in near.items()}
    with vectors.loaded(expect) as table:
        stored = table.put(rows)
        assert stored == "done", f"the table refuses the vectors: {stored}"
        # Without it the plan depends on what the server had last counted in the table.
        table.run("ANALYZE")
        exact = table.recall(nearest, near, **EXACT)
        assert exact == 1.0, f"without the index it finds {exact:.0%} of the nearest"
        counts = [len(table.search(one).hits) for one in near.values()]
        seen = table.recall(nearest, near)
        remedies = other_ways(table, nearest, near, expect.index)
    short = [count for count in counts if count != expect.limit]

    assert not short, (
        f"{len(short)} of {len(counts)} searches give other than {expect.limit} rows, as few as"
        f" {min(short)}; they find {seen:.0%} of the nearest; {remedies}"
    )
    assert seen >= expect.recall, f"it finds {seen:.0%} of the nearest; {remedies}"


def other_ways(
    table: Loaded, nearest: dict[str, list[str]], near: dict[str, Vector], index: str
) -> str:
    """Return the recall with other settings of the same index, and once it knows the rows."""
    options = "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = '{}'"
    named = table.run(options.format(index))
    if not named:
        return f"there is no {index}"
    probes = table.run("SHOW ivfflat.probes")[0][0]
    parts = [f"{index} has {named[0][0] or 'no options'}, and probes is {probes}"]
    for built in ("as it was built", "built anew"):
        if built == "built anew":
            table.run(f"REINDEX INDEX {index}")
        for probes in ("1", "10", "100"):
            share = table.recall(nearest, near, **{"ivfflat.probes": probes})
            parts.append(f"{built}, probes {probes}: {share:.0%}")
    return "; ".join(parts)


def assert_searched(
    name: str, table: Angles, door: Application, vectors: Vectors, apps: Apps, databases: Databases
) -> None:
    """Assert that the application's search gives texts with those distances, the nearest first.

    An index looks at some of its lists only, so one may be missing; the angles are small, which
    puts most of them into one list.
    """

    def post(path: str, body: dict[str, Any]) -> Response:
        return apps.ready(Request(door.service, door.port, "POST", path, body))

    base, turned = vectors.at_angles(table, SMALL)
    names = {f"{name} {text}": vector for text, vector in turned.items()}
    try:
        for text, vector in names.items():
            stored = post(door.message, {"content": text})
            assert stored.status == "201", f"storing a message: {stored}"
            body = {"message_id": stored.data["id"], "model_name": "stackproof"}
            told = post(door.embedding, {**body, "embedding": vectors.numbers(table, vector)})
            assert told.status == "201", f"storing a vector: {told}"
        said = post(door.search, {"embedding": vectors.numbers(table, base)})
    finally:
        databases.run(table.server, door.undo)
    assert said.status == "200", f"searching: {said}"
    found = [(hit["content"], hit["distance"]) for hit in said.data]
    wanted = vectors.nearest(base, names, len(names))

    places = [wanted.index(text) for text, _ in found]
    assert 1 < len(found) <= table.limit, f"it found {found}"
    assert places == sorted(set(places)), f"seen {found}"
    off = [hit for hit in found if abs(hit[1] - vectors.distance(base, names[hit[0]])) > TOLERANCE]
    assert not off, f"one minus the cosine it is not: {off}"

"""`stackproof explain`: what is said of each kind comes from its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from click.testing import CliRunner, Result

from fixtures import explained, kinds, shapes
from fixtures.explain_command import explain
from fixtures.kinds import Variant
from fixtures.shapes import Key


@pytest.fixture(scope="module")
def collected() -> Mapping[str, Sequence[Variant]]:
    """All kinds, collected once: it takes seconds."""
    return kinds.collect()


@pytest.fixture
def run(collected: Mapping[str, Sequence[Variant]], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(kinds, "collect", lambda: collected)
    return Run()


class Run:
    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(explain, arguments)


@dataclass(frozen=True, slots=True)
class Inner:
    """What a key holds."""

    word: str


@dataclass(frozen=True, slots=True)
class Shape:
    service: str
    """A service."""
    wait_seconds: float = 1.5
    inner: Inner | None = None
    names: tuple[str, ...] = ()
    between_seconds: tuple[float, float] | None = None


def test_keys_come_from_the_shape() -> None:
    """Name, type, default, unit and meaning are said once, in the shape that the check reads."""
    assert shapes.keys(shapes.schema(Shape)) == [
        Key("service", "text", True, None, "A service."),
        Key("wait_seconds", "number", False, 1.5, ""),
        Key("inner", "Inner", False, None, "What a key holds."),
        Key("names", "list of text", False, [], ""),
        Key("between_seconds", "list of number, number", False, None, ""),
    ]
    assert shapes.about(Shape) == ""
    assert shapes.about(Inner) == "What a key holds."
    assert [key.unit for key in shapes.keys(shapes.schema(Shape))] == [
        "",
        "seconds",
        "",
        "",
        "seconds",
    ]


def test_the_list_has_a_line_for_each_kind(
    run: Run, collected: Mapping[str, Sequence[Variant]]
) -> None:
    """Who writes promises looks for a subject first."""
    result = run()

    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == list(collected)
    assert len(collected) <= 65, "kinds are to be learned"


def test_a_kind_is_explained_with_its_keys_and_an_example(run: Run) -> None:
    """What is observed, each key with type and unit, a promise to copy, and held shapes."""
    said = run("healthcheck").output

    assert "### healthcheck: service, interval_seconds\n" in said
    assert "A probe starts one interval after the one before has ended" in said
    assert "| `interval_seconds` | number of seconds | required |" in said
    assert "  kind: healthcheck\n  level: live\n  expect: {" in said
    assert "interval_seconds: 10}" in said
    assert "## Server\n\nA server of the stack, and how its clients log in." in said


def test_an_unknown_kind_is_bad_input(run: Run) -> None:
    """A misspelled kind names what it may have meant."""
    result = run("helthcheck")

    assert result.exit_code == 2
    assert "unknown kind 'helthcheck'; near: healthcheck" in result.output


def test_every_kind_has_an_example(collected: Mapping[str, Sequence[Variant]]) -> None:
    """The reference stacks show each kind at work."""
    lacking = [
        kind
        for kind, variants in collected.items()
        if not any(explained.example(kind, variant) for variant in variants)
    ]

    assert lacking == []


def test_every_key_is_explained(collected: Mapping[str, Sequence[Variant]]) -> None:
    """By itself, in its shape's own words, or by the shape that it holds."""
    lacking = [
        f"{kind}: {variant.shape.__name__}.{key.name}"
        for kind, variants in collected.items()
        for variant in variants
        for key in variant.rows()
        if not (key.text or key.type[0].isupper() or f"*{key.name}*" in shapes.about(variant.shape))
    ]

    assert lacking == []


def test_every_kind_says_what_it_cannot_see(collected: Mapping[str, Sequence[Variant]]) -> None:
    """Whoever relies on a kept promise has to know what it does not cover."""
    silent = [
        kind
        for kind, variants in collected.items()
        if not any(check.blind for variant in variants for check in variant.checks)
    ]

    assert silent == []

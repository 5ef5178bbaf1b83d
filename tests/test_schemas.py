"""`stackproof schema`: what editors are told of promises.yaml and mutants.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import explained, kinds, schemas

jsonschema = pytest.importorskip("jsonschema")
Draft202012Validator = jsonschema.Draft202012Validator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STACKS = sorted(
    path.parent
    for folder in ("compose", "tests/stacks")
    for path in ROOT.glob(f"{folder}/*/promises.yaml")
)
ENTRY = {"id": "a", "says": "A.", "section": "S", "kind": "healthcheck", "level": "live"}


@pytest.fixture(scope="module")
def collected() -> Mapping[str, Any]:
    """All kinds, collected once: it takes seconds."""
    return kinds.collect()


@pytest.fixture(scope="module")
def promises(collected: Mapping[str, Any]) -> Any:
    schema = schemas.of_promises(collected)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def wrong(validator: Any, path: Path) -> list[str]:
    """Return what is wrong with the entries of the file, each with its id."""
    data = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [
        f"{data[error.absolute_path[0]]['id']}: {error.message}"
        for error in validator.iter_errors(data)
        if data
    ]


@pytest.mark.parametrize("stack", STACKS, ids=lambda path: path.name)
def test_our_promises_are_valid(stack: Path, promises: Any) -> None:
    """Editors complain of nothing that the command accepts."""
    assert wrong(promises, stack / "promises.yaml") == []


@pytest.mark.parametrize(
    "stack", [s for s in STACKS if (s / "mutants.yaml").exists()], ids=lambda path: path.name
)
def test_our_mutants_are_valid(stack: Path) -> None:
    """Overlays as text and single edits are fine."""
    schema = schemas.of_mutants()
    Draft202012Validator.check_schema(schema)

    assert wrong(Draft202012Validator(schema), stack / "mutants.yaml") == []


@pytest.mark.parametrize(
    ("more", "valid"),
    [
        ({"expect": {"service": "redis", "interval_seconds": 10}}, True),
        ({"expect": {"service": "redis", "interval_secs": 10}}, False),
        ({"expect": {"service": "redis", "interval_seconds": "10"}}, False),
        ({"expect": {}}, False),
        ({"kind": "helthcheck"}, False),
        ({"kind": "advice", "unobservable": "A wish."}, True),
        ({"exect": {}}, False),
        ({"level": "life"}, False),
    ],
)
def test_an_entry_is_valid_as_the_command_reads_it(
    more: dict[str, Any], valid: bool, promises: Any
) -> None:
    """One branch a kind: its forms, and nothing beside them."""
    assert promises.is_valid([ENTRY | more]) is valid


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"files": {"a.conf": {"replace": "a", "with": "b"}}}, True),
        ({"files": {"a.conf": [{"append": "a"}, {"write": "b"}]}}, True),
        ({"compose": {"services": {}}}, True),
        ({"compose": "services: {a: !reset null}"}, True),
        ({"file": {}}, False),
        ({"files": {"a.conf": {"replaced": "a"}}}, False),
    ],
)
def test_a_mutant_is_valid_as_the_command_reads_it(change: dict[str, Any], valid: bool) -> None:
    """Both spellings of an overlay and of an edit."""
    entry = {"id": "m", "breaks": [], "change": change}

    assert Draft202012Validator(schemas.of_mutants()).is_valid([entry]) is valid


def test_the_committed_files_are_current(collected: Mapping[str, Any]) -> None:
    """Run `make docs` after a change of a check's shape or docstring."""
    made = {
        "schema/promises.json": text(schemas.of_promises(collected)),
        "schema/mutants.json": text(schemas.of_mutants()),
        "kinds.md": explained.document(collected),
    }
    stale = [name for name, what in made.items() if (DOCS / name).read_text("utf-8") != what]

    assert stale == [], "not current: run `make docs`"


def text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"

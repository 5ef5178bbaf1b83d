"""Promises: loading, and what is said of a file that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.bad_input import BadInput
from fixtures.promises import Promise, load, shaped

ENTRY = """\
- id: web-port
  says: The web service answers.
  section: Services
  kind: published-port
  level: live
  expect: {service: web, port: 80}
"""


@dataclass(frozen=True, slots=True)
class Port:
    service: str
    port: int
    tags: tuple[str, ...] = ()


def write(folder: Path, text: str) -> Path:
    (folder / "promises.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load(write(folder, text), "demo")
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_load_returns_each_promise_with_its_line(tmp_path: Path) -> None:
    """A promise knows where it stands, for messages that link there."""
    second = ENTRY.replace("web-port", "web-name")

    promises = load(write(tmp_path, f"# a comment\n{ENTRY}\n{second}"), "demo")

    assert [(p.id, p.line, p.stack) for p in promises] == [
        ("web-port", 2, "demo"),
        ("web-name", 9, "demo"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "promises.yaml:1: holds no list of entries"),
        ("[]", "promises.yaml: declares no promise"),
        ("a: 1", "promises.yaml:1: holds no list of entries"),
        (ENTRY + ENTRY, "promises.yaml:7: web-port: id stands on line 1 too"),
        (ENTRY + "  exect: {}\n", "promises.yaml:1: web-port: unknown key 'exect'"),
        (ENTRY.replace("  kind: published-port\n", ""), "web-port: missing key 'kind'"),
        (ENTRY.replace("level: live", "level: life"), "web-port: level: Input should be"),
        (ENTRY.replace("says: The", "says: {}\n  x: The"), "web-port: says: Input should be a"),
        (ENTRY + "  kind: other\n", "promises.yaml:7: not valid YAML: key 'kind' stands twice"),
        (ENTRY + "  says: [\n", "promises.yaml:8: not valid YAML"),
        ("- text\n", "promises.yaml:1: entry: "),
    ],
)
def test_load_says_what_is_wrong_and_where(tmp_path: Path, text: str, problem: str) -> None:
    """Every problem names the file, the line and the id."""
    assert any(problem in found for found in problems(tmp_path, text))


def test_load_finds_all_problems_at_once(tmp_path: Path) -> None:
    """Nobody wants to learn of the second mistake after mending the first."""
    text = ENTRY + "  exect: {}\n" + ENTRY.replace("level: live", "level: life")

    assert len(problems(tmp_path, text)) == 2


def test_load_of_a_missing_file_names_it(tmp_path: Path) -> None:
    """A stack without promises.yaml is a mistake, not a pass."""
    with pytest.raises(BadInput, match=r"promises\.yaml: No such file"):
        load(tmp_path, "demo")


def promise(tmp_path: Path, expect: str) -> Promise[dict[str, object]]:
    text = ENTRY.replace("{service: web, port: 80}", expect)
    return load(write(tmp_path, text), "demo")[0]


def test_shaped_reads_the_expectation(tmp_path: Path) -> None:
    """YAML's lists become tuples where the shape wants them."""
    declared = promise(tmp_path, "{service: web, port: 80, tags: [a, b]}")

    assert shaped(declared, Port).expect == Port("web", 80, ("a", "b"))


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("{service: web, prot: 80}", "web-port: expect: unknown key 'prot'"),
        ("{service: web}", "web-port: expect: missing key 'port'"),
        ('{service: web, port: "80"}', "web-port: expect: port: Input should be a valid integer"),
    ],
)
def test_shaped_refuses_another_shape(tmp_path: Path, expect: str, problem: str) -> None:
    """A misspelled or mistyped expectation is bad input, with file, line and id."""
    with pytest.raises(BadInput) as caught:
        shaped(promise(tmp_path, expect), Port)

    assert any(problem in found for found in caught.value.problems)
    assert all("promises.yaml:1: " in found for found in caught.value.problems)

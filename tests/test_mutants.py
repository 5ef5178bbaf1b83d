"""Mutants: what mutants.yaml may say, and what it does to a copy of a stack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixtures import mutants, mutated, stacks
from fixtures.bad_input import BadInput
from fixtures.config import resolve
from fixtures.mutant_places import Place, meet
from fixtures.mutants import Mutant
from fixtures.stacks import Stack

DEMO = Path(__file__).parent / "stacks" / "demo"


@pytest.fixture
def demo(tmp_path: Path) -> Stack:
    return stacks.open_stack(Path(shutil.copytree(DEMO, tmp_path / "demo")))


def load(demo: Stack, text: str) -> list[Mutant]:
    (demo.folder / "mutants.yaml").write_text(text)
    return mutants.load(demo)


def overlay(name: str, breaks: str, web: str) -> str:
    """Return an entry that changes the service web."""
    return (
        f"- {{id: {name}, breaks: [{breaks}], change: {{compose: {{services: {{web: {web}}}}}}}}}\n"
    )


def variant(demo: Stack, name: str, web: str) -> None:
    """Give *demo* a variant that changes the service web."""
    (demo.folder / "overlays").mkdir()
    (demo.folder / "overlays" / f"{name}.yaml").write_text(f"services: {{web: {web}}}\n")


def wrong(demo: Stack, text: str) -> str:
    """Return what is said of a mutants.yaml that is wrong."""
    with pytest.raises(BadInput) as caught:
        load(demo, text)
    return str(caught.value)


def without_effect(demo: Stack, text: str, scratch: Path) -> str:
    """Return what is said of mutants that change nothing."""
    with pytest.raises(BadInput) as caught:
        mutated.require_effect(demo, load(demo, text), scratch)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("{compsoe: {}}", "change.compsoe"),
        ("{}", "changes nothing"),
        ("{files: {nothing.conf: {append: x}}}", "nothing.conf: no such file"),
        ("{files: {compose.yaml: {replace: nowhere, with: x}}}", "'nowhere' is not there"),
        ("{files: {compose.yaml: {replace: web, with: x}}}", "'web' is there 2 times"),
        ("{files: {compose.yaml: {replace: 1s, with: 1s}}}", "compose.yaml: changes nothing"),
        ("{files: {compose.yaml: {replace: 1s}}}", "wants `replace` and `with`"),
        ("{files: {../demo.conf: {write: x}}}", "no copy of the stack holds it"),
        ("{files: {promises.yaml: {append: x}}}", "is no part of it"),
    ],
)
def test_a_wrong_change_is_named_with_its_place(demo: Stack, change: str, said: str) -> None:
    """File, line and id lead to it."""
    text = f"- id: one\n  breaks: [web-port]\n  change: {change}\n"

    told = wrong(demo, text)

    assert "mutants.yaml:1: one: " in told
    assert said in told


def test_unknown_promises_keys_and_ids_that_stand_twice_are_named(demo: Stack) -> None:
    """All problems of the file are told at once."""
    change = "change: {compose: {services: {web: {cpus: 1}}}}"
    text = (
        f"- {{id: one, breaks: [web-prot], {change}}}\n"
        f"- {{id: one, breaks: [], {change}}}\n"
        f"- {{id: two, brakes: [], {change}}}\n"
    )

    said = wrong(demo, text)

    assert "mutants.yaml:1: one: no promise 'web-prot'" in said
    assert "mutants.yaml:2: one: id stands on line 1 too" in said
    assert "mutants.yaml:3: two: unknown key 'brakes'" in said


def test_an_overlay_that_changes_nothing_is_refused(demo: Stack, tmp_path: Path) -> None:
    """Another spelling is a neutral, and must at least be another spelling."""
    same = overlay("same", "web-port", "{healthcheck: {interval: 1000ms}}")
    void = overlay("void", "", "{healthcheck: {interval: 1s}}")

    said = without_effect(demo, same + void, tmp_path / "scratch")

    assert "same: changes nothing in the resolved stack" in said
    assert "void: changes nothing in the resolved stack" in said


def test_an_edit_that_only_respells_is_refused(demo: Stack, tmp_path: Path) -> None:
    """Of the compose file, of a variant's overlay, and beside an edit of another file."""
    variant(demo, "slow", "{healthcheck: {interval: 9s}}")
    respelt = (
        "- {id: file, breaks: [web-port], change: {files: {compose.yaml: {append: '# end'}}}}\n"
        "- {id: slow, breaks: [web-port], change:"
        " {files: {overlays/slow.yaml: {replace: 9s, with: 9000ms}}}}\n"
        "- {id: half, breaks: [web-port], change: {compose: {services: {web:"
        " {healthcheck: {interval: 1000ms}}}}, files: {notes.txt: {write: hello}}}}\n"
    )

    said = without_effect(demo, respelt, tmp_path / "scratch")

    assert "file: changes nothing in the resolved stack" in said
    assert "slow: changes nothing in the resolved stack with overlays/slow.yaml" in said
    assert "half: changes nothing in the resolved stack" in said


def test_an_edit_with_an_effect_is_none_of_those(demo: Stack, tmp_path: Path) -> None:
    """A key that Compose leaves out with a warning is one; a neutral's edit needs none."""
    variant(demo, "slow", "{healthcheck: {interval: 9s}}")
    changes = load(
        demo,
        "- {id: key, breaks: [web-port], change:"
        " {files: {compose.yaml: {append: \"version: '3.8'\\n\"}}}}\n"
        "- {id: slow, breaks: [web-port], change:"
        " {files: {overlays/slow.yaml: {replace: 9s, with: 8s}}}}\n"
        "- {id: note, breaks: [], change: {files: {compose.yaml: {append: '# end'}}}}\n",
    )

    mutated.require_effect(demo, changes, tmp_path / "scratch")


def test_what_compose_rejects_is_named(demo: Stack, tmp_path: Path) -> None:
    """A stack that does not start breaks everything and proves nothing."""
    text = overlay("odd", "web-port", "{prots: []}")

    said = without_effect(demo, text, tmp_path / "scratch")

    assert "mutants.yaml:1: odd: Compose rejects it" in said
    assert "prots" in said


def test_a_mutated_stack_is_a_stack(demo: Stack, tmp_path: Path) -> None:
    """It has its folder's name and the original's project name; the original stays as it is."""
    changes = load(
        demo,
        overlay("port", "web-port", "{ports: !override ['1:80']}")
        + overlay("name", "web-alone", "{container_name: !reset null}")
        + "- {id: note, breaks: [], change: {files: {notes.txt: {write: hello}}}}\n",
    )
    before = {path: path.read_bytes() for path in demo.folder.iterdir()}

    copy = mutated.make(demo, tmp_path / "demo--01", changes)
    config = resolve(stacks.open_stack(copy.folder), None)

    assert stacks.open_stack(copy.folder).name == "demo--01"
    assert stacks.open_stack(copy.folder).project == "demo"
    assert config["services"]["web"]["ports"][0]["published"] == "1"
    assert "container_name" not in config["services"]["web"]
    assert (copy.folder / "notes.txt").read_text() == "hello"
    assert {path: path.read_bytes() for path in demo.folder.iterdir()} == before


def test_durations_keep_their_spelling(demo: Stack, tmp_path: Path) -> None:
    """Otherwise a neutral would be gone before a check could stumble over it."""
    changes = load(
        demo,
        overlay("ms", "", "{healthcheck: {interval: 1000ms}}"),
    )

    copy = mutated.make(demo, tmp_path / "demo--01", changes)

    assert "interval: 1000ms" in copy.compose_file.read_text()


def test_a_variant_still_leaves_out_a_variable_of_a_mutated_stack(
    demo: Stack, tmp_path: Path
) -> None:
    """Compose's merged list of variables has no names that an overlay could reset."""
    with demo.compose_file.open("a") as compose:
        compose.write("    environment: {SOCKET: /run/a.sock, EMPTY: '', GIVEN: }\n")
    variant(demo, "plain", "{environment: {SOCKET: !reset null}}")
    changes = load(demo, overlay("level", "", "{environment: {LEVEL: debug}}"))

    copy = mutated.make(demo, tmp_path / "demo--01", changes)

    assert resolve(copy, "plain")["services"]["web"]["environment"] == {
        "EMPTY": "",
        "GIVEN": None,
        "LEVEL": "debug",
    }


def test_variables_that_a_mutant_lists_stay_a_list(demo: Stack, tmp_path: Path) -> None:
    """Another spelling is another spelling, and no mutant without effect."""
    with demo.compose_file.open("a") as compose:
        compose.write("    environment: {LEVEL: info}\n")
    changes = load(demo, overlay("listed", "", "{environment: !override [LEVEL=info]}"))

    copy = mutated.make(demo, tmp_path / "demo--01", changes)
    mutated.require_effect(demo, changes, tmp_path / "scratch")

    assert "- LEVEL=info" in copy.compose_file.read_text()


def test_edits_of_one_file_look_for_their_text_in_the_original(demo: Stack, tmp_path: Path) -> None:
    """What one mutant puts in, another does not find."""
    (demo.folder / "a.conf").write_text("one two\n")
    changes = load(
        demo,
        "- {id: first, breaks: [], change: {files: {a.conf: {replace: one, with: two two}}}}\n"
        "- id: second\n"
        "  breaks: []\n"
        "  change: {files: {a.conf: [{replace: two, with: three}, {append: end}]}}\n",
    )

    copy = mutated.make(demo, tmp_path / "demo--01", changes)

    assert (copy.folder / "a.conf").read_text() == "two two three\nend"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("compose", "services", "a", "image"), ("compose", "services", "a", "image"), True),
        (("compose", "services", "a", "image"), ("compose", "services", "a", "cpus"), False),
        (("compose", "services", "a"), ("compose", "services", "a", "cpus"), True),
        (("file", "x", 0, 4), ("file", "x", 3, 9), True),
        (("file", "x", 0, 4), ("file", "x", 4, 9), False),
        (("file", "x", 0, 4), ("file", "y", 0, 4), False),
        (("file", "x"), ("file", "x", 0, 4), True),
        (("file", "x", "end"), ("file", "x", 0, 4), False),
        (("text of the compose file",), ("compose", "services"), True),
        (("text of the compose file",), ("text of the compose file",), False),
    ],
)
def test_places_meet_where_they_overlap(one: Place, other: Place, expected: bool) -> None:
    """Two mutants share a copy only if neither touches what the other does."""
    assert meet(one, other) is meet(other, one) is expected

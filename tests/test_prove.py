"""The proof: batches, what is compared, and what prove.json and its page say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures import batches, proofs, stacks
from fixtures.batches import Batch, Check
from fixtures.mutant_entries import Change
from fixtures.mutants import Mutant
from fixtures.proofs import Proof
from fixtures.stacks import Stack
from fixtures.trials import Said, Trial
from reports import proof as read
from reports import proof_html

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests" / "stacks" / "demo"
GOLDEN = ROOT / "tests" / "golden" / "prove.json"

CHECKS = [
    Check("t.py::config", "one", "static"),
    Check("t.py::behaviour", "one", "shared"),
    Check("t.py::config", "two", "static"),
    Check("t.py::config", "three", "static"),
    Check("t.py::behaviour", "four", "shared"),
    Check("t.py::printed", "five", "as-printed"),
]


def mutant(name: str, *breaks: str, alone: bool = False, key: str = "") -> Mutant:
    change = Change(compose={"services": {"web": {key or name: 1}}})
    return Mutant("demo", name, breaks, change, alone, Path("mutants.yaml"), 1)


@pytest.fixture
def demo() -> Stack:
    return stacks.open_stack(DEMO)


def deal(demo: Stack, *wanted: Mutant) -> list[tuple[list[str], list[str]]]:
    """Return the mutants and the lanes of each batch but the first, the unchanged stack."""
    dealt = batches.deal(demo, wanted, CHECKS)
    assert dealt[0].mutants == []
    assert dealt[0].lanes == {lane for batch in dealt[1:] for lane in batch.lanes}
    return [([one.id for one in batch.mutants], sorted(batch.lanes)) for batch in dealt[1:]]


def test_mutants_that_touch_different_places_share_a_copy(demo: Stack) -> None:
    """Static ones need no start."""
    dealt = deal(demo, mutant("a", "two"), mutant("b", "three"))

    assert dealt == [(["a", "b"], ["static"])]


def test_mutants_of_one_place_or_one_promise_do_not(demo: Stack) -> None:
    """Nobody could tell which of them it was."""
    by_place = deal(demo, mutant("a", "two", key="x"), mutant("b", "three", key="x"))
    by_promise = deal(demo, mutant("a", "two"), mutant("b", "two"))

    assert [names for names, _ in by_place] == [["a"], ["b"]]
    assert [names for names, _ in by_promise] == [["a"], ["b"]]


def test_a_mutant_that_asks_for_it_is_alone(demo: Stack) -> None:
    """The author knows when effects meet though the changes do not."""
    dealt = deal(demo, mutant("a", "two"), mutant("b", "three", alone=True), mutant("c", "four"))

    assert [names for names, _ in dealt] == [["a"], ["b"], ["c"]]


def test_each_check_has_its_turn_and_slow_lanes_only_one(demo: Stack) -> None:
    """The first mutant of a promise goes to all of its lanes, the next to the cheapest."""
    dealt = deal(demo, mutant("a", "one", "five"), mutant("b", "one"), mutant("c", "five", "two"))

    assert dealt == [
        (["a"], ["as-printed", "shared", "static"]),
        (["b", "c"], ["static"]),
    ] or dealt == [
        (["a"], ["as-printed", "shared", "static"]),
        (["b"], ["static"]),
        (["c"], ["static"]),
    ]


def test_neutrals_share_a_copy_that_all_lanes_look_at(demo: Stack) -> None:
    """And never one with a mutant."""
    dealt = deal(demo, mutant("n"), mutant("a", "four"), mutant("m"))

    assert dealt == [
        (["a"], ["shared", "static"]),
        (["n", "m"], ["as-printed", "shared", "static"]),
    ]


def test_a_mutant_of_other_levels_is_left_out(demo: Stack) -> None:
    """None of its promises has a check in this run."""
    assert deal(demo, mutant("a", "six")) == []


def test_a_mutant_may_name_the_only_lanes_to_look_at(demo: Stack) -> None:
    """For a change with which nothing else could start."""
    only = Mutant("demo", "a", ("one",), Change(), False, Path("mutants.yaml"), 1, ("static",))

    assert deal(demo, only) == [(["a"], ["static"])]


def test_a_batch_that_surprises_is_tried_again_where_it_did(demo: Stack) -> None:
    """The lanes in which everything was as expected are not looked at again."""
    wanted = [mutant("a", "one"), mutant("b", "five"), mutant("c", "four")]
    batch = batches.deal(demo, wanted, CHECKS)[1]

    again = batches.again(batch, {"four"}, CHECKS)

    assert [one.id for one in again.mutants] == ["a", "b", "c"]
    assert (again.name, again.lanes, again.tried) == (f"{batch.name}-again", {"shared"}, 1)


def test_then_in_parts_of_those_that_may_have_done_it(demo: Stack) -> None:
    """Whoever names what did not break; all of them for what nobody names."""
    wanted = [mutant("a", "one"), mutant("b", "five"), mutant("c", "four")]
    batch = batches.deal(demo, wanted, CHECKS)[1]

    lost = proofs.suspects(batch, ["five"])
    foreign = proofs.suspects(batch, ["five", "three"])
    parts = batches.parts(batch, foreign, 2, ["five", "three"], CHECKS)

    assert [one.id for one in lost] == ["b"]
    assert [([one.id for one in part.mutants], sorted(part.lanes)) for part in parts] == [
        (["a", "c"], ["as-printed", "static"]),
        (["b"], ["as-printed", "static"]),
    ]


def test_what_surprises_is_what_nobody_names_and_what_did_not_break() -> None:
    """An error surprises even where a break is expected."""
    before = trial(one="kept", two="kept", three="kept", four="kept")
    after = trial(one="broken", two="kept", three="broken", four="error")
    batch = Batch("demo--01", [mutant("a", "one", "two"), mutant("b", "four")], {"static"})

    strange = proofs.surprise(batch, proofs.compare(before, after))

    assert strange == {
        "two": "not broken", "three": "kept → broken: why", "four": "kept → error: why"
    }  # fmt: skip


def trial(**verdicts: str) -> Trial:
    """Return the trial of these promises, of which each has one check."""
    return Trial({("t.py::config", name): Said(word, "why") for name, word in verdicts.items()})


def record(found: Mutant, before: Trial, after: Trial) -> dict[str, Any]:
    batch = Batch("demo--01", [found], {"static"})
    return proofs.of_batch(batch, proofs.compare(before, after), after)[0]


def test_a_mutant_is_caught_by_exactly_what_it_names() -> None:
    """The promise turns from kept to broken, and no other does."""
    before = trial(one="kept", two="kept")

    assert record(mutant("a", "one"), before, trial(one="broken", two="kept"))["caught"] is True
    assert record(mutant("a", "one"), before, trial(one="kept", two="kept"))["caught"] is False
    assert record(mutant("a", "one"), before, trial(one="broken", two="broken"))["caught"] is False


def test_an_error_is_no_catch() -> None:
    """Could not look is never not there."""
    found = record(mutant("a", "one"), trial(one="kept"), trial(one="error"))

    assert found["caught"] is False
    assert found["broke"] == []
    assert found["saw"] == {"one": "kept → error: why"}


def test_a_repair_turns_a_finding() -> None:
    """The check of a statement that cannot hold must see when it does."""
    found = record(mutant("a", "one"), trial(one="finding"), trial(one="broken"))

    assert (found["broke"], found["caught"]) == (["one"], True)


def test_what_cannot_be_observed_is_neither_caught_nor_missed() -> None:
    """A stand-in lacks the feature, changed or not."""
    before = trial(one="unobservable", two="kept")

    found = record(mutant("a", "one"), before, before)

    assert (found["caught"], found["unobservable"]) == (None, ["one"])


def test_what_others_keep_from_being_observed_is_no_break() -> None:
    """Somebody holds a documented port for a while: that is no mutant's doing."""
    before, after = trial(one="kept", two="kept"), trial(one="unobservable", two="unobservable")

    assert record(mutant("n"), before, after)["silent"] is True
    found = record(mutant("a", "one"), before, after)
    assert (found["caught"], found["unobservable"]) == (None, ["one"])


def test_what_no_mutant_of_a_batch_names_is_in_doubt() -> None:
    """Those that broke what they name are caught; the gate fails all the same."""
    before = trial(one="kept", two="kept", three="kept")
    after = trial(one="broken", two="broken", three="broken")
    batch = Batch("demo--01", [mutant("a", "one"), mutant("b", "two")], {"static"})

    found = proofs.of_batch(batch, proofs.compare(before, after), after)

    assert [one["caught"] for one in found] == [True, True]
    assert [list(one["doubt"]) for one in found] == [["three"], ["three"]]
    assert proofs.exit_code({"problems": []}, found) == 1


def test_a_neutral_is_silent_or_not() -> None:
    """Any change of any verdict is noise."""
    before = trial(one="kept", two="finding")

    assert record(mutant("n"), before, before)["silent"] is True
    assert record(mutant("n"), before, trial(one="broken", two="finding"))["silent"] is False
    assert record(mutant("n"), before, trial(one="kept", two="error"))["silent"] is False


def proof() -> dict[str, Any]:
    """Return a proof with one of each: caught, missed, unobservable, silent, loud, unbroken."""
    stack = stacks.open_stack(DEMO)
    found = Proof(stack, [], [Check("t.py::config", p.id, "static") for p in stack.promises])
    found.base = trial(**{"web-alone": "kept", "web-port": "kept", "web-port-wrong": "kept"})
    for one, words in (
        (mutant("caught", "web-alone"), ("broken", "kept", "kept")),
        (mutant("missed", "web-port"), ("kept", "kept", "broken")),
        (mutant("silent"), ("kept", "kept", "kept")),
        (mutant("loud"), ("kept", "kept", "error")),
    ):
        found.wanted.append(one)
        after = trial(**dict(zip(("web-alone", "web-port", "web-port-wrong"), words, strict=True)))
        seen = proofs.compare(found.base, after)
        found.turned |= {pair for pair in seen.turned if pair[1] in one.breaks}
        batch = Batch(f"demo--{len(found.wanted):02}", [one], {"static"})
        found.records |= {r["id"]: r for r in proofs.of_batch(batch, seen, after)}
    run = {
        "tool": "0.1.0", "engine": "none", "compose": "Compose 2.26.1", "stand_ins": [],
        "command": "stackproof prove --stack demo", "started": "2026-01-01T00:00:00+00:00",
        "seconds": 1.5, "levels": ["static"], "stacks": ["demo"], "batches": [],
        "notes": ["demo--01 surprised: <b>"], "problems": [],
    }  # fmt: skip
    return proofs.document(run, [found])


def test_prove_json_is_as_it_was() -> None:
    """Others read it; delete the golden file to write it anew."""
    text = json.dumps(proof(), indent=1, ensure_ascii=False) + "\n"
    if not GOLDEN.exists():
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_page_says_what_the_proof_lacks() -> None:
    """Missed mutants, loud neutrals, foreign breaks and promises without a mutant stand in it."""
    page = proof_html.render(read.load(GOLDEN))

    assert "The gate fails: a mutant is not caught, and a neutral breaks something." in page
    assert "1 of 2 mutants caught" in page
    assert "1 of 2 neutrals silent" in page
    assert "Checks that break with a foreign mutant" in page
    assert "The web server is published on host port 18080." in page
    assert "<b>" not in page.partition('<h2 id="batches">')[2].partition("note")[2]


@pytest.mark.parametrize(
    ("records", "problems", "code"),
    [
        ([{"caught": True}, {"caught": None}, {"silent": True}], [], 0),
        ([{"caught": False}, {"silent": True}], [], 1),
        ([{"caught": True}, {"silent": False}], [], 1),
        ([{"caught": False}], ["a worker went down"], 4),
    ],
)
def test_the_exit_code(records: list[dict[str, Any]], problems: list[str], code: int) -> None:
    """0: proven; 1: a mutant survives or a neutral does not; 4: the run did not come to its end."""
    assert proofs.exit_code({"problems": problems}, records) == code


@pytest.mark.parametrize(
    ("run", "code"),
    [
        ({"levels": ["static", "live", "disruptive"]}, 1),
        ({"levels": ["static", "live", "disruptive", "slow"], "mutants": []}, 1),
        ({"levels": ["static", "live", "disruptive"], "mutants": ["one"]}, 0),
        ({"levels": ["static"]}, 0),
    ],
)
def test_a_promise_that_no_mutant_breaks_fails_a_whole_proof(
    run: dict[str, Any], code: int
) -> None:
    """Of some mutants, or at some levels, it would be no news."""
    unbroken = [{"stack": "demo", "id": "web-port", "says": "It is published."}]

    assert proofs.exit_code({"problems": [], **run}, [{"caught": True}], unbroken) == code
    assert proofs.exit_code({"problems": [], **run}, [{"caught": True}], []) == 0


def test_the_page_says_that_a_promise_is_unbroken(tmp_path: Path) -> None:
    """Nothing else may be wrong with the proof."""
    document = json.loads(GOLDEN.read_text())
    document["mutants"], document["neutrals"] = document["mutants"][:1], document["neutrals"][:1]
    (tmp_path / "prove.json").write_text(json.dumps(document))

    page = proof_html.render(read.load(tmp_path / "prove.json"))

    assert "The gate fails: no mutant breaks a promise that was decided." in page


def prove(stack: Path, *options: str | Path) -> tuple[int, str]:
    """Return the exit code and all that `stackproof prove` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "suites", "prove", str(stack), *map(str, options)],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_static_mutants_need_no_engine(tmp_path: Path) -> None:
    """The whole way: copies, one pytest run, comparison, prove.json and its page."""
    code, said = prove(DEMO, "--level", "static", "--report-dir", tmp_path)
    document = json.loads((tmp_path / "prove.json").read_text())

    assert code == 0, said
    assert document["schema"] == "stackproof.prove/1"
    assert [(m["id"], m["broke"], m["caught"]) for m in document["mutants"]] == [
        ("another-port", ["web-port", "web-port-wrong"], True)
    ]
    assert [n["silent"] for n in document["neutrals"]] == [True, True]
    assert "another-port" in (tmp_path / "prove.html").read_text()


def test_a_mutant_that_survives_fails_the_gate(tmp_path: Path) -> None:
    """Exit code 1, and the terminal names it."""
    stack = Path(shutil.copytree(DEMO, tmp_path / "demo"))
    (stack / "mutants.yaml").write_text(
        "- {id: unseen, breaks: [web-port], change: {compose: {services: {web: {cpus: 1}}}}}\n"
    )

    code, said = prove(stack, "--level", "static", "--report-dir", tmp_path / "report")

    assert code == 1, said
    assert "missed: unseen" in said
    assert "web-port: not broken" in said


def test_bad_mutants_end_with_2(tmp_path: Path) -> None:
    """As bad promises do."""
    stack = Path(shutil.copytree(DEMO, tmp_path / "demo"))
    (stack / "mutants.yaml").write_text("- {id: one, breaks: [web-prot], change: {}}\n")

    code, said = prove(stack)

    assert code == 2, said
    assert "mutants.yaml:1: one: no promise 'web-prot'" in said


@pytest.mark.engine
def test_the_demo_is_proven_on_an_engine(tmp_path: Path) -> None:
    """A second service is seen running beside the first, in the copy that holds it."""
    code, said = prove(DEMO, "--report-dir", tmp_path)
    document = json.loads((tmp_path / "prove.json").read_text())

    assert code == 0, said
    assert {m["id"]: m["caught"] for m in document["mutants"]} == {
        "a-second-service": True,
        "another-port": True,
    }
    assert document["unbroken"] == document["unproven"] == []

"""The prover: what is tried again, what an interrupted proof keeps, and images that nobody has."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fixtures import batches, mutated, proof_order, proof_summary, proofs, stacks
from fixtures.batches import Batch
from fixtures.images import MissingImages
from fixtures.lane_keys import Key
from fixtures.mutant_entries import Change
from fixtures.mutants import Mutant
from fixtures.plans import Plan
from fixtures.prepared import Prepared
from fixtures.proof_copies import Copier, Dealt
from fixtures.proofs import Proof
from fixtures.prover import Prover
from fixtures.readiness import NoImage
from fixtures.selections import Selection
from fixtures.trial_progress import Progress
from fixtures.trials import Said, Trials

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests" / "stacks" / "demo"
LANES = {
    "t.py::config[demo:web-port]": "demo-static",
    "t.py::run[demo:web-port]": "demo-shared",
    "t.py::run[demo:web-alone]": "demo-shared",
}
Answer = Callable[[str, str, str], str]
"""The verdict of a check of a copy: of its name, the check's lane and the promise."""


def mutant(name: str, *breaks: str, **change: Any) -> Mutant:
    services = {"services": {"web": change or {name: 1}}}
    return Mutant("demo", name, breaks, Change(compose=services), False, Path("m.yaml"), 1)


class Told(Prover):
    """Has its copies looked at by a function."""

    def __init__(self, answer: Answer, stop_after: int = 99) -> None:
        plan = Plan((Key("demo", "static"), Key("demo", "shared")), LANES, [])
        progress = Progress(Console(file=io.StringIO()))
        super().__init__(Path(), plan, Selection(), lambda _: Prepared({}, {}), progress)
        self._answer, self._stop_after = answer, stop_after
        self.rounds: list[list[tuple[str, list[str]]]] = []
        self.lanes_a_core: list[int] = []

    def _try(self, dealt: Dealt, a_core: int) -> Trials:
        self.lanes_a_core.append(a_core)
        self.rounds.append([(batch.name, sorted(batch.lanes)) for _, batch in dealt])
        lane_of = {}
        for _, batch in dealt:
            for nodeid, lane in LANES.items():
                if lane.removeprefix("demo-") in batch.lanes:
                    lane_of[nodeid.replace("[demo:", f"[{batch.name}:")] = lane
        seen = Trials(lane_of, self._progress)
        for number, nodeid in enumerate(lane_of):
            if number == self._stop_after:
                self.interrupted = True
                break
            function, copy, promise = batches.split(nodeid)
            said = self._answer(copy, lane_of[nodeid].removeprefix("demo-"), promise)
            seen.of[copy].said[function, promise] = Said(said, "why")
            seen._left[copy].discard(nodeid)
        return seen


def prove(answer: Answer, *wanted: Mutant, stop_after: int = 99) -> tuple[Told, Proof]:
    told, proof = Told(answer, stop_after), Proof(stacks.open_stack(DEMO), list(wanted))
    told.prove([proof])
    return told, proof


PORT, ALONE = mutant("port", "web-port"), mutant("alone", "web-alone")


def test_what_surprises_once_is_tried_again_where_it_did() -> None:
    """It counts as caught, and is told: a check that is not steady is worth a look."""

    def answer(copy: str, lane: str, promise: str) -> str:
        return "broken" if copy.endswith(("01-again", "01")) and copy + lane != "demo--01shared" \
            else "kept"  # fmt: skip

    told, proof = prove(answer, PORT, ALONE)

    assert told.rounds[1:] == [[("demo--01-again", ["shared"])]]
    assert told.lanes_a_core[1] < told.lanes_a_core[0], "haste may have been why it surprised"
    assert [proof.records[name]["caught"] for name in ("port", "alone")] == [True, True]
    assert proof.records["alone"]["batches"] == ["demo--01", "demo--01-again"]
    assert proof.unsteady == ["demo--01 surprised once and not again: web-alone (not broken)"]


def test_what_surprises_twice_is_tried_alone_and_then_once_more() -> None:
    """Only who names what did not break is suspected, and the other stays caught."""

    def answer(copy: str, _lane: str, promise: str) -> str:
        return "broken" if promise == "web-port" and "base" not in copy else "kept"

    told, proof = prove(answer, PORT, ALONE)

    assert [[name for name, _ in one] for one in told.rounds[1:]] == [
        ["demo--01-again"],
        ["demo--01-again-1"],
        ["demo--01-again-1-again"],
    ]
    assert proof.records["port"]["caught"] is True
    assert proof.records["alone"]["caught"] is False
    assert proof.records["alone"]["batches"][-1] == "demo--01-again-1-again"


def test_what_nobody_names_is_tried_in_parts_until_it_is_clear_who_it_was() -> None:
    """What the others of a batch changed is none of a part's doing."""

    def answer(copy: str, _lane: str, promise: str) -> str:
        guilty = copy.startswith("demo--01") and not copy.startswith("demo--01-again-2")
        return "broken" if promise == "web-alone" and guilty else "kept"

    _, proof = prove(answer, mutant("one", "web-port"), mutant("two"))

    assert proof.records["two"]["silent"] is True
    assert proof.records["one"]["saw"] == {"web-alone": "kept → broken: why"}


def test_what_the_unchanged_stack_does_not_keep_once_is_asked_again() -> None:
    """Compared with a disturbance, each copy would surprise."""

    def answer(copy: str, lane: str, promise: str) -> str:
        if copy == "demo--base" and promise == "web-alone":
            return "broken"
        return "broken" if promise == "web-port" and "base" not in copy else "kept"

    told, proof = prove(answer, mutant("port", "web-port"))

    assert told.rounds[1:] == [[("demo--base-again", ["shared"])]]
    assert proof.records["port"]["caught"] is True
    assert proof.unsteady == ["web-alone of the unchanged stack: broken once (why), then kept"]


@pytest.mark.parametrize(
    ("verdict", "problems"),
    [("broken", []), ("error", ["demo:web-alone: of the unchanged stack: error: why"])],
)
def test_an_unchanged_stack_that_cannot_be_asked_twice_proves_nothing(
    verdict: str, problems: list[str]
) -> None:
    """A promise that is broken each time is decided: it is `check` that says so."""

    def answer(_copy: str, _lane: str, promise: str) -> str:
        return verdict if promise == "web-alone" else "kept"

    _, proof = prove(answer, mutant("n"))

    assert proofs.undecided(proof) == problems


def test_the_longest_lanes_begin_first() -> None:
    """What needs no start, then what takes turns, then scenarios, then what all copies share."""
    lanes = ["a-shared", "a-as-printed", "a-freeze", "b-freeze", "b-crash", "b-static"]
    checks = {f"t.py::f[{lane}:{n}]": lane for lane in lanes for n in range(1 + ("fre" in lane))}

    order = proof_order.longest_first(checks)

    assert order == ("b-static", "as-printed", "a-freeze", "b-freeze", "b-crash", "a-shared")


def test_an_interrupted_proof_keeps_what_had_ended() -> None:
    """A copy of which a check has not reported is not tried, and nothing of it is known."""

    def answer(copy: str, _lane: str, promise: str) -> str:
        return "broken" if promise == "web-port" and "base" not in copy else "kept"

    both = mutant("port", "web-port", x=1), mutant("other", "web-port", x=2)
    told, proof = prove(answer, *both, stop_after=6)
    document = proofs.document({"problems": ["interrupted"], "incomplete": True}, [proof])

    assert told.interrupted
    assert len(told.rounds) == 1
    assert [record["id"] for record in document["mutants"]] == ["port"]
    assert [one["id"] for one in document["untried"]] == ["other"]
    assert document["run"]["exit_code"] == 4


def test_an_image_that_nobody_has_fails_its_mutant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its copy are tried; the unchanged stack's own image ends the proof."""
    monkeypatch.setattr(mutated, "commit", lambda *_: None)

    def images(configs: list[dict[str, Any]]) -> Prepared:
        names = {s["image"] for config in configs for s in config["services"].values()}
        if "nobody:1" in names:
            raise NoImage(MissingImages({"nobody:1": "no registry"}))
        return Prepared({}, {})

    plan = Plan((Key("demo", "shared"),), {}, [])
    proof = Proof(stacks.open_stack(DEMO), [])
    odd, fine = mutant("odd", "web-port", image="nobody:1"), mutant("fine", "web-alone", cpus=1)
    dealt = [(proof, batch) for batch in batches_of(proof, odd, fine)]

    made = Copier(tmp_path, plan, images).make(dealt)

    assert [[one.id for one in batch.mutants] for _, batch in made.dealt] == [[], ["fine"]]
    assert proof.records["odd"]["caught"] is False
    assert proof.records["odd"]["not_started"] == "nobody:1: no registry"


def batches_of(proof: Proof, *wanted: Mutant) -> list[Any]:
    checks = [
        Batch("demo--base", [], {"shared"}, unchanged=True),
        Batch("demo--01", list(wanted), {"shared"}),
    ]
    assert proof.stack.name == "demo"
    return checks


def test_the_end_says_what_a_missed_mutant_named_what_broke_and_how_to_repeat_it() -> None:
    """A line each, and one command."""

    def answer(copy: str, _lane: str, promise: str) -> str:
        return "broken" if promise == "web-alone" and "base" not in copy else "kept"

    _, proof = prove(answer, PORT)
    run = {"problems": [], "levels": ["static", "live"], "seconds": 3.0, "unsteady": []}
    said = list(proof_summary.lines(proofs.document(run, [proof]), {"demo": Path("stacks/demo")}))

    assert said[:5] == [
        "missed: port (tried in demo--01, demo--01-again)",
        "    names: web-port",
        "    web-alone (not named): kept → broken: why",
        "    web-port: not broken",
        "    again: stackproof prove --stack stacks/demo --level static,live --mutant port",
    ]
    assert "0 of 1 mutants caught, 1 missed" in said[-1]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_proof_writes_what_it_knows(tmp_path: Path, stop: signal.Signals) -> None:
    """Marked as incomplete, with the exit code of an error of ours."""
    process = subprocess.Popen(
        [sys.executable, "-m", "suites", "prove", "--stack", str(DEMO), "--level", "static",
         "--report-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A job in the background of a shell is started deaf to SIGINT, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "lanes of" in line:
            os.killpg(process.pid, stop)
            break
    said = process.communicate(timeout=60)[0]
    document = json.loads((tmp_path / "prove.json").read_text())

    assert process.returncode == 4, said
    assert document["run"]["incomplete"] is True
    assert "changes were tried" in said
    assert "Traceback" not in said
    assert (tmp_path / "prove.html").exists()

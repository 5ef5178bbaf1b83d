"""Leftovers: what dead owners left goes, everything else stays."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from fixtures import leftovers, leftovers_host
from fixtures.leftovers import Resource
from fixtures.owners import LANE_LABEL, OWNER_LABEL, owner_of, owner_of_this_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def dead() -> str:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = owner_of(process.pid)
        process.kill()
    return owner


class Api:
    """As much of the engine's API as a search needs."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows
        self.api = self

    def containers(self, all: bool, filters: object) -> list[dict[str, Any]]:  # noqa: A002
        assert all, "stopped containers are leftovers too"
        return list(self.rows.get("containers", []))

    def networks(self, filters: object) -> list[dict[str, Any]]:
        return list(self.rows.get("networks", []))

    def volumes(self, filters: object) -> dict[str, Any]:
        return {"Volumes": self.rows.get("volumes")}


def test_dead_owners_things_are_found_with_the_rest_of_their_project(dead: str) -> None:
    """Compose's own network of a dead lane goes too, and a stranger's project never."""
    project = "com.docker.compose.project"
    engine = Api(
        {
            "containers": [
                {"Id": "1", "Names": ["/dead"], "Labels": {OWNER_LABEL: dead, LANE_LABEL: "a"}},
                {
                    "Id": "2",
                    "Names": ["/alive"],
                    "Labels": {OWNER_LABEL: owner_of_this_process(), LANE_LABEL: "b"},
                },
                {"Id": "3", "Names": ["/developers"], "Labels": {project: "liar-game"}},
            ],
            "networks": [
                {"Id": "4", "Name": "stackproof-a_default", "Labels": {project: "stackproof-a"}},
                {"Id": "5", "Name": "stackproof-b_default", "Labels": {project: "stackproof-b"}},
                {"Id": "6", "Name": "bridge", "Labels": None},
            ],
            "volumes": None,  # the engine says null where there are none
        }
    )

    found = leftovers.find(engine)  # type: ignore[arg-type]

    assert [one.name for one in found] == ["dead", "stackproof-a_default"]


def test_compare_tells_ours_from_what_may_be_others() -> None:
    """New things of our lanes are ours; what others labelled is not named at all."""
    old = Resource("network", "1", "bridge")
    ours = Resource("container", "2", "x", lane="a")
    implicit = Resource("network", "3", "stackproof-a_default", project="stackproof-a")
    strangers = Resource("container", "4", "dev", project="dev")
    other_run = Resource("container", "5", "y", owner="o", lane="b")
    anonymous = Resource("volume", "6", "6")
    now = [old, ours, implicit, strangers, other_run, anonymous]

    assert leftovers.compare([old], now, {"a"}) == ([ours, implicit], [anonymous])


def test_lane_root_is_private(temporary: Path) -> None:
    """Nobody else can look into, or prepare, our folders."""
    assert leftovers_host.lane_root().stat().st_mode & 0o777 == 0o700


def test_lane_root_of_another_is_refused(temporary: Path) -> None:
    """A link in its place would lead removal astray."""
    (temporary / f"stackproof-{os.getuid()}").symlink_to(temporary)

    with pytest.raises(PermissionError, match="remove it"):
        leftovers_host.lane_root()


def test_claimed_folder_of_a_living_owner_stays(temporary: Path) -> None:
    """Only a note whose owner is dead makes a lane dead."""
    leftovers_host.claim("mine")

    assert leftovers_host.dead_lanes() == []


def test_folder_and_note_of_a_dead_owner_go(temporary: Path, dead: str) -> None:
    """The note goes last, so that a sweep that is killed is taken up again."""
    leftovers_host.claim("gone")
    (temporary / next(iter(temporary.iterdir())) / "gone.owner").write_text(dead)
    folder = leftovers_host.lane_folder("gone")
    (folder / "deep").mkdir(parents=True)

    assert leftovers_host.dead_lanes() == ["gone"]
    assert leftovers.sweep_folder("gone", None) == [f"removed folder {folder}"]
    assert list(leftovers_host.lane_root().iterdir()) == []


def test_processes_of_a_lane_are_found_by_their_environment() -> None:
    """And this process is never among them, nor another lane's."""
    lane = f"test-{uuid.uuid4().hex[:8]}"
    environment = {**os.environ, leftovers_host.LANE_VARIABLE: lane}
    with subprocess.Popen(["sleep", "60"], env=environment) as process:
        try:
            assert leftovers_host.end_processes(f"{lane}-other") == []
            assert leftovers_host.end_processes(lane) == [
                f"ended process {process.pid} (sleep) of {lane}"
            ]
        finally:
            process.kill()
    assert process.returncode == -9


@pytest.fixture
def engine(dead: str) -> Iterator[tuple[Any, str]]:
    docker = pytest.importorskip("docker")
    client = docker.from_env(timeout=20)
    lane = f"test-{uuid.uuid4().hex[:8]}"
    yield client, lane
    leftovers.remove(client, leftovers.of_lane(client, lane))
    client.close()


@pytest.mark.engine
def test_sweep_removes_what_a_dead_owner_left_in_the_engine(
    engine: tuple[Any, str], dead: str
) -> None:
    """Volume and network of the dead owner go, those of this process stay."""
    client, lane = engine
    before = leftovers.snapshot(client)
    gone = {OWNER_LABEL: dead, LANE_LABEL: f"{lane}-dead"}
    mine = {OWNER_LABEL: owner_of_this_process(), LANE_LABEL: lane}
    client.volumes.create(f"{lane}-dead", labels=gone)
    client.networks.create(f"{lane}-dead", labels=gone)
    client.volumes.create(f"{lane}-mine", labels=mine)

    leftovers.sweep(client)
    left, _ = leftovers.compare(before, leftovers.snapshot(client), {lane, f"{lane}-dead"})

    # What was said is not looked at: a run beside this one may sweep the same dead owner's.
    assert [one.name for one in left] == [f"{lane}-mine"]

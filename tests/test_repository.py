"""Tests of the repository probe: what Git tracks, ignores and has committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures import mutants, mutated, stacks
from fixtures.evidence import Evidence, Unobservable
from fixtures.redaction import Redactor
from fixtures.repository import Repository
from fixtures.stacks import Stack

DEMO = Path(__file__).parent / "stacks" / "demo"
LIAR_GAME = Path(__file__).parents[1] / "compose" / "liar-game"
USER = ("-c", "user.name=someone", "-c", "user.email=someone@localhost")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this user's own rules and hooks of Git out."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def demo(tmp_path: Path) -> Stack:
    """A stack in the folder deploy of a work tree, none of it added."""
    shutil.copytree(DEMO, tmp_path / "project" / "deploy")
    git(tmp_path / "project", "init", "-q")
    return stacks.open_stack(tmp_path / "project" / "deploy")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *USER, *arguments], cwd=folder, check=True, capture_output=True)


def probe(stack: Stack) -> Repository:
    return Repository(stack, Evidence(Redactor()))


def commit(stack: Stack, message: str = "One") -> None:
    git(stack.folder, "add", "-A")
    git(stack.folder, "commit", "-q", "--allow-empty", "-m", message)


def test_a_file_that_is_not_there_is_not_tracked(demo: Stack) -> None:
    """A template that somebody forgot is no template, be its folder in a work tree or not."""
    commit(demo)
    assert probe(demo).tracked(["compose.yaml", "missing"]) == ["compose.yaml"]

    shutil.rmtree(demo.folder.parent / ".git")
    assert probe(demo).tracked(["compose.yaml", "missing"]) == ["compose.yaml"]


def test_a_file_that_was_never_added_is_not_tracked(demo: Stack) -> None:
    """It is on this disk alone, whatever Git would take in."""
    commit(demo)
    (demo.folder / "new").touch()

    assert probe(demo).tracked(["new"]) == []


def test_a_name_with_a_star_is_no_pattern(demo: Stack) -> None:
    """A declared path is one file."""
    commit(demo)

    assert probe(demo).tracked(["*.yaml"]) == []


@pytest.mark.parametrize("place", [".gitignore", ".git/info/exclude"])
def test_rules_above_the_folder_are_rules(demo: Stack, place: str) -> None:
    """Most projects have one .gitignore, at their top."""
    rules = demo.folder.parent / place
    rules.write_text("/deploy/.env\ndata/\n")
    commit(demo)

    assert probe(demo).ignored([".env", "data/", "compose.yaml", "other"]) == [".env", "data/"]


def test_what_is_tracked_is_not_ignored(demo: Stack) -> None:
    """Rules leave nothing out that was added before them, nor a folder with such a file."""
    (demo.folder / "data").mkdir()
    (demo.folder / "data" / "kept").touch()
    commit(demo)
    (demo.folder / ".gitignore").write_text("data/\ncompose.yaml\n.env\n")

    assert probe(demo).ignored(["data", "compose.yaml", ".env"]) == [".env"]


def test_without_a_work_tree_the_folder_is_asked_as_if_all_was_added(tmp_path: Path) -> None:
    """An installed stack has only its own rules; nothing is written to it."""
    shutil.copytree(DEMO, tmp_path / "demo")
    (tmp_path / "demo" / ".gitignore").write_text(".env\nhidden\n")
    (tmp_path / "demo" / "hidden").touch()
    stack = stacks.open_stack(tmp_path / "demo")
    before = sorted(stack.folder.rglob("*"))

    assert probe(stack).tracked(["compose.yaml", "hidden", "missing"]) == ["compose.yaml"]
    assert probe(stack).ignored(["compose.yaml", "hidden", ".env"]) == ["hidden", ".env"]
    assert sorted(stack.folder.rglob("*")) == before


def test_a_stack_that_is_installed_in_a_work_tree_is_none_of_it(demo: Stack) -> None:
    """Below an ignored .venv the user's repository says nothing about the documented stack."""
    (demo.folder.parent / ".gitignore").write_text("deploy/\n")
    commit(replace(demo, folder=demo.folder.parent))

    assert probe(demo).tracked(["compose.yaml"]) == ["compose.yaml"]
    assert probe(demo).ignored([".env"]) == []
    with pytest.raises(Unobservable, match="no work tree"):
        probe(demo).commits(".env")

    own = replace(demo, source=replace(demo.source, own=True))
    assert probe(own).tracked(["compose.yaml"]) == []
    assert probe(own).ignored([".env"]) == [".env"]


def test_a_hook_s_variables_are_not_followed(demo: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sets them for what its hooks call, in a pre-commit hook the index as well."""
    commit(demo)
    monkeypatch.setenv("GIT_DIR", str(demo.folder / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(demo.folder / "other-index"))

    assert probe(demo).tracked(["compose.yaml"]) == ["compose.yaml"]


def test_a_work_tree_whose_repository_is_gone_is_not_none(demo: Stack) -> None:
    """A linked work tree in a container without its repository cannot answer."""
    shutil.rmtree(demo.folder.parent / ".git")
    (demo.folder.parent / ".git").write_text("gitdir: /nowhere/at/all\n")

    with pytest.raises(Unobservable, match="/nowhere/at/all"):
        probe(demo).tracked(["compose.yaml"])


def test_a_commit_is_found_after_its_branch_was_merged(demo: Stack) -> None:
    """A file that was added and removed on a branch is in the history for good."""
    commit(demo)
    git(demo.folder, "checkout", "-q", "-b", "side")
    (demo.folder / ".env").write_text("A_PASSWORD=1\n")
    commit(demo, "Add it")
    (demo.folder / ".env").unlink()
    commit(demo, "Remove it")
    git(demo.folder, "checkout", "-q", "-")
    (demo.folder / "more").touch()
    commit(demo, "More")
    git(demo.folder, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    git(demo.folder, "branch", "-q", "-D", "side")

    found = [line.partition(" ")[2] for line in probe(demo).commits(".env")]
    assert found == ["Remove it", "Add it"]


def test_a_repository_without_a_commit_has_none_of_the_file(demo: Stack) -> None:
    """The first commit is still to come."""
    assert probe(demo).commits(".env") == []


def test_part_of_a_history_does_not_say_never(demo: Stack, tmp_path: Path) -> None:
    """CI fetches one commit; the reason says how to fetch all."""
    (demo.folder / ".env").touch()
    commit(demo)
    (demo.folder / ".env").unlink()
    commit(demo, "Remove it")
    url = f"file://{demo.folder.parent}"
    git(tmp_path, "clone", "-q", "--depth=1", url, "clone")
    stack = stacks.open_stack(tmp_path / "clone" / "deploy")

    with pytest.raises(Unobservable, match=r"git fetch --unshallow.*fetch-depth: 0"):
        probe(stack).commits(".env")
    assert len(probe(stack).commits("compose.yaml")) == 1
    git(stack.folder, "fetch", "-q", "--unshallow")
    assert len(probe(stack).commits(".env")) == 2


@pytest.mark.parametrize(
    ("mutant", "tracked", "ignored"),
    [
        (None, [".env.example"], [".env", "docker/volumes/redis/data"]),
        ("template-ignored", [], [".env", "docker/volumes/redis/data"]),
        ("env-not-ignored", [".env.example"], ["docker/volumes/redis/data"]),
        ("env-committed", [".env.example"], ["docker/volumes/redis/data"]),
        ("volumes-not-ignored", [".env.example"], [".env"]),
    ],
)
def test_copies_of_the_proof_are_work_trees(
    tmp_path: Path, mutant: str | None, tracked: list[str], ignored: list[str]
) -> None:
    """A mutant that changes what Git takes in is seen, and the unchanged copy keeps all."""
    stack = stacks.open_stack(LIAR_GAME)
    changes = [one for one in mutants.load(stack) if one.id == mutant]
    copy = mutated.make(stack, tmp_path / "liar-game--01", changes)
    mutated.commit(copy, changes)

    assert probe(copy).tracked([".env.example"]) == tracked
    assert probe(copy).ignored([".env", "docker/volumes/redis/data"]) == ignored

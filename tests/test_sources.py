"""Sources: the files that Compose would read in a user's folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fixtures import sources
from fixtures.bad_input import BadInput
from fixtures.folders import data_of, env_file, template, write_env
from fixtures.sources import Source
from fixtures.stacks import Recipe, Stack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("compose.yaml", "more.yaml"):
        (tmp_path / name).write_text("services: {}\n")
    return tmp_path.resolve()


def names(source: Source) -> list[str]:
    return [path.name for path in (source.compose_file, *source.more_files)]


def test_the_override_file_comes_along(folder: Path) -> None:
    """As `docker compose` reads the folder without -f."""
    assert names(sources.of_user(folder)) == ["compose.yaml"]

    (folder / "compose.override.yaml").write_text("services: {}\n")

    assert names(sources.of_user(folder)) == ["compose.yaml", "compose.override.yaml"]


def test_named_files_take_its_place(folder: Path) -> None:
    """In the order in which they are merged."""
    (folder / "compose.override.yaml").write_text("services: {}\n")

    source = sources.of_user(folder, [Path("more.yaml"), Path("compose.yaml")])

    assert names(source) == ["more.yaml", "compose.yaml"]


def test_the_env_file_may_name_them(folder: Path) -> None:
    """COMPOSE_FILE in .env is how a project keeps its own list."""
    (folder / ".env").write_text("COMPOSE_FILE=compose.yaml:more.yaml\n")

    assert names(sources.of_user(folder)) == ["compose.yaml", "more.yaml"]


def test_a_documented_stack_is_its_compose_file(folder: Path) -> None:
    """Neither .env nor an override belongs to a document."""
    (folder / "compose.override.yaml").write_text("services: {}\n")
    (folder / ".env").write_text("A=1\n")

    assert sources.documented(folder) == Source(folder / "compose.yaml")


def test_env_files(folder: Path) -> None:
    """Those that are named, else .env, else the template."""
    (folder / "prod.env").write_text("A=1\n")
    assert sources.of_user(folder).env_files is None

    (folder / ".env").write_text("A=2\n")
    assert sources.of_user(folder).env_files == (folder / ".env",)

    named = sources.of_user(folder, env_files=[Path("prod.env"), Path(".env")])
    assert named.env_files == (folder / "prod.env", folder / ".env")
    assert sources.parsed(named.env_files) == {"A": "2"}


@pytest.mark.parametrize(
    ("files", "env_files", "said"),
    [
        (["other.yaml"], [], "other.yaml: no such file (-f)"),
        (["../other.yaml"], [], "no such file (-f)"),
        (["../outside.yaml"], [], "lies outside of"),
        ([], ["other.env"], "other.env: no such file (--env-file)"),
    ],
)
def test_a_missing_file_is_named(
    folder: Path, files: list[str], env_files: list[str], said: str
) -> None:
    """And one that a copy of the folder would lack."""
    (folder.parent / "outside.yaml").write_text("services: {}\n")

    with pytest.raises(BadInput, match=said.replace("(", r"\(").replace(")", r"\)")):
        sources.of_user(folder, list(map(Path, files)), list(map(Path, env_files)))


def test_no_compose_file(tmp_path: Path) -> None:
    """The names that Compose looks for are told."""
    with pytest.raises(BadInput, match=r"holds none of compose\.yaml"):
        sources.of_user(tmp_path)


def test_a_source_goes_to_another_process(folder: Path) -> None:
    """Workers get it as text."""
    (folder / ".env").write_text("A=1\n")
    source = sources.of_user(folder, [Path("more.yaml")], profiles=["debug"])

    assert sources.loads(sources.dumps(source)) == source


@pytest.mark.parametrize(
    ("folder_name", "name"),
    [("shop", "shop"), ("My Shop.v2", "myshopv2"), ("_x-1", "x-1"), ("가게", "stack")],
)
def test_a_project_name_is_made_of_any_folder(tmp_path: Path, folder_name: str, name: str) -> None:
    """Compose refuses what has capitals, dots or blanks."""
    assert sources.name_of(tmp_path / folder_name) == name


def test_values_stay_as_they_are_written(folder: Path) -> None:
    """A quote or a dollar in .env is the user's; only what changes is written anew."""
    text = "A='a$b #c'\nB=2\nexport C=3\n"
    (folder / ".env").write_text(text)
    stack = Stack(folder, "shop", sources.of_user(folder), Recipe(), [])
    copy = folder / "copy"
    copy.mkdir()

    assert template(stack) == {"A": "a$b #c", "B": "2", "C": "3"}
    write_env(stack, copy, template(stack))
    assert (copy / ".env").read_text() == text
    write_env(stack, copy, {**template(stack), "C": "4", "D": "5"})
    assert (copy / ".env").read_text() == "A='a$b #c'\nB=2\nC=4\nD=5\n"


def test_data_that_git_ignores_are_not_copied(folder: Path) -> None:
    """What a service writes to a folder of its own; the program that it runs is copied."""
    for name in ("data", "app", "certs"):
        (folder / name).mkdir()
    (folder / ".gitignore").write_text("data/\ncerts/\n")
    stack = Stack(folder, "shop", sources.of_user(folder), Recipe(), [])
    mounts = [
        {"type": "bind", "source": str(folder / "data"), "target": "/data"},
        {"type": "bind", "source": str(folder / "app"), "target": "/app"},
        {"type": "bind", "source": str(folder / "certs"), "target": "/c", "read_only": True},
        {"type": "volume", "source": "v", "target": "/v"},
    ]
    config = {"services": {"db": {"volumes": mounts}}}
    assert data_of(stack, config) == set()

    subprocess.run(["git", "init", "-q", folder], check=True)

    assert data_of(stack, config) == {folder / "data"}


def test_other_env_files_leave_the_copys_own_alone(folder: Path) -> None:
    """A service may read .env by itself."""
    (folder / "prod.env").write_text("A=1\n")
    source = sources.of_user(folder, env_files=[Path("prod.env")])
    stack = Stack(folder, "shop", source, Recipe(), [])

    assert env_file(stack, folder / "copy").name == ".env.stackproof"

"""Repository: files that the project keeps, those that it must not keep, and its .env."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.repository import Repository

CLASSES = {
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "digit": string.digits,
    "special": string.punctuation,
}


@dataclass(frozen=True, slots=True)
class Files:
    files: list[str]


@pytest.mark.promise("files", expect=Files)
def test_files_are_there(promise: Promise[Files], repository: Repository) -> None:
    """Each is a file with something in it; Docker makes a folder of a bind source that is not."""
    for path in promise.expect.files:
        assert repository.kind(path) == "file", path


@dataclass(frozen=True, slots=True)
class Tracked:
    files: list[str]


@pytest.mark.promise("git-tracked", expect=Tracked)
def test_git_tracks(promise: Promise[Tracked], repository: Repository) -> None:
    """Git takes these files in when everything is added."""
    taken = repository.added(promise.expect.files)

    assert [path for path in promise.expect.files if path not in taken] == []


@dataclass(frozen=True, slots=True)
class Ignored:
    files: list[str]


@pytest.mark.promise("git-ignored", expect=Ignored)
def test_git_ignores(promise: Promise[Ignored], repository: Repository) -> None:
    """Git leaves these files out when everything is added, and tracks none of them."""
    taken = repository.added(promise.expect.files)

    assert [path for path in promise.expect.files if path in taken] == []


@dataclass(frozen=True, slots=True)
class NeverCommitted:
    file: str


@pytest.mark.promise("never-committed", expect=NeverCommitted)
def test_never_committed(promise: Promise[NeverCommitted], repository: Repository) -> None:
    """No commit of any branch touches the file."""
    assert repository.commits(promise.expect.file) == []


@dataclass(frozen=True, slots=True)
class TemplateValues:
    values: dict[str, str]


@pytest.mark.promise("env-template", expect=TemplateValues)
def test_env_template(promise: Promise[TemplateValues], repository: Repository) -> None:
    """The template gives each of these variables this value."""
    template = repository.template()
    missing = [key for key in promise.expect.values if key not in template]
    other = [key for key, value in promise.expect.values.items() if template.get(key) != value]

    assert (missing, other) == ([], [])


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    variables: list[str]
    at_least: int
    classes: list[str]


@pytest.mark.promise("password-policy", expect=PasswordPolicy)
def test_password_policy(promise: Promise[PasswordPolicy], repository: Repository) -> None:
    """Each password of the template is long enough and mixes these classes of characters."""
    template = repository.template()
    for variable in promise.expect.variables:
        password = template.get(variable, "")
        lacks = [n for n in promise.expect.classes if not set(CLASSES[n]) & set(password)]

        assert len(password) >= promise.expect.at_least, f"{variable}: {len(password)} characters"
        assert not lacks, f"{variable} has no {', '.join(lacks)}"


@dataclass(frozen=True, slots=True)
class FolderCommand:
    command: str
    setup: list[str] = field(default_factory=list)
    stdout_contains: list[str] = field(default_factory=list)


@pytest.mark.promise("folder-command", expect=FolderCommand)
def test_folder_command(promise: Promise[FolderCommand], repository: Repository) -> None:
    """The printed command, which needs no engine, succeeds in the project's folder."""
    expect = promise.expect
    done = repository.run(expect.command, expect.setup)

    assert done.exit == 0, done.stderr
    assert [text for text in expect.stdout_contains if text not in done.stdout] == []

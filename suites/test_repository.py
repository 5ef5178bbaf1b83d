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
    present: list[str]
    """Files that are there and not empty."""


@pytest.mark.promise("files", expect=Files)
def test_files_are_there(promise: Promise[Files], repository: Repository) -> None:
    """Each is a file with something in it; Docker makes a folder of a bind source that is not.

    About files: files of the project, and what Git does with them.
    """
    for path in promise.expect.present:
        assert repository.kind(path) == "file", path


@dataclass(frozen=True, slots=True)
class Tracked:
    tracked: list[str]
    """Files that Git tracks, or folders of which it tracks something."""


@pytest.mark.promise("files", expect=Tracked)
def test_git_tracks(promise: Promise[Tracked], repository: Repository) -> None:
    """Git tracks these files; in no work tree, it takes them in when everything is added."""
    tracked = repository.tracked(promise.expect.tracked)

    assert [path for path in promise.expect.tracked if path not in tracked] == []


@dataclass(frozen=True, slots=True)
class Ignored:
    ignored: list[str]
    """Files that Git leaves out; a folder that is not there yet ends with a slash."""


@pytest.mark.promise("files", expect=Ignored)
def test_git_ignores(promise: Promise[Ignored], repository: Repository) -> None:
    """Git leaves these files out when everything is added, and tracks none of them.

    Cannot see: that a rule is this user's or this clone's alone, and so in no other clone.
    """
    ignored = repository.ignored(promise.expect.ignored)

    assert [path for path in promise.expect.ignored if path not in ignored] == []


@dataclass(frozen=True, slots=True)
class NeverCommitted:
    never_committed: str
    """A file that no commit touches."""


@pytest.mark.promise("files", expect=NeverCommitted)
def test_never_committed(promise: Promise[NeverCommitted], repository: Repository) -> None:
    """No commit of any branch touches the file.

    Cannot see: other clones, branches that were not fetched, and history that was rewritten.
    """
    assert repository.commits(promise.expect.never_committed) == []


@dataclass(frozen=True, slots=True)
class TemplateValues:
    template: dict[str, str]
    """Variables of .env.example, with their values."""


@pytest.mark.promise("env-file", expect=TemplateValues)
def test_env_template(promise: Promise[TemplateValues], repository: Repository) -> None:
    """The template gives each of these variables this value.

    Cannot see: whether anything reads the variables.
    """
    template = repository.template()
    missing = [key for key in promise.expect.template if key not in template]
    other = [key for key, value in promise.expect.template.items() if template.get(key) != value]

    assert (missing, other) == ([], [])


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    passwords: list[str]
    """Variables of .env.example that hold passwords."""
    characters: int
    """How many characters each has at least."""
    classes: list[str]
    """What each mixes: ``upper``, ``lower``, ``digit``, ``special``."""


@pytest.mark.promise("env-file", expect=PasswordPolicy)
def test_password_policy(promise: Promise[PasswordPolicy], repository: Repository) -> None:
    """Each password of the template is long enough and mixes these classes of characters."""
    template = repository.template()
    for variable in promise.expect.passwords:
        password = template.get(variable, "")
        lacks = [n for n in promise.expect.classes if not set(CLASSES[n]) & set(password)]

        assert len(password) >= promise.expect.characters, f"{variable}: {len(password)} characters"
        assert not lacks, f"{variable} has no {', '.join(lacks)}"


@dataclass(frozen=True, slots=True)
class FolderCommand:
    in_folder: str
    """The command, word for word; it needs no engine."""
    setup: list[str] = field(default_factory=list)
    """Commands that are run before it."""
    stdout_contains: list[str] = field(default_factory=list)
    """Texts that it prints."""


@pytest.mark.promise("printed-command", expect=FolderCommand)
def test_folder_command(promise: Promise[FolderCommand], repository: Repository) -> None:
    """The printed command, which needs no engine, succeeds in the project's folder."""
    expect = promise.expect
    done = repository.run(expect.in_folder, expect.setup)

    assert done.exit == 0, done.stderr
    assert [text for text in expect.stdout_contains if text not in done.stdout] == []

"""Telling: where a report may point for a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import promises, telling
from fixtures.bad_input import BadInput
from fixtures.stacks import open_stack

ENTRY = """\
# promises
- {id: a, says: A holds., section: S, kind: route, level: live, document: docs/a.md, line: 7}
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack in a checkout that is the folder of the run, with its document."""
    folder = tmp_path / "stack"
    (folder / "docs").mkdir(parents=True)
    (folder / "promises.yaml").write_text(ENTRY, encoding="utf-8")
    (folder / "compose.yaml").write_text("services: {}\n", encoding="utf-8")
    (folder / "docs" / "a.md").write_text("A\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def place(stack: Path) -> tuple[str, int]:
    told = telling.told(promises.load(stack, "stack")[0], True, None)
    return told["file"], told["line"]


def test_a_promise_is_shown_at_its_line_of_the_document(stack: Path) -> None:
    """The author reads the document, not our list."""
    assert place(stack) == ("stack/docs/a.md", 7)


def test_without_a_document_it_is_shown_in_promises_yaml(stack: Path) -> None:
    """So it is where the document is elsewhere than it says."""
    (stack / "docs" / "a.md").unlink()

    assert place(stack) == ("stack/promises.yaml", 2)


def test_a_document_that_is_not_in_the_folder_is_bad_input(stack: Path) -> None:
    """A misspelled name would be passed over in silence."""
    (stack / "docs" / "a.md").unlink()

    with pytest.raises(BadInput, match=r"promises\.yaml:2: a: document: no file docs/a\.md"):
        open_stack(stack)

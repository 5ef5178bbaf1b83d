"""Writing: the files of one run, each rendered from the same report."""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from pathlib import Path

from . import document, html, junit, markdown, sarif
from .document import Report

FILES: dict[str, tuple[str, Callable[[Report, Path], None]]] = {
    "html": ("index.html", html.write),
    "junit": ("junit.xml", junit.write),
    "md": ("summary.md", markdown.write),
    "sarif": ("report.sarif", sarif.write),
}
"""Each format with its file's name and its writer."""


def write_all(report: Report, directory: Path) -> list[Path]:
    """Write report.json and every other format into *directory*; return what was written.

    Where GitHub names a file for the job's summary, the summary is added to it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    source = directory / "report.json"
    document.write(report, source)
    written = [source, *write_formats(report, FILES, directory)]
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as out:
            out.write(markdown.render(report))
    return written


def write_formats(report: Report, formats: Container[str], directory: Path) -> list[Path]:
    """Write each of *formats* into *directory*; return the files."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (file, write) in FILES.items():
        if name in formats:
            write(report, directory / file)
            written.append(directory / file)
    return written

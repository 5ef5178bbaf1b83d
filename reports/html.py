"""HTML: one file for people, with everything in it."""

from __future__ import annotations

from pathlib import Path

from .document import Report


def write(report: Report, path: Path) -> None:
    """Write the page of *report*."""
    path.write_text("<!doctype html>\n", encoding="utf-8")

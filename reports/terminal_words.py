"""Words: how verdicts and rows look on a terminal, in any view."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from .rows import Row

STYLES = {
    "kept": "green",
    "broken": "bold red",
    "error": "bold magenta",
    "finding": "yellow",
    "unobservable": "cyan",
    "untested": "bold",
    "unselected": "dim",
}
_ORDER = ("kept", "finding", "unobservable", "untested", "error", "broken", "unselected")


def verdict(row: Row) -> Text:
    """Return the row on one line: its verdict, its name and its sentence."""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{row.verdict:<12}", STYLES[row.verdict])
    line.append(f" {row.name}", "bold")
    line.append(f"  {' '.join(row.says.split())}")
    return line


def tally(counts: Mapping[str, int]) -> Text:
    """Return the counts that are not zero: ``17 kept · 2 findings``; no line ends in one."""
    line = Text()
    for word in _ORDER:
        count = counts.get(word, 0)
        if count:
            line.append(" · " if line else "", "dim")
            more = "s" if count > 1 and word in ("finding", "error") else ""
            line.append(f"{count}\N{NO-BREAK SPACE}{word}{more}", STYLES[word])
    return line

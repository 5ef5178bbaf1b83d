"""End: what a run leaves on the terminal when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import terminal_words as words
from .document import Report
from .observed import expected, look, observed, seconds
from .rows import Row

_ALIKE = 3
"""More errors than this with one and the same reason are told together."""
_LOOKS = 3
_INDENT = 12
_NAMES = 12


def show(console: Console, report: Report, written: Iterable[Path]) -> None:
    """Print findings and what is broken in full, the rest in brief, the gate and the files."""
    run = report.run
    if run.get("ended") == "usage":
        _problems(console, report)
        return
    _title(console, "Findings", report.having("finding"), "cannot hold on real software")
    for row in report.having("finding"):
        _row(console, row)
    failed = report.having("broken", "error")
    _title(console, "Broken and errors", failed, "")
    for rows in _alike(failed):
        _row(console, rows[0]) if len(rows) == 1 else _together(console, rows)
    _unobservable(console, report.having("unobservable"))
    untested = report.having("untested")
    _title(console, "Untested", untested, "no check has reported")
    if untested:
        console.print(Padding(_names(untested), (0, 0, 0, 2)))
    _problems(console, report)
    _foot(console, report, written)


def _title(console: Console, title: str, rows: list[Row], more: str) -> None:
    if rows:
        line = Text(f"\n{title} ", "bold")
        line.append(f"({len(rows)}){' ' + more if more else ''}", "dim")
        console.print(line)


def _row(console: Console, row: Row) -> None:
    head = Text("\n").append(row.verdict, words.STYLES[row.verdict])
    head.append(f" {row.name}", "bold").append(f"  {row.section}", "dim")
    console.print(head)
    table = _table()
    table.add_row("promise", Text(row.says))
    if row.finding:
        table.add_row("why", Text(row.finding))
    if row.expect:
        table.add_row("expected", Text(expected(row)))
    table.add_row("observed", Text(_observed(row)))
    console.print(table)
    _rerun(console, row)


def _rerun(console: Console, row: Row) -> None:
    """Print the command on a line that the terminal wraps, so that it can be copied."""
    if row.reproduce:
        line = Text(f"{'rerun':<{_INDENT}}", "dim").append(row.reproduce, "not dim cyan")
        console.print(line, soft_wrap=True)


def _observed(row: Row) -> str:
    lines = [observed(row)]
    if row.finding and row.reason and row.reason != row.finding:
        return lines[0]
    for one in row.evidence[-_LOOKS:]:
        if look(one) not in lines:
            lines.append(look(one))
    return "\n".join(lines)


def _table() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.columns[0].min_width = _INDENT - 2
    return table


def _alike(rows: list[Row]) -> list[list[Row]]:
    """Return *rows*, those errors in one list that many rows have for one and the same reason."""
    reasons = Counter((row.verdict, row.reason) for row in rows)
    found: dict[object, list[Row]] = {}
    for row in rows:
        key: object = (row.verdict, row.reason)
        if row.verdict != "error" or reasons[row.verdict, row.reason] <= _ALIKE:
            key = row.name
        found.setdefault(key, []).append(row)
    return list(found.values())


def _together(console: Console, rows: list[Row]) -> None:
    head = Text("\n").append(f"{len(rows)} times error", words.STYLES["error"])
    console.print(head)
    table = _table()
    table.add_row("observed", Text(rows[0].reason or "nothing was looked at"))
    table.add_row("promises", _names(rows))
    console.print(table)
    _rerun(console, rows[0])


def _names(rows: list[Row]) -> Text:
    names = ", ".join(row.name for row in rows[:_NAMES])
    left = len(rows) - _NAMES
    return Text(f"{names} and {left} more" if left > 0 else names)


def _unobservable(console: Console, rows: list[Row]) -> None:
    _title(console, "Unobservable", rows, "")
    if not rows:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", min_width=4)
    table.add_column(overflow="fold")
    for reason, count in Counter(row.reason or "no reason given" for row in rows).most_common():
        table.add_row(str(count), Text(reason))
    console.print(table)


def _problems(console: Console, report: Report) -> None:
    problems = report.run.get("problems") or []
    if problems:
        console.print()
    for problem in problems:
        console.print(Text(f"stackproof: {problem}", "red"), soft_wrap=True)


def _foot(console: Console, report: Report, written: Iterable[Path]) -> None:
    line = Text("\n").append_text(words.tally(report.counts))
    line.append(f"  in {seconds(report.run.get('seconds'))}", "dim")
    console.print(line)
    console.print(Text(report.gate, "bold green" if report.exit_code == 0 else "bold red"))
    pages = [path for path in written if path.suffix == ".html"]
    for path in pages:
        console.print(Text(f"Report: {_short(path)}"), soft_wrap=True)


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path

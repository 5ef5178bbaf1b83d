"""Live: the moving picture at the foot of a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from . import terminal_words as words
from .rows import Row
from .terminal_state import Doing, State

_MOST_LANES = 10


class LiveView:
    """Lanes side by side, a bar, the counts and the last verdicts; what is not kept stays above."""

    def __init__(self, console: Console, state: State) -> None:
        self._console, self._state = console, state
        self._live = Live(
            console=console,
            get_renderable=self._picture,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def start(self) -> None:
        """Show the picture."""
        self._live.start()

    def close(self) -> None:
        """Take the picture away; what was printed above it stays."""
        self._live.stop()

    def heard(self, message: dict[str, Any]) -> None:
        """Take note of what a lane does."""
        self._state.heard(message)

    def idle(self) -> None:
        """Nothing: the picture moves by itself."""

    def decided(self, row: Row) -> None:
        """Print what is not kept, above the picture."""
        if row.verdict != "kept":
            self._console.print(words.verdict(row), no_wrap=True, overflow="ellipsis")

    def _picture(self) -> RenderableType:
        state = self._state
        with state.lock:
            done = state.selected - state.undecided
            lanes = sorted(state.lanes.values(), key=lambda lane: lane.text is None)
            parts: list[RenderableType] = [Text("")]
            parts += [_recent(row) for row in state.recent]
            parts.append(_lanes(lanes[:_MOST_LANES]))
            if len(lanes) > _MOST_LANES:
                parts.append(Text(f"and {len(lanes) - _MOST_LANES} more lanes", "dim"))
            bar = Table.grid(expand=True)
            bar.add_row(ProgressBar(max(state.selected, 1), done))
            parts.append(bar)
            foot = Table.grid(expand=True)
            foot.add_column(ratio=1)
            foot.add_column(justify="right", no_wrap=True)
            minutes, seconds = divmod(int(state.elapsed), 60)
            clock = Text(f"{done}/{state.selected}  {minutes}:{seconds:02}", "bold")
            foot.add_row(words.tally(state.counts), clock)
            parts.append(foot)
            return Group(*parts)


def _recent(row: Row) -> Text:
    line = words.verdict(row)
    line.stylize("dim")
    return line


def _lanes(lanes: list[Doing]) -> Table:
    table = Table.grid(expand=True, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    for lane in lanes:
        if lane.text is None:
            table.add_row(Text(lane.name, "dim"), Text("finished", "dim"), Text(lane.clock, "dim"))
        else:
            table.add_row(Text(lane.name, "bold"), Text(lane.text), Text(lane.clock, "cyan"))
    return table

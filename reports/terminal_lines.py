"""Lines: progress where nothing can move, as in the log of a CI job."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.text import Text

from . import terminal_words as words
from .rows import Row
from .terminal_state import Doing, State

HEARTBEAT = 10.0
"""Seconds without a line after which a reader of the log begins to wonder."""


class LinesView:
    """One line when a lane does something new, when something is not kept, and as a heartbeat."""

    def __init__(self, console: Console, state: State) -> None:
        self._console, self._state = console, state
        self._last = time.monotonic()

    def start(self) -> None:
        """Nothing to prepare."""

    def close(self) -> None:
        """Nothing to take away."""

    def heard(self, message: dict[str, Any]) -> None:
        """Write what a lane does, once."""
        lane, new = self._state.heard(message)
        if new:
            self._line(Text(_doing(lane)))

    def idle(self) -> None:
        """Write how far the run is, when nothing was written for a while."""
        if time.monotonic() - self._last < HEARTBEAT:
            return
        state = self._state
        with state.lock:
            line = Text(f"{state.selected - state.undecided} of {state.selected} decided")
            tally = words.tally(state.counts)
            if tally:
                line.append(": ").append_text(tally)
            busy = [_doing(lane) for lane in state.lanes.values() if lane.text is not None]
        self._line(line)
        for doing in busy:
            self._line(Text(f"  {doing}"))

    def decided(self, row: Row) -> None:
        """Write what is not kept."""
        if row.verdict != "kept":
            self._line(words.verdict(row))

    def _line(self, text: Text) -> None:
        self._last = time.monotonic()
        line = Text(f"{self._state.elapsed:6.1f} s  ", "dim").append_text(text)
        self._console.print(line, soft_wrap=True)


def _doing(lane: Doing) -> str:
    if lane.text is None:
        return f"{lane.name}: finished after {lane.clock}"
    left = f", {lane.clock}" if lane.left is not None else ""
    return f"{lane.name}: {lane.text}{left}"

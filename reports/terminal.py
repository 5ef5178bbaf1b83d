"""Terminal: what a run shows while it runs, and what it ends with."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from . import terminal_end
from .document import Report
from .rows import Row
from .terminal_lines import LinesView
from .terminal_live import LiveView
from .terminal_progress import Listener
from .terminal_state import State


class Terminal:
    """One run on one terminal: a moving picture where it can move, lines where it cannot."""

    def __init__(self, out: TextIO) -> None:
        # Rich wraps at 80 columns where it cannot ask, and honours NO_COLOR and COLUMNS.
        self.console = Console(file=out, highlight=False, markup=False, emoji=False)
        self.state = State()
        moves = out.isatty() and not self.console.is_dumb_terminal
        view = LiveView if moves else LinesView
        self._view = view(self.console, self.state)
        self._listener = Listener(self._view.heard, self._view.idle)
        self._open = False

    @classmethod
    def on_stdout(cls) -> Terminal:
        """Return a terminal on standard output as it is now, before pytest captures it."""
        try:
            descriptor = os.dup(sys.stdout.fileno())
        except (OSError, io.UnsupportedOperation):
            return cls(sys.stdout)
        encoding = sys.stdout.encoding
        return cls(os.fdopen(descriptor, "w", encoding=encoding, errors="replace", buffering=1))

    def start(self) -> None:
        """Listen to the lanes and show what they do."""
        self._open = True
        self._listener.start()
        self._view.start()

    def close(self) -> None:
        """Stop both; the cursor is where it was."""
        if self._open:
            self._open = False
            self._listener.close()
            self._view.close()

    def message(self, text: str) -> None:
        """Say on standard error why nothing runs."""
        self.close()
        for line in text.splitlines():
            print(f"stackproof: {line}", file=sys.stderr)

    def declared(self, rows: Iterable[Row]) -> None:
        """Say how much is promised, and how much of it is to be decided."""
        self.state.declared(rows)
        stacks = dict.fromkeys(row.stack for row in self.state.rows)
        line = Text("stackproof: ", "bold")
        line.append(f"{len(self.state.rows)} promises of {', '.join(stacks)}")
        line.append(f", {self.state.selected} selected")
        self.console.print(line)

    def described(self, run: dict[str, Any]) -> None:
        """Say what the run uses."""
        known = [str(run[name]) for name in ("engine", "compose") if run.get(name)]
        if known:
            self.console.print(Text(" · ".join(known), "dim"))

    def decided(self, row: Row) -> None:
        """Show a verdict."""
        self.state.decided(row)
        self._view.decided(row)

    def finish(self, report: Report, written: list[Path]) -> None:
        """Show what the run comes to."""
        self.close()
        terminal_end.show(self.console, report, written)

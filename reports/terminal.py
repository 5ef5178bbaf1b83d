"""Terminal: what a run shows while it runs, and what it ends with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .document import Report
from .rows import Row


class Terminal:
    """One run on one terminal."""

    @classmethod
    def on_stdout(cls) -> Terminal:
        return cls()

    def start(self) -> None: ...

    def close(self) -> None: ...

    def message(self, text: str) -> None:
        print(text)

    def declared(self, rows: Iterable[Row]) -> None: ...

    def described(self, run: dict[str, Any]) -> None: ...

    def decided(self, row: Row) -> None:
        print(row.verdict, row.name)

    def finish(self, report: Report, written: list[Path]) -> None:
        print(report.counts, report.exit_code)

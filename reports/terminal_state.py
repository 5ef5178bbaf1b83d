"""State: what the terminal knows of the run at this moment."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .rows import Row, counts


@dataclass(slots=True)
class Doing:
    """What a lane does."""

    name: str
    text: str | None = None
    until: float | None = None
    since: float = field(default_factory=time.time)
    began: float = field(default_factory=time.time)

    @property
    def left(self) -> float | None:
        """Seconds until a wait should end, or None where nobody said."""
        return None if self.until is None else max(0.0, self.until - time.time())

    @property
    def clock(self) -> str:
        """The time left, or else the time that it has taken so far."""
        if self.text is None:
            return f"{self.since - self.began:.0f} s"
        if self.left is not None:
            return f"{self.left:.0f} s left"
        return f"{time.time() - self.since:.0f} s"


class State:
    """The rows, the lanes, and the last verdicts; safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.began = time.monotonic()
        self.rows: list[Row] = []
        self.lanes: dict[str, Doing] = {}
        self.recent: deque[Row] = deque(maxlen=3)

    def declared(self, rows: Iterable[Row]) -> None:
        """Take the rows of the run; their verdicts come while it runs."""
        with self.lock:
            self.rows = list(rows)

    def heard(self, message: dict[str, Any]) -> tuple[Doing, bool]:
        """Return the lane that *message* is about, and whether it does something new."""
        with self.lock:
            name = f"{message.get('stack')}/{message.get('lane')}"
            lane = self.lanes.get(name)
            if lane is None:
                lane = self.lanes[name] = Doing(name)
                new = True
            else:
                new = lane.text != message.get("doing")
            until = message.get("until")
            lane.until = float(until) if isinstance(until, int | float) else None
            if new:
                lane.text = message.get("doing")
                lane.since = time.time()
            return lane, new

    def decided(self, row: Row) -> None:
        """Keep *row* among the last ones that are kept; the others have a line of their own."""
        with self.lock:
            if row.verdict == "kept":
                self.recent.append(row)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began to show itself."""
        return time.monotonic() - self.began

    @property
    def selected(self) -> int:
        """How many promises are to be decided."""
        return sum(row.selected for row in self.rows)

    @property
    def undecided(self) -> int:
        """How many selected promises have no verdict yet."""
        return sum(row.selected and row.verdict == "untested" for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each verdict that a check or a declaration gave."""
        found = counts(self.rows)
        return {word: found[word] for word in found if word not in ("untested", "unselected")}

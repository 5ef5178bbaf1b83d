"""Gathering: what a run tells piece by piece becomes one report."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from .document import Report
from .rows import WORSE, Ended, Row, Verdict, exit_code, settled

_ROW = ("stack", "id", "says", "section", "kind", "level", "expect", "finding", "file", "line")


class Gathering:
    """Everything that this run has told so far; `report` can be asked at any moment."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.rows: dict[tuple[str, str], Row] = {}
        self.problems: list[str] = []
        self._run: dict[str, Any] = {}
        self._lanes: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, str] = {}
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()

    def declare(self, promises: Iterable[Mapping[str, Any]]) -> None:
        """Give each promise its row."""
        for promise in promises:
            row = Row(**{name: promise[name] for name in _ROW if name in promise})
            row.selected = bool(promise.get("selected", True))
            row.reproduce = promise.get("reproduce") or ""
            if promise.get("unobservable"):
                row.verdict, row.reason = "unobservable", promise["unobservable"]
            self.rows[row.stack, row.id] = row

    def describe(self, run: Mapping[str, Any]) -> None:
        """Keep what *run* says of the tool, the engine and the command.

        Its ``started``, epoch seconds, is when the command began, before there was a session.
        """
        self._run.update(run)
        started = self._run.pop("started", None)
        if isinstance(started, int | float):
            self._clock -= self._started.timestamp() - started
            self._started = datetime.fromtimestamp(started, UTC)

    def lane(self, lane: Mapping[str, Any]) -> None:
        """Keep what a lane did; told twice, the last word counts."""
        self._lanes[str(lane.get("project") or lane.get("lane"))] = dict(lane)

    def problem(self, text: str) -> None:
        """Keep why the run is not whole, apart from any promise."""
        if text and text not in self.problems:
            self.problems.append(text)

    def item(self, said: Mapping[str, Any]) -> Row | None:
        """Add what one check said of one promise; return the promise's row."""
        promise = json.loads(said["promise"])
        row = self.rows.get((promise["stack"], promise["id"]))
        verdict = said.get("verdict")
        if row is None:
            self.problem(f"{promise['stack']}:{promise['id']}: a check reports, nobody declares it")
            return None
        if verdict not in WORSE:
            row.add("error", f"the check says {verdict!r}, which is no verdict", [], 0.0)
            return row
        row.add(
            cast("Verdict", verdict),
            said.get("reason") or None,
            json.loads(said.get("evidence") or "[]"),
            float(said.get("seconds") or 0),
        )
        return row

    def phase(self, nodeid: str, failed: str | None, said: Mapping[str, Any]) -> Row | None:
        """Follow one phase of an item; *failed* is its text. Return the row that it decides."""
        if "promise" in said and "verdict" in said:
            self._failed.pop(nodeid, None)
            return self.item(said)
        if failed is not None:
            self._failed.setdefault(nodeid, failed)
        return None

    def crash(self, nodeid: str, text: str) -> Row | None:
        """A worker died in this item: return the row that its name leads to, now an error."""
        row = self._named(nodeid)
        if row is None:
            self.problem(text)
        else:
            row.add("error", "the worker process died during this check", [], 0.0)
        return row

    def _named(self, nodeid: str) -> Row | None:
        """Return the row whose name stands in *nodeid*'s brackets; the longest, if several do."""
        inside = nodeid.rpartition("]")[0].partition("[")[2]
        named = [row for row in self.rows.values() if f"-{row.name}-" in f"-{inside}-"]
        return max(named, key=lambda row: len(row.name), default=None)

    def report(self, ended: Ended | None) -> Report:
        """Return the report of what is known now; *ended* says why there is no more."""
        rows = [settled(row) for row in self.rows.values()]
        for nodeid, text in self._failed.items():
            self.problem(f"{nodeid}: {text}")
        if self._run.get("no_engine"):
            ended = ended or "no-engine"
        elif self.problems:
            ended = ended or "error"
        lanes = sorted(self._lanes.values(), key=lambda lane: str(lane.get("started")))
        run = {
            "tool": "",
            "engine": "",
            "compose": "",
            "command": "",
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._clock, 3),
            **self._run,
            "stand_ins": stand_ins(lanes),
            "lanes": lanes,
            "strict": self.strict,
            "ended": ended,
            "problems": list(self.problems),
            "exit_code": exit_code(rows, strict=self.strict, ended=ended),
        }
        return Report(run, rows)


def stand_ins(lanes: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return each image that stands in for a documented one, once a stack and service."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for lane in lanes:
        for image in lane.get("images") or ():
            if image.get("stand_in"):
                found[lane["stack"], image["service"]] = {"stack": lane["stack"], **image}
    return list(found.values())

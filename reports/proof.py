"""Proofs: prove.json, from which the page of the kill matrix is rendered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .document import BadReport

SCHEMA = "stackproof.prove/1"

Mark = Literal["broke", "missed", "foreign", "unobservable", "unseen"]


@dataclass(slots=True)
class Mutant:
    """One mutant: what it is to break, and what broke."""

    stack: str
    id: str
    breaks: list[str]
    broke: list[str]
    caught: bool | None
    seconds: float
    unobservable: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    saw: dict[str, str] = field(default_factory=dict)
    doubt: dict[str, str] = field(default_factory=dict)
    batch: str = ""
    batches: list[str] = field(default_factory=list)
    """All copies that it was tried in, the last one last."""
    lanes: list[str] = field(default_factory=list)
    not_started: str | None = None
    """Why it could not be tried at all."""

    @property
    def marks(self) -> dict[str, Mark]:
        """What became of each promise that it names or that changed its verdict."""
        found: dict[str, Mark] = {}
        for name in self.breaks:
            if name in self.broke:
                found[name] = "broke"
            elif name in self.unobservable:
                found[name] = "unobservable"
            else:
                found[name] = "unseen" if name in self.unseen else "missed"
        for name in self.saw:
            if name not in self.breaks:
                found[name] = "foreign"
        return found


@dataclass(slots=True)
class Neutral:
    """One neutral: nothing is to break, and what broke."""

    stack: str
    id: str
    broke: list[str]
    silent: bool
    seconds: float
    saw: dict[str, str] = field(default_factory=dict)
    doubt: dict[str, str] = field(default_factory=dict)
    batch: str = ""
    batches: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    not_started: str | None = None


@dataclass(slots=True)
class Proof:
    """One run of `stackproof prove`."""

    run: dict[str, Any]
    mutants: list[Mutant]
    neutrals: list[Neutral]
    unbroken: list[dict[str, str]] = field(default_factory=list)
    unproven: list[dict[str, str]] = field(default_factory=list)
    untried: list[dict[str, str]] = field(default_factory=list)

    @property
    def missed(self) -> list[Mutant]:
        """The mutants that are not caught by exactly what they name."""
        return [mutant for mutant in self.mutants if mutant.caught is False]

    @property
    def loud(self) -> list[Neutral]:
        """The neutrals at which something changed."""
        return [neutral for neutral in self.neutrals if not neutral.silent]

    @property
    def foreign(self) -> dict[str, list[str]]:
        """The promises that change with mutants that do not name them, with those mutants."""
        found: dict[str, list[str]] = {}
        for mutant in self.missed:
            for name, mark in mutant.marks.items():
                if mark == "foreign":
                    found.setdefault(name, []).append(mutant.id)
        return found

    @property
    def doubts(self) -> dict[str, dict[str, str]]:
        """The changes, by batch, that no mutant of it names."""
        found = {one.batch: one.doubt for one in self.mutants if one.doubt}
        return found | {one.batch: one.doubt for one in self.neutrals if one.doubt}

    @property
    def gate(self) -> str:
        """Whether the gate passes, and if not, why, in one line."""
        if self.run.get("incomplete"):
            return f"The proof was stopped: {len(self.untried)} changes were not tried."
        if self.run["exit_code"] == 4:
            return "The gate fails: not everything could be decided."
        if self.missed and self.loud:
            return "The gate fails: a mutant is not caught, and a neutral breaks something."
        if self.missed:
            return "The gate fails: a mutant is not caught by exactly what it names."
        if self.loud:
            return "The gate fails: a neutral breaks something."
        if self.doubts:
            return "The gate fails: a batch changed what none of its mutants names."
        if self.run["exit_code"] and self.unbroken:
            return "The gate fails: no mutant breaks a promise that was decided."
        return "The gate passes."


def is_proof(path: Path) -> bool:
    """Return whether *path* says that it is a prove.json; of any version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and str(data.get("schema")).startswith("stackproof.prove/")


def load(path: Path) -> Proof:
    """Return the proof in *path*; raises `BadReport` when this version cannot read it."""
    # Slow to import, and only needed here.
    from pydantic import TypeAdapter, ValidationError

    data = json.loads(path.read_text(encoding="utf-8"))
    if data.pop("schema") != SCHEMA:
        raise BadReport(f"{path}: another schema; this version reads {SCHEMA!r}")
    try:
        return TypeAdapter(Proof).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadReport(f"{path}: {place}: {first['msg']}") from error

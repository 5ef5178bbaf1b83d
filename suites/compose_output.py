"""Output of Compose: what its commands print, in parts."""

from __future__ import annotations

import json
import re
from typing import Any


def rows(printed: str) -> list[dict[str, Any]]:
    """Return the rows of `ps --format json`: an array before Compose 2.21, then one a line."""
    if printed.lstrip().startswith("["):
        return list(json.loads(printed))
    return [json.loads(line) for line in printed.splitlines() if line.strip()]


def line_of(printed: str, name: str) -> str:
    """Return the line of a table that begins with *name*, empty where there is none."""
    return next((line for line in printed.splitlines() if line.split()[:1] == [name]), "")


def prefixes(printed: str) -> set[str]:
    """Return the names before the bar at the beginning of each line, as Compose prints logs."""
    return {m.group(1) for m in re.finditer(r"^(\S+)\s+\|", printed, re.MULTILINE)}

"""The MCP server: it runs a tool unless the cache has its result."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .serving import Reply, Request, Routes
from .stores import cached, counted

RESULT_SECONDS = 1800
TOOLS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "add": lambda arguments: sum(arguments.get("numbers", [])),
    "reverse": lambda arguments: str(arguments.get("text", ""))[::-1],
}
_RUNS = {"tools": 0}
_LOCK = threading.Lock()


def run(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the result of *tool*."""
    with _LOCK:
        _RUNS["tools"] += 1
    return {"tool": tool, "result": TOOLS[tool](arguments)}


def call(request: Request) -> Reply:
    """Answer the result of the tool that the path names, kept for half an hour."""
    tool = request.path.removeprefix("/tools/")
    if tool not in TOOLS:
        return Reply(404, {"error": f"no tool {tool}"})
    counted("mcp-server", tool)
    arguments = request.json()
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
    found, hit = cached(f"mcp:{tool}:{digest}", RESULT_SECONDS, lambda: run(tool, arguments))
    return Reply(200, found, (("X-Cache", "hit" if hit else "miss"),))


def calls(request: Request) -> Reply:
    """Answer how often a tool was really run."""
    del request
    return Reply(200, dict(_RUNS))


ROUTES: Routes = {("POST", "/tools/"): call, ("GET", "/__calls"): calls}

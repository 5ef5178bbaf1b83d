"""The LLM agent: it answers chats from the cache, or from a model stub that counts its calls."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

from .serving import Reply, Request, Routes
from .stores import cached, counted, database

ANSWER_SECONDS = 3600
_CALLS = {"model": 0}
_LOCK = threading.Lock()


def model(prompt: str) -> dict[str, Any]:
    """Return an answer that depends on *prompt* alone."""
    with _LOCK:
        _CALLS["model"] += 1
    return {"answer": f"{len(prompt.split())} words, {prompt[::-1]}"}


def chat(request: Request) -> Reply:
    """Answer ``prompt``, kept for an hour, and write the graph's state of ``thread``."""
    counted("llm-agent", "chat")
    data = request.json()
    prompt = str(data["prompt"])
    key = f"llm:{hashlib.sha256(request.body).hexdigest()}"
    found, hit = cached(key, ANSWER_SECONDS, lambda: model(prompt))
    if "thread" in data:
        state = json.dumps({"messages": [prompt, found["answer"]], "next": "end"})
        with database() as connection:
            connection.execute(
                """INSERT INTO conversation_states (thread_id, state) VALUES (%s, %s)
                   ON CONFLICT (thread_id)
                   DO UPDATE SET state = EXCLUDED.state, updated_at = CURRENT_TIMESTAMP""",
                [str(data["thread"]), state],
            )
    return Reply(200, found, (("X-Cache", "hit" if hit else "miss"),))


def calls(request: Request) -> Reply:
    """Answer how often the model was called."""
    del request
    return Reply(200, dict(_CALLS))


ROUTES: Routes = {("POST", "/chat"): chat, ("GET", "/__calls"): calls}

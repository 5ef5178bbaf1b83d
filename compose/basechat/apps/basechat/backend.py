"""The main backend: users, chats and messages, sessions, intents, and the similarity search."""

from __future__ import annotations

import hashlib
from typing import Any

from . import sessions
from .serving import Reply, Request, Routes
from .stores import cached, counted, database

INTENT_SECONDS = 7200
INTENTS = {"?": "question", "!": "command"}
SEARCH = """\
SELECT m.content, e.embedding <=> %s::vector as distance
FROM embeddings e
JOIN messages m ON e.message_id = m.id
ORDER BY distance
LIMIT 5"""


def add_user(request: Request) -> Reply:
    """Store a user: ``name``."""
    counted("main-backend", "users")
    return _inserted("INSERT INTO users (name) VALUES (%s) RETURNING id", [request.json()["name"]])


def add_chat(request: Request) -> Reply:
    """Store a chat session: ``user_id``, ``title``."""
    counted("main-backend", "chats")
    data = request.json()
    sql = "INSERT INTO chats (user_id, title) VALUES (%s, %s) RETURNING id"
    return _inserted(sql, [data["user_id"], data["title"]])


def add_message(request: Request) -> Reply:
    """Store a message: ``content``, perhaps ``chat_id`` and ``role``."""
    counted("main-backend", "messages")
    data = request.json()
    sql = "INSERT INTO messages (chat_id, role, content) VALUES (%s, %s, %s) RETURNING id"
    return _inserted(sql, [data.get("chat_id"), data.get("role", "user"), data["content"]])


def add_embedding(request: Request) -> Reply:
    """Store the vector of a message: ``message_id``, ``embedding``, ``model_name``."""
    counted("main-backend", "embeddings")
    data = request.json()
    sql = """INSERT INTO embeddings (message_id, embedding, model_name)
             VALUES (%s, %s::vector, %s) RETURNING id"""
    return _inserted(sql, [data["message_id"], str(data["embedding"]), data["model_name"]])


def log_in(request: Request) -> Reply:
    """Open a session for whatever the body holds."""
    counted("main-backend", "login")
    token = sessions.open_session(request.json())
    return Reply(200, {"session": token}, (("Set-Cookie", f"session={token}; HttpOnly; Path=/"),))


def who(request: Request) -> Reply:
    """Answer what the session of the bearer token or of the cookie holds."""
    counted("main-backend", "session")
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    cookies = request.headers.get("Cookie", "").split(";")
    pairs = dict(cookie.strip().partition("=")[::2] for cookie in cookies)
    found = sessions.session_of(bearer or pairs.get("session", ""))
    return Reply(401, {"error": "no such session"}) if found is None else Reply(200, found)


def intent(request: Request) -> Reply:
    """Answer the intent of ``text``, kept for two hours."""
    counted("main-backend", "intent")
    text = str(request.json()["text"])
    key = f"intent:{hashlib.sha256(text.encode()).hexdigest()}"
    kind = INTENTS.get(text[-1:], "statement")
    found, hit = cached(key, INTENT_SECONDS, lambda: {"intent": kind})
    return Reply(200, found, (("X-Cache", "hit" if hit else "miss"),))


def search(request: Request) -> Reply:
    """Answer the messages whose vectors are nearest to ``embedding``."""
    counted("main-backend", "search")
    with database() as connection:
        rows = connection.execute(SEARCH, [str(request.json()["embedding"])]).fetchall()
    return Reply(200, [{"content": content, "distance": distance} for content, distance in rows])


def _inserted(sql: str, values: list[Any]) -> Reply:
    with database() as connection:
        row = connection.execute(sql, values).fetchone()
    return Reply(201, {"id": row[0] if row else None})


ROUTES: Routes = {
    ("POST", "/users"): add_user,
    ("POST", "/chats"): add_chat,
    ("POST", "/messages"): add_message,
    ("POST", "/embeddings"): add_embedding,
    ("POST", "/login"): log_in,
    ("GET", "/session"): who,
    ("POST", "/intent"): intent,
    ("POST", "/search"): search,
}

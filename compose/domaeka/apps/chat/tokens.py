"""Tokens: sessions that a client can take up again."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Session:
    """A token, and when it was made and last accepted: monotonic seconds."""

    token: str
    created: float
    last_used: float


class SessionManager:
    """One session a client; it ends so long after it was made, however much it is used."""

    def __init__(self, token_lifetime: float) -> None:
        self.sessions: dict[str, Session] = {}
        self.token_lifetime = token_lifetime

    def create_session(self, client_key: str) -> str:
        """Return a new token for *client_key*; its former one is void."""
        token = secrets.token_urlsafe(32)
        now = time.monotonic()
        self.sessions[client_key] = Session(token, now, now)
        return token

    def validate_token(self, client_key: str, token: str) -> bool:
        """Return whether *token* is that of *client_key*, and still good."""
        session = self.sessions.get(client_key)
        if session is None:
            return False
        if not hmac.compare_digest(session.token.encode(), token.encode()):
            return False
        now = time.monotonic()
        if now - session.created > self.token_lifetime:
            del self.sessions[client_key]
            return False
        session.last_used = now
        return True

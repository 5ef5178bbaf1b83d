"""Sessions in Redis; encrypted where a key is set."""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

from cryptography.fernet import Fernet

from .stores import store

SECONDS = 24 * 3600


def open_session(data: dict[str, Any]) -> str:
    """Keep *data* as a new session and return its token."""
    token = secrets.token_hex(16)
    text = json.dumps(data)
    key = os.environ.get("SESSION_KEY")
    if key:
        text = Fernet(key).encrypt(text.encode()).decode()
    store().set(f"session:{token}", text, ex=SECONDS)
    return token


def session_of(token: str) -> dict[str, Any] | None:
    """Return what the session of *token* holds, or None where there is none."""
    text = store().get(f"session:{token}") if token else None
    if text is None:
        return None
    key = os.environ.get("SESSION_KEY")
    if key:
        text = Fernet(key).decrypt(text.encode()).decode()
    data: dict[str, Any] = json.loads(text)
    return data

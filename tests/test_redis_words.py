"""Redis words: what may be sent to a server that is not ours."""

from __future__ import annotations

import pytest

from fixtures.redis_words import leaves_others_alone


@pytest.mark.parametrize(
    "command",
    [
        ("PING",),
        ("get", "cart"),
        ("CONFIG", "GET", "save"),
        ("SET", "stackproof:1", "x"),
        (b"SET", b"stackproof:1", b"x"),
        ("DEL", "stackproof:1", "stackproof:2"),
        ("INFO", "server"),
    ],
)
def test_reading_and_keys_of_ours(command: tuple[object, ...]) -> None:
    """Any server may be asked that."""
    assert leaves_others_alone(command)


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "cart", "x"),
        ("DEL", "stackproof:1", "cart"),
        ("DEL",),
        ("CONFIG", "SET", "save", ""),
        ("CONFIG",),
        ("FLUSHALL",),
        ("SHUTDOWN",),
        ("EVAL", "return 1", "0"),
        ("RENAME", "stackproof:1", "cart"),
    ],
)
def test_all_else_is_for_a_copy(command: tuple[object, ...]) -> None:
    """Also what nobody has thought of."""
    assert not leaves_others_alone(command)

"""Redaction: no secret gets through, and nothing else is lost."""

from __future__ import annotations

import pytest

from fixtures.redaction import MASK, Redactor


@pytest.fixture
def mask() -> Redactor:
    redactor = Redactor()
    redactor.learn({"REDIS_PASSWORD": "s3cret-value", "POSTGRES_USER": "liaruser", "X_TOKEN": "ab"})
    return redactor


def test_a_value_is_masked_wherever_it_stands(mask: Redactor) -> None:
    """Also in the middle of a URL or of a command."""
    assert mask.text("redis://:s3cret-value@h") == f"redis://:{MASK}@h"


def test_a_name_is_not_a_secret(mask: Redactor) -> None:
    """Only variables whose names say so are secret."""
    assert mask.text("liaruser") == "liaruser"


def test_a_short_value_would_mask_words(mask: Redactor) -> None:
    """Masking "ab" everywhere would leave no text."""
    assert mask.text("about") == "about"


@pytest.mark.parametrize(
    "text",
    [
        "POSTGRES_PASSWORD=other",
        '"MINIO_ROOT_PASSWORD": "other"',
        "API_TOKEN: other",
        "redis-server --requirepass other --appendonly yes",
        '["redis-server", "--requirepass", "other"]',
    ],
)
def test_an_unknown_value_is_masked_by_its_key(mask: Redactor, text: str) -> None:
    """A secret that nobody named is still one."""
    assert "other" not in mask.text(text)


def test_data_is_masked_by_key_at_any_depth(mask: Redactor) -> None:
    """Resolved compose files hold their secrets in maps."""
    seen = mask.data({"env": [{"DB_PASSWORD": "x", "PORT": 5}], "cmd": ["s3cret-value"]})

    assert seen == {"env": [{"DB_PASSWORD": MASK, "PORT": 5}], "cmd": [MASK]}

"""Redaction: no secret gets through, and nothing else is lost."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from fixtures.answers import answer
from fixtures.evidence import REDACTOR, Evidence
from fixtures.redaction import MASK, Redactor
from fixtures.shell import Answer
from fixtures.verdicts import decide


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://app:Hard-coded-1@db/app", f"postgres://app:{MASK}@db/app"),
        ("redis://:pw@one:1,redis://:p@ss@two:2", f"redis://:{MASK}@one:1,redis://:{MASK}@two:2"),
        ('{"url": "http://web:80/", "by": "a@b"}', '{"url": "http://web:80/", "by": "a@b"}'),
        ("unix:///run/a.sock http://web:80 a@b", "unix:///run/a.sock http://web:80 a@b"),
        ("https://user@web/", "https://user@web/"),
    ],
)
def test_a_password_of_a_url_is_masked(mask: Redactor, text: str, expected: str) -> None:
    """Also one that nobody named; names, hosts and ports stay."""
    assert mask.text(text) == expected


@pytest.mark.parametrize("escaped", [quote, lambda text: quote(text, safe="").lower()])
def test_a_known_value_is_masked_as_it_stands_in_a_url(escaped: object) -> None:
    """Percent-encoded, with either spelling of the hexadecimal digits."""
    redactor = Redactor()
    redactor.add("a b/c:d@e!")

    assert callable(escaped)
    assert redactor.text(f"see {escaped('a b/c:d@e!')}.") == f"see {MASK}."


def test_a_cut_leaves_no_part_of_a_secret(mask: Redactor) -> None:
    """What is cut has been masked before."""
    text = "head s3cret-value tail"

    assert mask.start(text, 8) == f"head {MASK}"
    assert mask.end(text, 8) == f"{MASK} tail"
    assert mask.end("TOKEN=abcdefgh", 4) == f"={MASK}"


@pytest.mark.parametrize("seen", [str, lambda text: [{"said": text}], str.encode])
def test_evidence_is_cut_after_it_is_masked(mask: Redactor, seen: object) -> None:
    """A secret across the longest text that evidence keeps is none of it."""
    evidence = Evidence(mask)
    assert callable(seen)
    with evidence.collecting() as looks:
        saw = evidence.record("p", "t", lambda: seen("x" * 1994 + " s3cret-value" + "y" * 99))

    assert saw == seen("x" * 1994 + " s3cret-value" + "y" * 99)
    assert "s3c" not in str(looks)
    assert MASK in str(looks)
    assert "… (2097 chars)" in str(looks)


@pytest.fixture
def known() -> str:
    """A secret of this process, which goes to no other test."""
    REDACTOR.add("Pw0123456789abcdef")
    return "Pw0123456789abcdef"


def test_the_end_of_a_command_has_no_part_of_a_secret(known: str) -> None:
    """The last 300 characters begin inside of it."""
    said = Answer(1, "", f"wrong: {known}{'x' * 290}", timed_out=False)

    assert "abcdef" not in said.short
    assert known in said.stderr


def test_the_start_of_a_body_has_no_part_of_a_secret(known: str) -> None:
    """The body itself stays what it is."""
    got = answer(200, 0.1, "1.1", [], b"x" * 290 + known.encode())

    assert "Pw" not in got.starts
    assert got.body.endswith(known.encode())


def test_what_pytest_cuts_has_no_part_of_a_secret(known: str) -> None:
    """It abridges what it compares in the middle, before anything of ours sees it."""
    for before in range(130):
        with pytest.raises(AssertionError) as caught:
            assert ["x" * before + known + "y" * 3000 + known + "z" * before] == []
        _, reason = decide(caught.value, asserted=True, looked=True, finding=None)
        assert "..." in reason

        clean = REDACTOR.abridged(reason)
        assert not any(part in clean for part in ("Pw01", "2345", "6789", "cdef")), clean


def test_a_long_word_is_looked_through_once(mask: Redactor) -> None:
    """Evidence is masked whole; a body of a million letters must not stop a run."""
    began = time.monotonic()
    mask.text("A" * 1_000_000)

    assert time.monotonic() - began < 5


def test_data_is_masked_by_key_at_any_depth(mask: Redactor) -> None:
    """Resolved compose files hold their secrets in maps."""
    seen = mask.data({"env": [{"DB_PASSWORD": "x", "PORT": 5}], "cmd": ["s3cret-value"]})

    assert seen == {"env": [{"DB_PASSWORD": MASK, "PORT": 5}], "cmd": [MASK]}

"""Tokens: which session tokens a server accepts, from whom, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .tokens import BATCH, KIND, Lives, Sessions, Story, many, presented, whole_life

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Format:
    sessions: Sessions
    pattern: str
    """The regular expression that a whole token matches."""


@pytest.mark.promise(KIND, expect=Format, early=many)
def test_format(promise: Promise[Format], early: Story) -> None:
    """Of many sessions every token has this form, and no two are the same."""
    odd = [one for one in early.tokens if not re.fullmatch(promise.expect.pattern, one)]

    assert len(early.tokens) == 2 * BATCH
    assert not odd, f"{len(odd)} of another form, such as one of {len(odd[0])} characters"
    assert len(set(early.tokens)) == len(early.tokens)


@dataclass(frozen=True, slots=True)
class Accepts:
    sessions: Sessions
    accepts: str
    """Whose token is accepted, in words."""


@pytest.mark.promise(KIND, expect=Accepts, early=presented)
def test_right_token(promise: Promise[Accepts], early: Story) -> None:
    """Its own client may use it repeatedly, also on a new connection without another hello.

    About token: which session tokens a server accepts, from whom, and for how long.

    Cannot see: whether a token could be guessed, beyond its form.
    """
    assert early.tries["right"] == [True, True], promise.expect.accepts
    assert early.tries["on a new connection"] == [True]


@dataclass(frozen=True, slots=True)
class Rejects:
    sessions: Sessions
    rejects: str
    """What is rejected, in words."""


@pytest.mark.promise(KIND, expect=Rejects, early=presented)
def test_wrong_token(promise: Promise[Rejects], early: Story) -> None:
    """Another last character, a beginning, nothing, another token, a former one: all rejected."""
    assert early.tries["wrong"] == [False] * 4, promise.expect.rejects
    assert early.tries["right after wrong ones"] == [True]
    assert early.tries["replayed"] == [False], "a former token of the same client"
    assert early.tries["renewed"] == [True]


@dataclass(frozen=True, slots=True)
class Bound:
    sessions: Sessions
    bound_to: str
    """Who may use it, in words."""


@pytest.mark.promise(KIND, expect=Bound, early=presented)
def test_bound_to_client(promise: Promise[Bound], early: Story) -> None:
    """Another client that presents it is rejected, and keeps its own."""
    assert early.tries["right"] == [True, True], "it never worked"
    assert early.tries["another's"] == [False], promise.expect.bound_to
    assert early.tries["own after another's"] == [True]


@pytest.mark.promise(KIND, expect=Lives, early=presented)
def test_lifetime(promise: Promise[Lives], early: Story) -> None:
    """With a short lifetime set it is accepted just before its end and rejected after it."""
    assert early.tries["before its end"] == [True]
    assert early.tries["after its end"] == [False], promise.expect.life_seconds


@pytest.mark.promise(KIND, expect=Lives, early=many)
def test_documented_lifetime(promise: Promise[Lives], early: Story) -> None:
    """Without a variable that says otherwise the server has the documented lifetime."""
    assert early.settings[promise.expect.sessions.setting] == promise.expect.life_seconds


@pytest.mark.promise(KIND, expect=Lives, lane="slow", early=whole_life)
def test_whole_life(promise: Promise[Lives], early: Story) -> None:
    """It is accepted a minute before this time is over, and rejected after it."""
    assert early.tries["before its end"] == [True]
    assert early.tries["after its end"] == [False], promise.expect.life_seconds


@dataclass(frozen=True, slots=True)
class Renews:
    sessions: Sessions
    use_renews: bool
    """Whether use makes it live longer."""


@pytest.mark.promise(KIND, expect=Renews, early=presented)
def test_use_renews(promise: Promise[Renews], early: Story) -> None:
    """Used all the time, it is rejected after its end like any other."""
    assert early.tries["in use"] == [True] * 4, early.tries["in use"]
    assert early.tries["used too long"] == [promise.expect.use_renews]


@dataclass(frozen=True, slots=True)
class Removed:
    sessions: Sessions
    removed: bool
    """Whether the server drops an expired one that is tried."""


@pytest.mark.promise(KIND, expect=Removed, early=presented)
def test_expired_is_removed(promise: Promise[Removed], early: Story) -> None:
    """The server holds the expired session until it is tried, and no longer."""
    before, after = early.held["before it is tried"], early.held["after it was tried"]

    assert "unused" in before, "it was gone before it was tried"
    assert ("unused" not in after) == promise.expect.removed, sorted(after)


@dataclass(frozen=True, slots=True)
class LastUse:
    sessions: Sessions
    field: str
    """What the server calls the time of the last use."""


@pytest.mark.promise(KIND, expect=LastUse, early=presented)
def test_last_use(promise: Promise[LastUse], early: Story) -> None:
    """The time moves with an accepted use, and not with rejected ones."""
    name = promise.expect.field
    before, wrong, used = (
        early.held[stage].get(name)
        for stage in ("before wrong ones", "after wrong ones", "after use")
    )

    assert before is not None, f"no {name}: {early.held['before wrong ones']}"
    assert wrong == before, f"{name} moved with rejected tries"
    assert used > wrong, f"{name} did not move with an accepted one"

"""Rate limits: how often an address is served, and for how long one is blocked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .rate_limits import KIND, Block, Blocked, Limit, Story, blocked, blocked_for_long, one_window

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Most:
    limit: Limit
    most: int
    """How many visits of one address are served."""


@pytest.mark.promise(KIND, expect=Most, early=one_window)
def test_most(promise: Promise[Most], early: Story) -> None:
    """So many visits of one address in a few seconds are served, and the next one is not.

    About limit: how much one client, or all, may ask of a server.

    Cannot see: limits of a proxy before the server.
    """
    most, seen = promise.expect.most, early.visits["burst"]

    assert seen[-1].at - seen[0].at < 10.0, "the visits took too long"
    assert early.served("burst") == [True] * most + [False], early.served("burst")


@dataclass(frozen=True, slots=True)
class Slides:
    limit: Limit
    window_seconds: float
    """Seconds after which the oldest visit counts no more."""


@pytest.mark.promise(KIND, expect=Slides, early=one_window)
def test_window_slides(promise: Promise[Slides], early: Story) -> None:
    """A place gets free one window after the oldest visit, the next after the second oldest."""
    window = promise.expect.window_seconds
    first = early.visits["filling"][0].at
    seen = {
        stage: (early.served(stage), round(early.visits[stage][0].at - first, 1))
        for stage in list(early.visits)
        if "free" in stage or "taken" in stage
    }

    assert all(early.served("filling")), early.served("filling")
    assert seen["before the first is free"][0] == [False], seen
    assert seen["before the first is free"][1] < window < seen["the first is free"][1]
    assert seen["the first is free"][0] == [True], seen
    assert seen["and taken"][0] == [False], seen
    assert seen["the second is free"][0] == [True], seen


@dataclass(frozen=True, slots=True)
class Scope:
    limit: Limit
    others_served: bool
    """Whether another address is served meanwhile."""


@pytest.mark.promise(KIND, expect=Scope, early=one_window)
def test_each_address(promise: Promise[Scope], early: Story) -> None:
    """While one address is refused, another one is served."""
    assert early.served("burst")[-1] is False, "the first address was not refused"
    assert early.served("other address") == [promise.expect.others_served]


@dataclass(frozen=True, slots=True)
class RefusedCount:
    limit: Limit
    refused_count: bool
    """Whether refused visits count too."""


@pytest.mark.promise(KIND, expect=RefusedCount, early=one_window)
def test_refused_do_not_count(promise: Promise[RefusedCount], early: Story) -> None:
    """An address that goes on trying is served again one window after its quota was used."""
    hammering = early.served("hammering")

    assert all(early.served("quota")), early.served("quota")
    assert len(hammering) > promise.expect.limit.window / 2
    assert not any(hammering), f"{sum(hammering)} of {len(hammering)} served"
    assert early.served("after hammering") == [not promise.expect.refused_count]


@dataclass(frozen=True, slots=True)
class Existing:
    limit: Limit
    existing_kept: bool
    """Whether clients that are there keep their connections."""


@pytest.mark.promise(KIND, expect=Existing, early=one_window)
def test_existing_kept(promise: Promise[Existing], early: Story) -> None:
    """Clients of an address that came in time still answer after it was refused."""
    most = promise.expect.limit.most

    assert sum(early.served("beside existing")) == most - 3, early.served("beside existing")
    assert early.kept == [promise.expect.existing_kept] * 3, early.kept


@dataclass(frozen=True, slots=True)
class Flood:
    limit: Limit
    flood_served: bool
    """Whether any visit beyond the quota is served."""


@pytest.mark.promise(KIND, expect=Flood, early=one_window)
def test_flood_refused(promise: Promise[Flood], early: Story) -> None:
    """A flood of visits is refused without anybody's doing, visits from elsewhere are not."""
    assert any(early.served("quota")), "nobody of that address was ever served"
    assert set(early.served("hammering")) == {promise.expect.flood_served}
    assert early.served("other address") == [True]


@pytest.mark.promise(KIND, expect=Block, early=blocked)
def test_block(promise: Promise[Block], early: Blocked) -> None:
    """A blocked address with quota left is refused until the time is over, others never.

    With the documented time it still is a minute later, and the server has that time set.
    """
    seen = {stage: [one.served for one in visits] for stage, visits in early.visits.items()}

    assert seen == {"before": [True], "blocked": [False] * 3, "after": [True]}, seen
    assert [one.served for one in early.other] == [True]
    assert [one.served for one in early.default["before"]] == [True]
    assert [one.served for one in early.default["blocked"]] == [False, False]
    assert early.settings[promise.expect.setting] == promise.expect.seconds


@pytest.mark.promise(KIND, expect=Block, lane="slow", early=blocked_for_long)
def test_long_block(promise: Promise[Block], early: Blocked) -> None:
    """A blocked address is refused a minute before the documented time is over, then served."""
    seen = {stage: [one.served for one in visits] for stage, visits in early.visits.items()}

    assert seen == {"blocked": [False], "after": [True]}, f"{promise.expect.seconds} s: {seen}"

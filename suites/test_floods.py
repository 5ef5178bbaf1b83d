"""Rate limits: how many requests of one client a proxy takes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.floods import Floods
    from fixtures.http import Http
    from fixtures.promises import Promise

OTHERS = 5
"""Requests of somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Limit:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    at_once: int
    """Requests of one address."""
    rejected_with: list[int]
    """Statuses that a refused request may have."""
    again_within_seconds: float
    """Seconds until the address is served again."""


@pytest.mark.promise("limit", expect=Limit, lane="shared", late=True)
def test_rate_limit(promise: Promise[Limit], floods: Floods, http: Http) -> None:
    """Of a flood some are refused and some not; nobody else is, and soon the sender neither."""
    expect = promise.expect
    before = http.until(expect.service, expect.port, expect.path, 200)
    seen = floods.burst(expect.service, expect.port, expect.path, expect.at_once, OTHERS)
    after = http.until(expect.service, expect.port, expect.path, 200, expect.again_within_seconds)
    words = {str(status) for status in expect.rejected_with}

    assert before.status == 200, f"before the flood: {before.status}"
    assert set(seen.flood) <= {"200", *words}, f"of {expect.at_once}: {seen.flood}"
    assert set(seen.flood) & words, f"none of {expect.at_once} was refused: {seen.flood}"
    assert seen.flood.get("200"), f"none of {expect.at_once} was served: {seen.flood}"
    assert seen.others == {"200": OTHERS}, f"from another address: {seen.others}"
    assert after.status == 200, f"{expect.again_within_seconds:g} s later: {after.status}"

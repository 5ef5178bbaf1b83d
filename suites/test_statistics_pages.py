"""Statistics pages: what a balancer shows of itself, at the address as printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.http import Http
    from fixtures.lanes import Lane
    from fixtures.promises import Promise
    from fixtures.shell import Shell


@dataclass(frozen=True, slots=True)
class StatisticsPage:
    service: terms.Service
    url: str
    """The address, as it is printed."""
    content_type: str
    """How the Content-Type begins."""
    contains: str
    """A text that is in it."""


@pytest.mark.promise("balancer", expect=StatisticsPage, lane="as-printed")
def test_statistics_page(
    promise: Promise[StatisticsPage], http: Http, shell: Shell, lane: Lane
) -> None:
    """The URL as printed shows a page of this type that names the backend."""
    expect, url = promise.expect, urlsplit(promise.expect.url)
    status = shell.fetch(expect.url)
    assert status == 200, f"{expect.url}: {status}"
    published = lane.published(expect.service, url.port or 80)
    answer = http.get(expect.service, url.port or 80, url.path)

    assert published is not None
    assert published[1] == url.port, f"published on {published[1]}"
    assert answer.first("Content-Type").startswith(expect.content_type)
    assert expect.contains in answer.body.decode("utf-8", "replace")

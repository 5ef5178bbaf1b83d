"""Static files: what a proxy serves itself, with which caching and compression."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.answers import Answer
    from fixtures.backends import Backends
    from fixtures.http import Http
    from fixtures.promises import Promise
    from fixtures.repository import Repository

GZIP = {"Accept-Encoding": "gzip"}
WELCOME = b"Welcome to nginx!"
CLOCK = 2.0


@dataclass(frozen=True, slots=True)
class NoFrontEnd:
    service: terms.Service
    port: terms.Port
    path: terms.Path


@pytest.mark.promise("route", expect=NoFrontEnd)
def test_no_front_end(promise: Promise[NoFrontEnd], http: Http) -> None:
    """The answer is neither a backend's nor a page, save nginx's own; its status is free."""
    expect = promise.expect
    answer = http.get(expect.service, expect.port, expect.path)

    assert isinstance(answer.status, int), f"no answer: {answer.status}"
    assert answer.echo() is None, "a backend answers"
    assert answer.status not in (502, 503, 504), f"passed on to a backend: {answer.status}"
    assert not is_page(answer), f"a page is served: {answer.starts[:80]!r}"


def is_page(answer: Answer) -> bool:
    """Return whether this is a page of somebody's: HTML with success, not nginx's welcome."""
    html = "html" in answer.first("Content-Type") or b"<html" in answer.body[:1000].lower()
    return answer.status == 200 and html and WELCOME not in answer.body


@dataclass(frozen=True, slots=True)
class Caching:
    service: terms.Service
    port: terms.Port
    files: list[str]
    """What requests ask for, each a static file."""
    directives: list[str]
    """The directives of Cache-Control."""
    without: dict[str, int]
    """By path, the status of what has none of the directives."""
    expires_seconds: float | None = None
    """From now to what Expires says."""


@pytest.mark.promise("static-file", expect=Caching)
def test_cache_control(promise: Promise[Caching], http: Http) -> None:
    """Each file has these directives, on whichever Cache-Control line; the others have none.

    With *expires*, the Expires header lies so many seconds after Date, and the others have none.

    Cannot see: what caches on the way do.
    """
    expect = promise.expect
    for path in expect.files:
        answer = http.get(expect.service, expect.port, path)
        seen = answer.directives()
        assert answer.status == 200, f"{path}: {answer.status}"
        missing = [one for one in expect.directives if one not in seen]
        assert not missing, f"{path}: {', '.join(missing)} missing in {seen}"
        if expect.expires_seconds is not None:
            after = answer.expires_after()
            assert after is not None, f"{path}: no Expires"
            assert abs(after - expect.expires_seconds) <= CLOCK, f"{path}: expires after {after} s"
    for path, status in expect.without.items():
        answer = http.get(expect.service, expect.port, path)
        assert answer.status == status, f"{path}: expected {status}, seen {answer.status}"
        found = [one for one in expect.directives if one in answer.directives()]
        assert not found, f"{path}: {', '.join(found)}"
        if expect.expires_seconds is not None:
            assert not answer.values("Expires"), f"{path}: Expires {answer.first('Expires')}"


@dataclass(frozen=True, slots=True)
class Served:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    file: str
    """A file below the stack's folder."""
    applications: list[str]
    """``service:port`` of each application behind the proxy."""


@pytest.mark.promise("static-file", expect=Served)
def test_file_is_served(
    promise: Promise[Served], http: Http, backends: Backends, repository: Repository
) -> None:
    """The file comes as it is, no application is asked, and a client that has it gets 304."""
    expect = promise.expect
    token = secrets.token_hex(8)
    answer = http.get(expect.service, expect.port, f"{expect.path}?{token}")
    tag = answer.first("ETag")
    again = http.get(expect.service, expect.port, f"{expect.path}?{token}", {"If-None-Match": tag})
    asked = backends.asked(expect.applications, token)

    assert answer.status == 200, f"{expect.path}: {answer.status}"
    assert answer.sha256 == repository.sha256(expect.file), "another file came"
    assert asked == dict.fromkeys(expect.applications, 0), f"asked were {asked}"
    assert tag, "no ETag"
    assert answer.first("Last-Modified"), "no Last-Modified"
    assert again.status == 304, f"with If-None-Match: {again.status}"


@dataclass(frozen=True, slots=True)
class Compression:
    service: terms.Service
    port: terms.Port
    files: list[str]
    """What requests ask for, each a static file."""
    proxied: list[str]
    """What requests ask for that the backend answers."""
    plain: list[str]
    """What requests ask for that comes plain to everybody."""
    backend: terms.Backend


@pytest.mark.promise("static-file", expect=Compression)
def test_gzip(promise: Promise[Compression], http: Http) -> None:
    """Each file comes compressed to whoever accepts that, plain to others, and is the same.

    About static-file: files that a proxy serves itself.

    Cannot see: other encodings.
    """
    expect = promise.expect
    for path in expect.files:
        plain = http.get(expect.service, expect.port, path)
        packed = http.get(expect.service, expect.port, path, GZIP)
        assert plain.status == 200, f"{path}: {plain.status}"
        assert not plain.values("Content-Encoding"), f"{path}: compressed without being asked"
        assert packed.values("Content-Encoding") == ["gzip"], f"{path}: not compressed"
        assert packed.gunzipped() == plain.body, f"{path}: is another file when compressed"
    for path in expect.proxied:
        packed = http.get(expect.service, expect.port, path, GZIP)
        echo = packed.echo()
        assert echo is not None, f"{path}: {expect.backend} did not answer: {packed.status}"
        assert echo.process == http.token(expect.backend), f"{path}: another process answered"
        assert packed.values("Content-Encoding") == ["gzip"], f"{path}: not compressed"
    for path in expect.plain:
        answer = http.get(expect.service, expect.port, path, GZIP)
        assert answer.status == 200, f"{path}: {answer.status}"
        assert not answer.values("Content-Encoding"), f"{path}: compressed"

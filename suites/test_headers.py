"""Headers: what every answer of a proxy carries, whoever made the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.http import Http
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Headers:
    service: terms.Service
    ports: dict[str, int]
    """``http`` and ``https``, each with its port."""
    paths: dict[str, int]
    """Paths with the status that each is answered with."""
    headers: dict[str, list[str]]
    """The values of which one is wanted; any, where none is named."""
    https: dict[str, list[str]] = field(default_factory=dict)
    """The same, of answers over TLS alone (RFC 6797 section 7.2)."""


@pytest.mark.promise("route", expect=Headers)
def test_response_headers(promise: Promise[Headers], http: Http) -> None:
    """Each answer has each header once, with one of the values, also where it is an error."""
    expect = promise.expect
    for scheme, port in expect.ports.items():
        tls = scheme == "https"
        for path, status in expect.paths.items():
            answer = http.get(expect.service, port, path, tls=tls)
            where = f"{scheme} {path} ({answer.status})"
            assert answer.status == status, f"{where}: expected {status}"
            for name, values in {**expect.headers, **(expect.https if tls else {})}.items():
                seen = answer.values(name)
                assert len(seen) == 1, f"{where}: {name} {seen}"
                assert not values or seen[0].lower() in values, f"{where}: {name} {seen}"
            plain = [name for name in expect.https if not tls and answer.values(name)]
            assert not plain, f"{where}: {plain} over plain HTTP"

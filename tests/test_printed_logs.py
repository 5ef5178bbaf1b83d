"""Printed logs: which line of `docker-compose logs` is whose, and what is new in it."""

from __future__ import annotations

import pytest

from suites.test_printed_logs import Event, service_of, unseen

BEFORE = "basechat_redis  | Background saving started by pid 7\n"
EVENTS = {
    "redis": Event("save", "Background saving started"),
    "nginx": Event("ask", "/?marker={token}"),
}


@pytest.mark.parametrize(
    ("name", "is_redis"),
    [
        ("basechat_redis", True),
        ("redis-1", True),
        ("basechat-redis-2", True),
        ("redis", True),
        ("redis-commander-1", False),
        ("basechat_nginx", False),
    ],
)
def test_names_before_the_bar_are_of_a_service(name: str, is_redis: bool) -> None:
    """Fixed names, and those that Compose makes with a number."""
    assert service_of(name, ["redis"]) is is_redis


def test_line_counts_when_it_is_new_and_of_its_service() -> None:
    """An old line, or another service's, is none."""
    said = BEFORE + "basechat_redis  | GET /?marker=t1\n"

    assert unseen(EVENTS, "t1", BEFORE, said) == [
        "redis: Background saving started",
        "nginx: /?marker=t1",
    ]
    said += "basechat_redis  | Background saving started by pid 9\n"
    said += 'basechat_nginx  | 10.0.0.1 "GET /?marker=t1 HTTP/1.1" 200\n'
    assert unseen(EVENTS, "t1", BEFORE, said) == []

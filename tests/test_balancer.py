"""Balancer: HAProxy's CSV and configuration, read as they are written, and what hides them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from fixtures import balancer
from fixtures.balancer import Spread, run
from fixtures.evidence import Evidence, Unobservable
from fixtures.failovers import Failovers
from fixtures.haproxy import Row, parsed, passed, server_lines, servers
from fixtures.probe_sessions import CouldNotLook
from fixtures.redaction import Redactor
from suites import test_balancer as checks
from suites import test_tcp_fallback as fallback
from suites.balancing import Place, Pool

# As HAProxy 3.0 prints it, columns that nobody asks for left out.
CSV = (
    "# pxname,svname,status,lbtot,check_status,check_code,addr,algo,-\n"
    "front,FRONTEND,OPEN,,,,,,\n"
    "pool,one,UP,7,L7OK,200,unix,,\n"
    "pool,two,DOWN,5,* L7STS,503,172.18.0.3:8080,,\n"
    "pool,BACKEND,UP,12,,,,roundrobin,\n"
)


def test_rows_are_read_from_csv() -> None:
    """The check under way does not hide how the last one ended."""
    rows = parsed(CSV)

    assert [row.server for row in rows] == ["FRONTEND", "one", "two", "BACKEND"]
    assert (rows[1].status, rows[1].check, rows[1].code, rows[1].chosen) == ("UP", "L7OK", "200", 7)
    assert (rows[2].check, rows[2].address) == ("L7STS", "172.18.0.3:8080")
    assert rows[3].algorithm == "roundrobin"


def test_no_statistics_are_no_rows() -> None:
    """An empty answer names no backend."""
    assert parsed("") == ()


def test_servers_are_those_of_the_backend() -> None:
    """Neither the backend's own line nor the frontend is a server."""
    assert list(servers(parsed(CSV), "pool")) == ["one", "two"]
    assert servers(parsed(CSV), "front") == {}


def test_passed_wants_every_server_to_have_passed() -> None:
    """No server at all is not enough."""
    rows = servers(parsed(CSV), "pool")

    assert passed([rows["one"]])
    assert not passed(rows.values())
    assert not passed([])


def test_longest_run_of_one_name() -> None:
    """Turns count as runs of one."""
    assert run([]) == 0
    assert run(["a", "b", "a"]) == 1
    assert run(["a", "b", "b", "b", "a", "a"]) == 3


CONFIG = """
backend pool
    # server none /commented.sock
    server one unix@/run/one.sock check  # first
    server two 10.0.0.2:80 check

listen other
    server three /run/three.sock
"""


def test_server_lines_are_those_of_the_section() -> None:
    """Comments, prefixes and other sections do not count."""
    assert server_lines(CONFIG, "pool") == {"one": "/run/one.sock", "two": "10.0.0.2:80"}
    assert server_lines(CONFIG, "nothing") == {}


def test_a_section_that_listens_is_a_backend_too() -> None:
    """`listen` is a frontend and a backend in one."""
    assert server_lines(CONFIG, "other") == {"three": "/run/three.sock"}


PAGE = Place("lb", 8404, "/stats")
POOL = Pool(PAGE, "pool", Place("lb", 9999, "/"), "X-Instance")


def probe(monkeypatch: pytest.MonkeyPatch, *statuses: int | str) -> balancer.Balancer:
    """Return a probe whose statistics answer with each of *statuses* in turn, and the last on."""
    left = list(statuses)

    def request(*_: object, **__: object) -> Any:
        status = left.pop(0) if left[1:] else left[0]
        return SimpleNamespace(status=status, body=CSV.encode() if status == 200 else b"no")

    monkeypatch.setattr(balancer, "request", request)
    lane: Any = SimpleNamespace(published=lambda *_: ("127.0.0.1", 1))
    none: Any = None
    return balancer.Balancer(lane, none, Evidence(Redactor()))


@pytest.mark.parametrize("status", [401, 404, "refused"])
def test_statistics_that_are_not_there_are_not_empty(
    monkeypatch: pytest.MonkeyPatch, status: int | str
) -> None:
    """Nothing is known of the backend, neither at once nor after a wait."""
    seen = probe(monkeypatch, status)

    with pytest.raises(CouldNotLook, match=f"lb:8404/stats answer: {status}"):
        seen.servers(PAGE, "pool")
    with pytest.raises(CouldNotLook, match=f"lb:8404/stats answer: {status}"):
        seen.when(PAGE, "pool", bool, 0.0)


def test_statistics_are_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """HAProxy may still be starting when they are first asked for."""
    assert list(probe(monkeypatch, "refused", 503, 200).when(PAGE, "pool", bool, 5.0)) == [
        "one",
        "two",
    ]


def row(server: str, address: str = "", algorithm: str = "", chosen: int = 0) -> Row:
    return Row("pool", server, "UP", "L7OK", "200", chosen, address, algorithm)


def unobservable(reason: str) -> NoReturn:
    raise Unobservable(reason)


NAMED = {"one": "/run/one.sock", "two": "/run/two.sock"}


def judge_addresses(*shown: str, named: dict[str, str]) -> None:
    rows = {name: row(name, address) for name, address in zip(NAMED, shown, strict=True)}
    seen: Any = SimpleNamespace(ready=lambda *_: rows, addresses=lambda *_: named)
    promise: Any = SimpleNamespace(expect=checks.Addresses(POOL, NAMED, "unix"))
    checks.test_addresses(promise, seen, unobservable)


def test_hidden_addresses_break_nothing() -> None:
    """HAProxy leaves them out by default, and a configuration may lie where nobody looks."""
    judge_addresses("unix", "unix", named=NAMED)

    with pytest.raises(Unobservable, match="show-legends"):
        judge_addresses("", "", named=NAMED)
    with pytest.raises(Unobservable, match="names no server of pool"):
        judge_addresses("unix", "unix", named={})


def test_what_is_not_hidden_is_judged() -> None:
    """One address of another family is enough, and so is another line."""
    for shown, named in (
        (("", "10.0.0.2:80"), NAMED),
        (("unix", "10.0.0.2:80"), {}),
        (("", ""), NAMED | {"two": "/run/one.sock"}),
        (("unix", "unix"), {"one": "/run/one.sock"}),
    ):
        with pytest.raises(AssertionError):
            judge_addresses(*shown, named=named)


def judge_balanced(algorithm: str, spread: Spread) -> None:
    before, after = ({n: row(n, chosen=c) for n in NAMED} for c in (0, 50))
    seen: Any = SimpleNamespace(
        ready=lambda *_: before,
        spread=lambda *_: spread,
        servers=lambda *_: after,
        rows=lambda *_: (row("BACKEND", algorithm=algorithm),),
    )
    promise: Any = SimpleNamespace(expect=checks.Balanced(POOL, "roundrobin"))
    checks.test_balanced(promise, seen, unobservable)


def test_a_hidden_algorithm_excuses_no_shares() -> None:
    """What requests show is judged first."""
    even = Spread({"200": 100}, {"a": 50, "b": 50}, 1)

    judge_balanced("roundrobin", even)
    with pytest.raises(Unobservable, match="show-legends"):
        judge_balanced("", even)
    with pytest.raises(AssertionError, match="leastconn"):
        judge_balanced("leastconn", even)
    with pytest.raises(AssertionError, match="shares"):
        judge_balanced("", replace(even, instances={"a": 60, "b": 40}))


def test_a_hidden_address_of_a_fallback_breaks_nothing() -> None:
    """Everything else is judged first."""

    def judge(*shown: str) -> None:
        rows = {name: row(name, address) for name, address in zip(NAMED, shown, strict=True)}
        seen: Any = SimpleNamespace(
            ready=lambda *_: rows,
            spread=lambda *_: Spread({"200": 20}, {"a": 10, "b": 10}, 1),
            instance={"app1": "a", "app2": "b"}.get,
        )
        networks: Any = SimpleNamespace(
            addresses={"app1": {"default": "10.0.0.1"}, "app2": {"default": "10.0.0.2"}}.get
        )
        probes: Any = SimpleNamespace(
            beside=lambda _: SimpleNamespace(listdir=lambda _: SimpleNamespace(names=()))
        )
        expect = fallback.TcpBackend(POOL, {"one": "app1", "two": "app2"}, 80, "/run")
        promise: Any = SimpleNamespace(expect=expect)
        fallback.test_tcp_backend(promise, seen, networks, probes, unobservable)

    judge("10.0.0.1:80", "10.0.0.2:80")
    with pytest.raises(Unobservable, match="show-legends"):
        judge("", "")
    with pytest.raises(AssertionError, match="two: unix"):
        judge("", "unix")


def test_an_instance_is_not_looked_for_under_its_name() -> None:
    """Where the configuration lies elsewhere, a server's name is no address of it."""

    def switch(known: dict[str, Row], named: dict[str, str]) -> str:
        seen: Any = SimpleNamespace(addresses=lambda *_: named, servers=lambda *_: known)
        asked: Any = SimpleNamespace(get=lambda _, to, *__, **___: SimpleNamespace(status=to))
        none: Any = None
        made = Failovers(none, seen, asked, none, none, none, none, none, none)
        return made.switch(POOL, "one", 503)

    assert switch({"one": row("one")}, NAMED) == "unix:///run/one.sock"
    assert switch({}, {}) == "tcp://one"
    with pytest.raises(CouldNotLook, match="where one is"):
        switch({"one": row("one")}, {})

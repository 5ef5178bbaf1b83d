"""Balancer: HAProxy's CSV and configuration, read as they are written."""

from __future__ import annotations

from fixtures.balancer import parsed, passed, run, server_lines, servers

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

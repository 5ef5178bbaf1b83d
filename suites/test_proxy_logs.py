"""Proxy logs: which requests leave a record, and where."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.containers import Containers
    from fixtures.http import Http
    from fixtures.log_files import LogFiles
    from fixtures.nginx_config import NginxConfig
    from fixtures.promises import Promise

TIMES = 20
TOO_LARGE = 413
A_TEBIBYTE = str(2**40)


@dataclass(frozen=True, slots=True)
class Unlogged:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    logged: str
    """A path whose requests are logged; something is added to it."""
    log: str
    """The path of the log in the container."""


@pytest.mark.promise("log", expect=Unlogged)
def test_unlogged_path(
    promise: Promise[Unlogged], http: Http, log_files: LogFiles, nginx_config: NginxConfig
) -> None:
    """No request for the path is in the log, the health check's own neither.

    A request that is logged comes after them: once it is there, so would they be. Where nothing
    is logged at all, the configuration decides.
    """
    expect = promise.expect
    token, control = secrets.token_hex(8), secrets.token_hex(8)
    http.statuses(expect.service, expect.port, f"{expect.path}?probe={token}", TIMES)
    http.get(expect.service, expect.port, f"{expect.logged}{control}")
    logged = log_files.lines(expect.service, expect.log, control)
    found = log_files.lines(expect.service, expect.log, token, within=0)
    found += log_files.lines(expect.service, expect.log, f"GET {expect.path}", within=0)

    assert not found, f"{len(found)} lines, such as {found[0]!r}"
    if not logged:
        seen = nginx_config.values(expect.service, expect.port, expect.path, "access_log")
        assert seen == ["off"], f"no request is in {expect.log}, and access_log is {seen}"


@dataclass(frozen=True, slots=True)
class AccessLog:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    access_log: str
    """The path of the log in the container."""


@pytest.mark.promise("log", expect=AccessLog)
def test_access_log(
    promise: Promise[AccessLog], http: Http, log_files: LogFiles, nginx_config: NginxConfig
) -> None:
    """A request leaves a line in the log file, or in the output that the file is a link to.

    Cannot see: whether logs are rotated or sent on.
    """
    expect = promise.expect
    token = secrets.token_hex(8)
    http.get(expect.service, expect.port, f"{expect.path}{token}")
    leads_to = log_files.leads_to(expect.service, expect.access_log)
    lines = log_files.lines(expect.service, expect.access_log, token)

    assert leads_to != "absent", f"there is no {expect.access_log}"
    assert lines, f"no line in {expect.access_log} ({leads_to})"
    named = nginx_config.values(expect.service, expect.port, expect.path, "access_log")
    assert not named or expect.access_log in [one.split()[0] for one in named], named


@dataclass(frozen=True, slots=True)
class ErrorLog:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    error_log: str
    """The path of the log in the container."""


@pytest.mark.promise("log", expect=ErrorLog)
def test_error_log(
    promise: Promise[ErrorLog], http: Http, log_files: LogFiles, nginx_config: NginxConfig
) -> None:
    """A request that nginx refuses as an error leaves a line in the log file.

    A body of a TiB is announced and never sent: nginx refuses it at level error, and no backend
    is disturbed.
    """
    expect = promise.expect
    token = secrets.token_hex(8)
    answer = http.get(
        expect.service,
        expect.port,
        f"{expect.path}{token}",
        {"Content-Length": A_TEBIBYTE},
        method="POST",
    )
    if answer.status != TOO_LARGE:
        raise LookupError(f"no error was provoked: expected {TOO_LARGE}, seen {answer.status}")
    leads_to = log_files.leads_to(expect.service, expect.error_log)
    lines = [
        line for line in log_files.lines(expect.service, expect.error_log, token) if "[" in line
    ]

    assert leads_to != "absent", f"there is no {expect.error_log}"
    assert any("[error]" in line for line in lines), f"no line in {expect.error_log} ({leads_to})"
    named = nginx_config.values(expect.service, expect.port, expect.path, "error_log")
    assert not named or expect.error_log in [one.split()[0] for one in named], named


@dataclass(frozen=True, slots=True)
class LogLine:
    service: terms.Service
    ends_with: str
    """How the last line that counts ends."""
    times: int = 1
    """How many requests are sent."""


@pytest.mark.promise("log", expect=LogLine)
def test_log_line(promise: Promise[LogLine], containers: Containers) -> None:
    """So many lines of the service's log end like this.

    About log: what is written to logs, and what is not.

    Cannot see: lines that the engine's log driver has dropped.
    """
    expect = promise.expect
    lines = containers.logs(expect.service).splitlines()
    found = [line for line in lines if line.endswith(expect.ends_with)]

    assert len(found) == expect.times, f"{len(found)} of {len(lines)} lines; it begins {lines[:3]}"

"""Listeners: what a service's variables make it listen on, and what it does where it cannot."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.answers import Answer
    from fixtures.config import Config
    from fixtures.containers import Containers
    from fixtures.inner_http import InnerHttp
    from fixtures.listeners import Listeners
    from fixtures.one_off import OneOff
    from fixtures.one_offs import OneOffs
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class Environment:
    service: terms.Service
    variables: dict[str, str]
    """Variables, with the values that they have."""


@pytest.mark.promise("environment", expect=Environment)
def test_environment(promise: Promise[Environment], config: Config) -> None:
    """The service's environment, resolved, has these variables with these values."""
    expect = promise.expect
    found = config.service(expect.service, "environment")
    seen = {name: found.get(name) for name in expect.variables if isinstance(found, dict)}

    assert seen == expect.variables, f"{expect.service}: {seen}"


@pytest.mark.promise("environment", expect=Environment, lane="shared")
def test_environment_of_container(promise: Promise[Environment], containers: Containers) -> None:
    """The running container has them.

    Cannot see: whether the program reads them.
    """
    expect = promise.expect
    found = containers.inspect(expect.service, "Config", "Env")
    missing = [f"{k}={v}" for k, v in expect.variables.items() if f"{k}={v}" not in found]

    assert not missing, f"{expect.service} lacks {missing}"


@dataclass(frozen=True, slots=True)
class Run:
    listens: str
    """``unix:///path``, or ``tcp://*:8080`` for every address."""
    set: dict[str, str] = field(default_factory=dict)
    """Variables that are set, with their values."""
    unset: terms.Unset = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    """Folders in which it may not create."""


@dataclass(frozen=True, slots=True)
class Listens:
    service: terms.Service
    runs: list[Run]
    """One start each, with its variables and where it then listens."""
    path: terms.Path
    status: terms.Status = 200
    empty: list[str] = field(default_factory=list)
    """Folders in the container that stay empty."""
    absent: list[str] = field(default_factory=list)
    """Paths in the container that nothing is at."""
    log_ends_with: str | None = None
    """How some line of the log ends."""
    log_has: str | None = None
    """What some line of the log holds."""
    log_lacks: str | None = None
    """What no line of the log holds."""
    asked_from: str | None = None
    """A service that reaches it over TCP, by its name on their network."""


@pytest.mark.promise("listener", expect=Listens)
def test_listener(
    promise: Promise[Listens],
    one_offs: OneOffs,
    listeners: Listeners,
    inner_http: InnerHttp,
) -> None:
    """Started once more with these variables, it listens there and nowhere else, and answers.

    About listener: where a service listens with which variables.

    Cannot see: listeners that appear later.
    """
    expect = promise.expect
    answers: list[Answer] = []
    for wanted in expect.runs:
        change = one_offs.changed(
            set=wanted.set, unset=wanted.unset, denied=wanted.denied, fresh=True
        )
        with one_offs.like(expect.service, change) as run:
            seen = listeners.of(run)
            assert seen.places == (wanted.listens,), f"{run.about}: {seen.short}"
            to = wanted.listens.replace("tcp://*", "tcp://127.0.0.1")
            answers.append(inner_http.ask(run.probe, to, expect.path))
            if expect.asked_from is not None:
                outside = wanted.listens.replace("tcp://*", f"tcp://{run.name}")
                near = inner_http.get(expect.asked_from, outside, expect.path)
                assert near.status == expect.status, f"from {expect.asked_from}: {near.status}"
            _assert_folders(run, expect)
            _assert_log(run, expect)

    assert {one.status for one in answers} == {expect.status}, [one.status for one in answers]
    assert len({one.body for one in answers}) == 1, [one.starts for one in answers]


def _assert_folders(run: OneOff, expect: Listens) -> None:
    for folder in expect.empty:
        names = run.probe.listdir(folder).names
        assert not names, f"{run.about}: in {folder} is {names}"
    for path in expect.absent:
        kind = run.probe.stat(path).kind
        assert kind == "absent", f"{run.about}: {path} is a {kind}"


def _assert_log(run: OneOff, expect: Listens) -> None:
    log = run.log()
    ends, has, lacks = expect.log_ends_with, expect.log_has, expect.log_lacks
    assert ends is None or any(line.endswith(ends) for line in log), f"{run.about}: {log}"
    assert has is None or any(has in line for line in log), f"{run.about}: {log}"
    assert lacks is None or not any(lacks in line for line in log), f"{run.about}: {log}"


@dataclass(frozen=True, slots=True)
class Fatal:
    service: terms.Service
    set: terms.Set
    exit_code: terms.ExitCode
    log_has: str
    """What some line of the log holds."""
    within_seconds: terms.WithinSeconds


@pytest.mark.promise("listener", expect=Fatal)
def test_fatal_start(promise: Promise[Fatal], one_offs: OneOffs) -> None:
    """It ends by itself with this code, and its log says why, with more after these words."""
    expect = promise.expect
    with one_offs.like(expect.service, one_offs.changed(set=expect.set, fresh=True)) as run:
        ended = run.ended(expect.within_seconds)
        log = run.log()
    reasons = [line.partition(expect.log_has)[2].strip() for line in log if expect.log_has in line]

    assert ended.exit_code is not None, f"it still runs after {expect.within_seconds:g} s: {log}"
    assert ended.exit_code == expect.exit_code, f"exit code {ended.exit_code}: {log}"
    assert reasons, f"its log: {log}"
    assert all(reasons), f"no reason after {expect.log_has!r}"


@dataclass(frozen=True, slots=True)
class NoPorts:
    services: terms.Services
    path: terms.Path
    sockets: list[str]
    """The paths of two sockets, one an instance."""
    variable: str
    """A variable of .env."""


@pytest.mark.promise("published-port", expect=NoPorts)
def test_no_port_management(
    promise: Promise[NoPorts],
    config: Config,
    one_offs: OneOffs,
    listeners: Listeners,
    inner_http: InnerHttp,
) -> None:
    """No port stands in the compose file, and two instances share one network namespace."""
    expect = promise.expect
    for service in expect.services:
        ports = [config.service(service, key) for key in ("ports", "expose")]
        assert all(one in ("absent", []) for one in ports), f"{service}: {ports}"
    service, (one_path, other_path) = expect.services[0], expect.sockets
    place = partial(one_offs.changed, fresh=True)
    with ExitStack() as opened:
        first = opened.enter_context(one_offs.like(service, place(set={expect.variable: one_path})))
        beside = place(set={expect.variable: other_path}, network=first.namespace)
        second = opened.enter_context(one_offs.like(service, beside))
        for run, path in ((first, one_path), (second, other_path)):
            seen = listeners.of(run)
            assert seen.places == (f"unix://{path}",), f"{run.about}: {seen.short}"
            status = inner_http.ask(run.probe, f"unix://{path}", expect.path).status
            assert status == 200, f"{run.about}: {status}"
        # The kernel lists the sockets of a namespace: both are in the first one's.
        shared = listeners.paths(first)
    if shared != sorted(expect.sockets):
        raise LookupError(f"the namespace was not one: {shared}")

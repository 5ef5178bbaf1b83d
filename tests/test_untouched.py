"""Untouched: which requests to the engine get through beside an attached project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest
import requests

from fixtures.evidence import Unobservable
from fixtures.leftovers_host import lane_folder
from fixtures.owners import LANE_LABEL
from fixtures.untouched import UntouchingApi

LANE = "shop-shared-1"
OURS = {LANE_LABEL: LANE}
LABELS = {
    "probe": OURS,
    "cache": {"com.docker.compose.service": "cache"},
    "db": {"com.docker.compose.service": "db"},
    "ours": OURS,
    "theirs": {},
}


def labels(one: str) -> dict[str, Any]:
    if one not in LABELS:
        raise docker.errors.NotFound("no such")
    return LABELS[one]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the engine."""
    seen: list[str] = []

    def request(session: requests.Session, method: str, url: str, **_: Any) -> requests.Response:
        seen.append(f"{method} {url}")
        return requests.Response()

    monkeypatch.setattr(requests.Session, "request", request)
    return seen


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, sent: list[str]) -> Iterator[UntouchingApi]:
    made = UntouchingApi(base_url="tcp://127.0.0.1:1", version="1.41")
    made.lane, made.disrupt = LANE, frozenset({"cache"})
    monkeypatch.setattr(made, "inspect_container", lambda one: {"Config": {"Labels": labels(one)}})
    monkeypatch.setattr(made, "inspect_network", lambda one: {"Labels": labels(one)})
    monkeypatch.setattr(made, "inspect_volume", lambda one: {"Labels": labels(one)})
    yield made
    made.close()


def ask(api: UntouchingApi, method: str, path: str, body: dict[str, Any] | None = None) -> None:
    data = None if body is None else json.dumps(body)
    api.request(method, f"http+docker://localhost/v1.41{path}", data=data)


ALLOWED: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/containers/db/json", None),
    ("HEAD", "/containers/db/archive", None),
    ("POST", "/containers/create", {"Labels": OURS}),
    ("POST", "/containers/create?name=x", {"Labels": OURS, "HostConfig": {"Binds": ["v:/x:ro"]}}),
    ("POST", "/containers/probe/start", None),
    ("POST", "/containers/probe/attach", None),
    ("POST", "/containers/probe/exec", {"Cmd": ["python3"]}),
    ("POST", "/containers/db/exec", {"Cmd": ["nginx", "-T"]}),
    ("POST", "/exec/1/start", {}),
    ("DELETE", "/containers/probe", None),
    ("DELETE", "/containers/gone", None),
    ("POST", "/networks/create", {"Labels": OURS}),
    ("POST", "/networks/theirs/connect", {"Container": "probe"}),
    ("DELETE", "/networks/ours", None),
    ("POST", "/volumes/create", {"Labels": OURS}),
    ("DELETE", "/volumes/ours", None),
    ("POST", "/containers/cache/kill", None),
    ("POST", "/containers/cache/restart", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ALLOWED)
def test_looks_and_what_is_ours_get_through(
    api: UntouchingApi, sent: list[str], method: str, path: str, body: dict[str, Any] | None
) -> None:
    """And what `--disrupt` allows: to disturb, never to remove."""
    ask(api, method, path, body)

    assert len(sent) == 1


def mount(source: str, *, read_only: bool = False) -> dict[str, Any]:
    host = {"Mounts": [{"Type": "x", "Source": source, "Target": "/x", "ReadOnly": read_only}]}
    return {"Labels": OURS, "HostConfig": host}


REFUSED: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/containers/db/stop", None),
    ("POST", "/containers/db/exec", {"Cmd": ["redis-cli", "FLUSHALL"]}),
    ("POST", "/containers/db/attach", None),
    ("PUT", "/containers/db/archive", None),
    ("DELETE", "/containers/db", None),
    ("DELETE", "/containers/cache", None),
    ("POST", "/containers/cache/rename?name=x", None),
    ("POST", "/containers/cache/update", {}),
    ("POST", "/containers/create", {"Labels": {}}),
    ("POST", "/containers/create", {"Labels": {LANE_LABEL: "another"}}),
    ("POST", "/containers/create", {"Labels": OURS, "HostConfig": {"Privileged": True}}),
    ("POST", "/containers/create", {"Labels": OURS, "HostConfig": {"CapAdd": ["NET_ADMIN"]}}),
    ("POST", "/containers/create", {"Labels": OURS, "HostConfig": {"Binds": ["v:/x"]}}),
    ("POST", "/containers/create", {"Labels": OURS, "HostConfig": {"VolumesFrom": ["db"]}}),
    ("POST", "/containers/create", mount("theirs")),
    ("POST", "/containers/create", mount("new")),
    ("POST", "/containers/create", mount("/srv/data")),
    ("POST", "/containers/prune", None),
    ("POST", "/volumes/prune", None),
    ("DELETE", "/volumes/theirs", None),
    ("POST", "/networks/theirs/disconnect", {"Container": "db"}),
    ("DELETE", "/networks/theirs", None),
    ("DELETE", "/images/redis", None),
    ("POST", "/images/create?fromImage=redis", None),
    ("POST", "/build", None),
    ("POST", "/commit?container=db", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_nothing_else_reaches_the_engine(
    api: UntouchingApi, sent: list[str], method: str, path: str, body: dict[str, Any] | None
) -> None:
    """The check is unobservable, and says what it would have changed."""
    with pytest.raises(Unobservable, match="the check would change"):
        ask(api, method, path, body)

    assert sent == []


@pytest.mark.parametrize("source", ["ours", str(lane_folder(LANE) / "x")])
def test_a_container_of_ours_writes_to_what_is_ours(
    api: UntouchingApi, sent: list[str], source: str
) -> None:
    """A scratch volume, or a folder of the lane's own."""
    ask(api, "POST", "/containers/create", mount(source))
    ask(api, "POST", "/containers/create", mount("theirs", read_only=True))

    assert len(sent) == 2


def test_signals_to_processes_need_a_service_that_may_be_disturbed(api: UntouchingApi) -> None:
    """A container that sees all processes could kill any."""
    body = {"Labels": OURS, "HostConfig": {"PidMode": "host"}}
    ask(api, "POST", "/containers/create", body)

    api.disrupt = frozenset()
    with pytest.raises(Unobservable):
        ask(api, "POST", "/containers/create", body)


def test_what_allows_it_is_said(api: UntouchingApi) -> None:
    """The reason ends with the option."""
    with pytest.raises(Unobservable, match="--disrupt db allows it"):
        ask(api, "POST", "/containers/db/kill")

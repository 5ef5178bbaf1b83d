"""Tests of the turn that a lane takes with the document's own names and ports."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import filelock
import pytest

from fixtures import held_ports, printed
from fixtures.evidence import Unobservable


def lane(port: int, containers: list[dict[str, Any]], networks: list[str]) -> Any:
    """Return a lane whose engine holds these containers and networks."""
    api = SimpleNamespace(
        containers=lambda filters=None, **_: [] if filters else containers,
        networks=lambda filters=None: [] if filters else [{"Name": name} for name in networks],
        volumes=lambda: {"Volumes": None},
    )
    config = {
        "services": {
            "web": {
                "container_name": "shop-web",
                "ports": [{"published": str(port), "target": 80, "protocol": "tcp"}],
            }
        },
        "networks": {"default": {"name": "shop_default"}, "other": {"external": True}},
    }
    return SimpleNamespace(
        client=SimpleNamespace(api=api),
        project="shop",
        config=config,
        source=SimpleNamespace(recipe=SimpleNamespace(host={})),
        tell=lambda *_: None,
    )


def row(name: str, project: str | None = None) -> dict[str, Any]:
    """Return a container as the engine lists it."""
    labels = {"com.docker.compose.project": project} if project else {}
    return {"Names": [f"/{name}"], "Labels": labels, "Ports": []}


@pytest.fixture
def port() -> int:
    """A port that nobody holds."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(autouse=True)
def _own_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "host_temporary", lambda: tmp_path)


def test_nothing_in_the_way(port: int) -> None:
    """Other names and an external network are no obstacle; the turn can be taken again."""
    free = lane(port, [row("shop-api", "another")], ["other", "bridge"])

    printed.take_turn(free).release()
    printed.take_turn(free).release()


@pytest.mark.parametrize(
    ("containers", "networks", "why"),
    [
        ([row("x", "shop")], [], "project shop has container x"),
        ([row("shop-web", "shop")], [], "project shop has container shop-web"),
        ([row("shop-web")], [], "container shop-web exists"),
        ([], ["shop_default"], "network shop_default exists"),
    ],
)
def test_names_of_somebody_else(
    port: int, containers: list[dict[str, Any]], networks: list[str], why: str
) -> None:
    """A project, a container or a network of that name is named once, and nothing is started."""
    with pytest.raises(Unobservable) as caught:
        printed.take_turn(lane(port, containers, networks))

    assert str(caught.value) == f"in use on this host: {why}"


def test_port_of_somebody_else() -> None:
    """The process that holds a documented port is named."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        with pytest.raises(Unobservable, match=r"port \d+ is held by .* \(pid \d+\)"):
            printed.take_turn(lane(one.getsockname()[1], [], []))


def test_turn_of_another_run(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process has its turn, ours does not come."""
    monkeypatch.setattr(printed, "TURN", 0.2)
    printed.take_turn(lane(port, [], [])).release()
    (lock,) = tmp_path.glob("*.lock")
    code = (
        "import filelock, sys\n"
        "lock = filelock.FileLock(sys.argv[1])\nlock.acquire()\nprint(1)\ninput()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-uc", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Unobservable, match="another run of stackproof"):
            printed.take_turn(lane(port, [], []))
        other.kill()
    printed.take_turn(lane(port, [], [])).release()


def test_all_users_of_the_host_take_turns(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes first makes the lock for everybody; one that is closed is named."""
    before = os.umask(0o077)
    try:
        printed.take_turn(lane(port, [], [])).release()
    finally:
        os.umask(before)
    (path,) = tmp_path.glob("*.lock")

    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert str(os.getuid()) not in path.name

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", closed)
    with pytest.raises(Unobservable, match=r"printed\.lock, .* is closed to this one: Permission"):
        printed.take_turn(lane(port, [], []))


def test_port_that_a_scenario_publishes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds it is named, unless it is the lane itself."""
    seen: list[str] = []
    own = [row("shop-web", "shop")]
    api = SimpleNamespace(containers=lambda **_: own)
    evidence = SimpleNamespace(note=lambda *words: seen.append(words[-1]))
    probe = held_ports.HeldPorts(
        cast("Any", SimpleNamespace(client=SimpleNamespace(api=api), project="shop")),
        cast("Any", evidence),
    )
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        with pytest.raises(Unobservable, match=r"in use on this host: port \d+ is held by .*pid"):
            probe.require_free(port)

    probe.require_free(port)
    own[0]["Ports"] = [{"PublicPort": port, "Type": "tcp"}]
    probe.require_free(port)

    assert seen[1:] == ["free", "held by container shop-web"]


def test_turn_is_given_back_when_something_is_in_the_way(port: int, tmp_path: Path) -> None:
    """A lane that cannot start does not keep others from theirs."""
    with pytest.raises(Unobservable):
        printed.take_turn(lane(port, [row("shop-web")], []))
    (path,) = tmp_path.glob("*.lock")

    with filelock.FileLock(path).acquire(timeout=0.1):
        pass


def test_host_gateway_names() -> None:
    """Both of Compose's spellings of an extra host are read; other addresses are not the host."""
    names = printed._gateway_names

    assert names(["a:host-gateway", "b=host-gateway", "c:10.0.0.1"]) == {"a", "b"}
    assert names({"a": "host-gateway", "c": "10.0.0.1"}) == {"a"}
    assert names(None) == set()

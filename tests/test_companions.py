"""Companions: what further compose files must not share with the stack."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import overlaps
from fixtures.companions import Companion, Companions
from fixtures.evidence import Evidence
from fixtures.redaction import Redactor
from fixtures.shell import Answer
from fixtures.states import Moments, State
from suites import companion_starts as starts
from suites import test_companions as checks

STORES = ("db", "cache")
DONE = Answer(0, "", "", timed_out=False)


def config(
    volume: str, bind: str, *, port: str = "", host: str = "", name: str = "", ro: bool = False
) -> dict[str, Any]:
    """Return a resolved file with a database, and a cache that writes to a folder of the host."""
    init = {"type": "bind", "source": "/srv/shop/init", "target": "/init", "read_only": True}
    database: dict[str, Any] = {
        "volumes": [{"type": "volume", "source": "data", "target": "/data"}, init],
        "ports": [{"target": 5432, "published": port, "protocol": "tcp", "host_ip": host}],
    }
    if name:
        database["container_name"] = name
    mount = {"type": "bind", "source": bind, "target": "/data"} | (
        {"read_only": True} if ro else {}
    )
    anonymous = {"type": "volume", "target": "/tmp"}
    return {
        "services": {"db": database, "cache": {"volumes": [mount, anonymous]}},
        "volumes": {"data": {"name": volume}},
    }


STACK = config("shop_data", "/srv/shop/cache", port="5432", name="shop_db")


def test_another_file_has_its_own_data() -> None:
    """A folder that both may only read is no data of either."""
    assert not overlaps.data(config("test_data", "/srv/shop/cache-test"), STACK, STORES)
    assert not overlaps.data(config("test_data", "/srv/shop/cache", ro=True), STACK, STORES)


def test_a_volume_is_the_same_by_its_name() -> None:
    """However the files call it, and only of the services that are asked for."""
    other = config("shop_data", "/srv/elsewhere")

    assert overlaps.data(other, STACK, STORES) == ["volume shop_data"]
    assert not overlaps.data(other, STACK, ["cache"])


@pytest.mark.parametrize("path", ["/srv/shop/cache", "/srv/shop", "/srv/shop/cache/0"])
def test_a_folder_that_both_write_is_shared(path: str) -> None:
    """Also where one of them has a part of the other's."""
    assert overlaps.data(config("test_data", path), STACK, STORES) == [f"folder {path}"]


def test_a_container_name_is_one_projects_alone() -> None:
    """The second project that wants it does not start."""
    assert overlaps.names(config("t", "/t", name="shop_db"), STACK, STORES) == [
        "container name shop_db"
    ]
    assert not overlaps.names(config("t", "/t", name="test_db"), STACK, STORES)
    assert not overlaps.names(config("t", "/t", name="shop_db"), STACK, ["cache"])


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [("", "", True), ("127.0.0.1", "", True), ("0.0.0.0", "127.0.0.1", True),
     ("127.0.0.1", "127.0.0.1", True), ("127.0.0.2", "127.0.0.1", False)],
)  # fmt: skip
def test_a_port_is_taken_on_its_addresses(mine: str, theirs: str, clash: bool) -> None:
    """One of all addresses meets each of them."""
    one = config("t", "/t", port="5432", host=mine)
    other = config("s", "/s", port="5432", host=theirs)

    assert bool(overlaps.names(one, other, STORES)) is clash
    for free in ("", "0", "5433", "5432-5439"):
        assert not overlaps.names(config("t", "/t", port=free, host=mine), other, STORES)


def lane() -> Any:
    """Return a lane of a stack that is printed as `STACK`."""
    project = SimpleNamespace(environment={}, resolved=lambda: STACK)
    source = SimpleNamespace(project="shop", files=lambda *_: [])
    found = [
        SimpleNamespace(name=f"x-{name}-1", labels={"com.docker.compose.service": name})
        for name in STORES
    ]
    client = SimpleNamespace(containers=SimpleNamespace(list=lambda **_: found))
    return SimpleNamespace(
        id="shop-companions", folder=Path("/srv/shop"), key=SimpleNamespace(variant=None),
        source=source, client=client, compose_with=lambda _: project,
    )  # fmt: skip


def test_copies_do_not_hide_what_the_files_share() -> None:
    """It is the printed files that are compared, not their isolated copies."""
    probe = Companions(lane(), Evidence(Redactor()))
    same = config("shop_data", "/srv/shop/cache", port="5432", name="shop_db")
    own = config("test_data", "/srv/shop/test", port="15432")

    def companion(of: dict[str, Any]) -> Companion:
        return Companion("x", own=True, services=STORES, answer=DONE, config=of)

    assert probe.shared(companion(same), STORES) == ("volume shop_data", "folder /srv/shop/cache")
    assert probe.taken(companion(same)) == ("container name shop_db", "port 5432/tcp")
    assert not probe.shared(companion(own), STORES)
    assert not probe.taken(companion(own))


def beside(clashes: tuple[str, ...]) -> None:
    seen = starts.SeenBeside(DONE, True, {}, {}, {}, clashes)
    promise: Any = SimpleNamespace(expect=starts.Beside("up", []))
    early: Any = SimpleNamespace(of=lambda _: seen)
    talks: Any = None
    checks.test_beside(promise, early, talks)


def apart(shared: tuple[str, ...], unseen: dict[str, str], in_stack: Any = ()) -> None:
    seen = starts.SeenApart("done", [("t",)], in_stack, 1, 0, shared, unseen)
    promise: Any = SimpleNamespace()
    early: Any = SimpleNamespace(of=lambda _: seen)
    checks.test_apart(promise, early)


def test_what_both_projects_have_is_not_separate() -> None:
    """A start beside the stack shares nothing with it."""
    beside(())
    with pytest.raises(AssertionError, match="volume shop_data"):
        beside(("volume shop_data",))


def test_a_store_that_does_not_answer_is_not_empty() -> None:
    """Where nobody could look, nothing is known; what is shared is told before."""
    apart((), {})
    with pytest.raises(RuntimeError, match="no answer"):
        apart((), {"db": "no answer"})
    with pytest.raises(AssertionError, match="both use"):
        apart(("volume shop_data",), {"db": "no answer"})


def test_apart_says_which_store_it_did_not_look_into() -> None:
    """A failed SELECT has no rows, which is not that there are none."""
    said = {True: SimpleNamespace(word="done", rows=(("t",),)), False: SimpleNamespace(
        word="no answer", rows=())}  # fmt: skip
    cycle: Any = SimpleNamespace(
        talks=SimpleNamespace(at=lambda *_: "ssl"),
        postgres=SimpleNamespace(run=lambda *_, at=None: said[at is not None]),
    )
    replies: Any = SimpleNamespace(
        ask=lambda *_, at=None: SimpleNamespace(word="answered", value=int(at is not None))
    )
    probe: Any = SimpleNamespace(
        up=lambda _: Companion("x", own=True, services=STORES, answer=DONE),
        address=lambda *_: ("127.0.0.1", 1),
        volumes=lambda _: set(),
        stack=lambda: None,
        shared=lambda *_: ("folder /srv",),
    )
    db: Any = SimpleNamespace(service="db", port=5432)
    cache: Any = SimpleNamespace(service="cache", port=6379)

    seen = starts.apart(cycle, replies, probe, starts.Apart("up", db, "i", "s", cache))

    assert seen.unseen == {"db": "no answer"}
    assert seen.shared == ("folder /srv",)


def state(status: str = "running", *, restarts: int = 0, once: bool = False) -> State:
    return State("c", status, "1", 0, restarts, once)


def on_top(after: State, before: State | None = None) -> None:
    seen = starts.SeenOnTop(DONE, ("app",), {"app": before} if before else {}, {"app": after})
    promise: Any = SimpleNamespace()
    early: Any = SimpleNamespace(of=lambda _: seen)
    checks.test_on_top(promise, early)


def test_a_service_runs_on_or_has_done_its_work() -> None:
    """One that the engine starts again and again runs at most moments."""
    on_top(state())
    on_top(state("exited", once=True))
    on_top(state(restarts=1), before=state(restarts=1))
    for wrong in (state("exited"), state("restarting"), state(restarts=1)):
        with pytest.raises(AssertionError):
            on_top(wrong)
    with pytest.raises(AssertionError, match="again and again"):
        on_top(state(restarts=2), before=state(restarts=1))


def inspected(status: str, restarts: int) -> dict[str, Any]:
    return {
        "Id": "c" * 64, "Mounts": [], "RestartCount": restarts, "HostConfig": {},
        "State": {"Status": status, "StartedAt": "1", "ExitCode": 0},
    }  # fmt: skip


def test_a_start_is_looked_at_until_it_is_steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash loop runs right after `up -d`; a job of the file on top is declared there."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    turns = iter([inspected("running", 0), inspected("running", 0), inspected("restarting", 1)])
    row = {"Id": "c", "Names": ["/x-job-1"], "Labels": {"com.docker.compose.service": "job"}}
    asked: list[Any] = []

    def listed(*, filters: dict[str, Any], **_: Any) -> list[Any]:
        asked.append(filters["label"])
        return [row]

    engine = SimpleNamespace(containers=listed, inspect_container=lambda _: next(turns))
    own: Any = SimpleNamespace(project="shop", config={}, client=SimpleNamespace(api=engine))
    config = {"services": {"job": {"restart": "no"}}}
    other = Companion("shop-dev", own=True, services=("job",), answer=DONE, config=config)

    seen = Moments(own, Evidence(Redactor())).steady(60.0, of=other)

    assert (seen["job"].status, seen["job"].restarts, seen["job"].once) == ("restarting", 1, True)
    assert set(asked) == {"com.docker.compose.project=shop-dev"}

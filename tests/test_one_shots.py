"""One-shots: a service that has done its work is not missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.containers import Containers
from fixtures.evidence import Evidence
from fixtures.networks import Network, Networks
from fixtures.redaction import Redactor
from fixtures.states import State
from suites import lifecycle_stops as stops
from suites import test_composition as composition
from suites import test_networks as networks
from suites import test_removals as removals
from suites import test_restarts as restarts


def container(service: str, code: int = 0, policy: str = "no", on: str = "shop_default") -> Any:
    return SimpleNamespace(
        labels={"com.docker.compose.service": service, "com.docker.compose.project": "shop"},
        attrs={
            "State": {"Status": "exited", "ExitCode": code},
            "HostConfig": {"RestartPolicy": {"Name": policy}},
            "NetworkSettings": {"Networks": {on: {"IPAddress": ""}}},
        },
    )


SHOP: dict[str, Any] = {
    "app": {"depends_on": {"migrate": {"condition": "service_completed_successfully"}}},
    "migrate": {"depends_on": {"db": {"condition": "service_healthy"}}},
    "seed": {"restart": "no"},
    "retry": {"restart": "on-failure:3"},
    "db": {},
    "other": {"restart": "no"},
    "bad": {"restart": "no"},
}


def lane(running: list[str], ended: list[Any]) -> Any:
    def found(*, filters: dict[str, Any], **_: Any) -> list[Any]:
        if filters.get("status") != "exited":
            return [container(service) for service in running]
        assert "com.docker.compose.oneoff=False" in filters["label"]
        return ended

    on_network = SimpleNamespace(
        name="shop_default",
        attrs={"Driver": "bridge", "Labels": {"com.docker.compose.network": "default"}},
        containers=[container(service) for service in running],
        reload=lambda: None,
    )
    client = SimpleNamespace(
        containers=SimpleNamespace(list=found),
        networks=SimpleNamespace(list=lambda **_: [on_network]),
    )
    return SimpleNamespace(
        project="shop", id="shop-shared", client=client, config={"services": SHOP}
    )


def run(running: list[str], ended: list[Any], promised: list[str]) -> None:
    promise: Any = SimpleNamespace(expect=composition.Services(promised))
    composition.test_services_run(promise, Containers(lane(running, ended), Evidence(Redactor())))


def test_a_migration_that_has_run_is_not_missing() -> None:
    """It ended with 0, and is not to be started again."""
    for policy in ("no", "", "on-failure"):
        run(["app", "db"], [container("migrate", 0, policy)], ["app", "db", "migrate"])


def test_a_document_need_not_name_it() -> None:
    """What has ended does not run; what does run must be named, once for each container."""
    run(["app", "db"], [container("migrate")], ["app", "db"])
    with pytest.raises(AssertionError):
        run(["app", "db", "other"], [container("migrate")], ["app", "db", "migrate"])
    with pytest.raises(AssertionError):
        run(["app", "app", "db"], [], ["app", "db"])


@pytest.mark.parametrize("service", ["seed", "retry"])
def test_a_restart_policy_says_that_a_service_ends(service: str) -> None:
    """Where nothing waits for it, its own policy tells."""
    run(["app", "db"], [container(service)], ["app", "db", service])


@pytest.mark.parametrize(("code", "policy"), [(1, "no"), (0, "always"), (0, "unless-stopped")])
def test_what_should_run_is_missing(code: int, policy: str) -> None:
    """One that failed, and one that is to be started again."""
    with pytest.raises(AssertionError):
        run(["app", "db"], [container("migrate", code, policy)], ["app", "db", "migrate"])


def test_what_nobody_declared_to_end_is_missing() -> None:
    """A server without a restart policy that ends with 0 has failed, for all that is known."""
    with pytest.raises(AssertionError):
        run(["app"], [container("db")], ["app", "db"])


def seen_networks(running: list[str], ended: list[Any]) -> Networks:
    none: Any = None
    return Networks(lane(running, ended), none, Evidence(Redactor()))


def test_a_migration_was_on_its_network() -> None:
    """The engine lists only what runs; the container itself tells where it was."""
    ended = [container("migrate"), container("other", on="shop_back"), container("bad", 1)]
    probe = seen_networks(["app", "db"], ended)
    members: Any = SimpleNamespace(expect=networks.Members("default", ["app", "db", "migrate"]))
    name: Any = SimpleNamespace(
        expect=networks.NetworkName("shop_default", ["db", "migrate", "app"])
    )

    networks.test_members(members, probe)
    networks.test_name(name, probe)
    for wrong in (["app"], ["app", "db", "other"], ["app", "db", "bad"]):
        members.expect = networks.Members("default", wrong)
        with pytest.raises(AssertionError):
            networks.test_members(members, probe)


def test_members_that_run_count_once_each() -> None:
    """A service of which one container has ended and one runs is there once."""
    found = Network("there", members=("app", "app"), done=("app", "migrate"))

    assert found.those(["app", "migrate"]) == ["app", "app", "migrate"]
    assert found.those(["app"]) == ["app", "app"]


def state(started: str, status: str = "running", code: int = 0, *, once: bool = False) -> State:
    return State("c", status, started, code, 0, once)


def restart(before: dict[str, State], after: dict[str, State]) -> None:
    answer: Any = SimpleNamespace(exit_code=0, short="", timed_out=False)
    kept: Any = {"db": SimpleNamespace(lost=False)}
    seen = stops.Restarted(answer, before, after, kept=kept)
    promise: Any = SimpleNamespace(expect=stops.RestartAll("docker compose restart", []))
    early: Any = SimpleNamespace(of=lambda _: seen)
    restarts.test_all_are_restarted(promise, early)


def test_a_migration_may_have_run_again_or_not() -> None:
    """`restart` starts it again with some versions of Compose; it may have ended by now."""
    before = {"db": state("1"), "migrate": state("1", "exited", once=True)}

    restart(before, {"db": state("2"), "migrate": state("1", "exited", once=True)})
    restart(before, {"db": state("2"), "migrate": state("2", "exited", once=True)})
    restart(before, {"db": state("2"), "migrate": state("2", once=True)})


def test_what_ran_must_run_again() -> None:
    """A service that ran before and has ended since is not restarted, nor is one that failed."""
    for after in (state("2", "exited", once=True), state("1", once=True)):
        with pytest.raises(AssertionError, match="started anew"):
            restart(
                {"db": state("1"), "app": state("1", once=True)},
                {"db": state("2"), "app": after},
            )
    with pytest.raises(AssertionError, match="started anew"):
        restart(
            {"db": state("1"), "app": state("1", "exited", 1, once=True)},
            {"db": state("2"), "app": state("1", "exited", 1, once=True)},
        )


def test_a_start_is_whole_once_its_migration_has_ended() -> None:
    """It counts among what runs; one that failed, or that nobody declared to end, does not."""

    def judge(migrate: State) -> None:
        answer: Any = SimpleNamespace(exit_code=0, short="", timed_out=False)
        seen = SimpleNamespace(
            before={}, after={"db": state("1"), "migrate": migrate}, prior=[], answer=answer,
            folders_before={}, folders={},
        )  # fmt: skip
        promise: Any = SimpleNamespace(expect=SimpleNamespace(running=2, folders=[]))
        removals.test_one_command_starts_all(promise, early=SimpleNamespace(of=lambda _: seen))  # type: ignore[arg-type]

    judge(state("1", "exited", once=True))
    for wrong in (state("1", "exited", 1, once=True), state("1", "exited")):
        with pytest.raises(AssertionError, match="running without a restart"):
            judge(wrong)

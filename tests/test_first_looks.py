"""First looks: a service that starts slowly is waited for, once, and one that is down is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import redis as library

from fixtures import first_looks, waits
from fixtures.evidence import Evidence
from fixtures.first_looks import FirstLooks
from fixtures.lane_keys import Key
from fixtures.lanes import Lane
from fixtures.networks import Networks
from fixtures.postgres import REFUSED, Login, Postgres
from fixtures.probe_sessions import CouldNotLook
from fixtures.redaction import Redactor
from fixtures.redis import NO_ANSWER, Redis
from fixtures.transports import Transports

NEVER = 10**9
LISTENING = SimpleNamespace(state="listening", pid=7)


class Copy:
    """A lane of which the services listen after so many looks at their sockets."""

    def __init__(self, listens_after: dict[str, int], **services: dict[str, Any]) -> None:
        self.id, self.key = "copy", Key("shop", "shared")
        self.config: dict[str, Any] = {"services": {name: {} for name in listens_after} | services}
        self.looks = dict.fromkeys(listens_after, 0)
        self.after = listens_after
        self.status = "running"
        self.started = "0001-01-01T00:00:00Z"
        self.elsewhere = None
        self.env = {"USER": "u", "PASSWORD": "secret-1"}
        self.guarded = False
        self.redactor = Redactor()
        self.require_copy = lambda _: None

    def container(self, service: str) -> Any:
        if service not in self.looks:
            raise LookupError(service)
        port = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49000"}]}
        return SimpleNamespace(
            attrs={
                "State": {"Status": self.status, "StartedAt": self.started},
                "HostConfig": {"PortBindings": port},
                "NetworkSettings": {
                    "Ports": port if self.status == "running" else {},
                    "Networks": {"default": {"IPAddress": f"10.9.9.{len(service)}"}},
                },
                "RestartCount": 0,
            }
        )

    def published(self, service: str, port: int) -> Any:
        return Lane.published(self, service, port)  # type: ignore[arg-type]

    def beside(self, service: str) -> Any:
        def tcp_sockets() -> list[Any]:
            if self.status != "running":
                raise CouldNotLook(f"{service} is {self.status}")
            self.looks[service] += 1
            return [LISTENING] if self.looks[service] > self.after[service] else []

        return SimpleNamespace(
            tcp_sockets=tcp_sockets, unix_sockets=list, processes=list, connect=self._connected
        )

    def _connected(self, to: str, seconds: float) -> Any:
        service = to.removeprefix("tcp://").partition(":")[0]
        up = self.looks[service] > self.after[service]
        return SimpleNamespace(word="connected" if up else "refused")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that only sleeping moves."""
    now = SimpleNamespace(seconds=1000.0)

    def sleep(seconds: float) -> None:
        now.seconds += seconds

    for module in ("first_looks", "waits"):
        monkeypatch.setattr(f"fixtures.{module}.time.monotonic", lambda: now.seconds)
        monkeypatch.setattr(f"fixtures.{module}.time.sleep", sleep)
    return now


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Iterator[Callable[[Copy], Any]]:
    """Have a copy's services waited for, as the lane fixture does."""
    monkeypatch.setattr("fixtures.transports._SETTLED", {})

    def watch(copy: Copy) -> Any:
        probes: Any = copy
        transports = Transports(probes, probes, Evidence(Redactor()))
        monkeypatch.setitem(first_looks._OF_LANES, copy.id, FirstLooks(probes, transports))
        return copy

    yield watch
    assert clock.seconds < 1000.0 + 10 * waits.START


def test_a_published_port_is_told_once_its_service_listens(watched: Any, clock: Any) -> None:
    """`up -d` returns before a server without a health check serves; it is looked at once."""
    copy = watched(Copy({"web": 30}))

    assert Lane.published(copy, "web", 80) == ("127.0.0.1", 49000)
    assert copy.looks == {"web": 31}
    before = clock.seconds
    assert Lane.published(copy, "web", 80) == ("127.0.0.1", 49000)
    assert (copy.looks, clock.seconds) == ({"web": 31}, before)


def test_a_service_that_listens_costs_one_look(watched: Any, clock: Any) -> None:
    """No time passes."""
    copy = watched(Copy({"web": 0}))
    Lane.published(copy, "web", 80)

    assert (copy.looks, clock.seconds) == ({"web": 1}, 1000.0)


def test_one_that_never_listens_is_waited_for_once(watched: Any, clock: Any) -> None:
    """As long as a start may take, and then never again in this lane."""
    copy = watched(Copy({"worker": NEVER}))
    Lane.published(copy, "worker", 80)
    waited = clock.seconds - 1000.0
    Lane.published(copy, "worker", 80)
    first_looks.wait(copy, "worker")

    assert waited == pytest.approx(waits.START, abs=1)
    assert clock.seconds - 1000.0 == waited


def test_one_that_runs_for_long_is_not_waited_for(watched: Any, clock: Any) -> None:
    """What is silent after its start has had its time, as in an attached project."""
    copy = watched(Copy({"worker": NEVER}))
    copy.started = "2020-01-01T00:00:00.123456789Z"
    Lane.published(copy, "worker", 80)

    assert (copy.looks, clock.seconds) == ({"worker": 1}, 1000.0)


def test_a_port_that_is_not_published_is_not_waited_for(watched: Any, clock: Any) -> None:
    """That it is not is no question of time."""
    copy = watched(Copy({"worker": NEVER}))

    assert Lane.published(copy, "worker", 81) is None
    assert (copy.looks, clock.seconds) == ({"worker": 0}, 1000.0)


def test_one_that_has_ended_is_not_waited_for(watched: Any, clock: Any) -> None:
    """Nothing will listen in it, and its absence is what the check is to see."""
    copy = watched(Copy({"web": 0}))
    copy.status = "exited"

    assert Lane.published(copy, "web", 80) is None
    assert clock.seconds == 1000.0


def test_one_that_the_engine_starts_again_is_waited_for(
    watched: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program may end until its database serves; it publishes nothing meanwhile."""
    copy = watched(Copy({"web": 0}))
    copy.status = "restarting"

    def sleep(seconds: float) -> None:
        clock.seconds += seconds
        copy.status = "running" if clock.seconds > 1010.0 else "restarting"

    monkeypatch.setattr("fixtures.first_looks.time.sleep", sleep)

    assert Lane.published(copy, "web", 80) == ("127.0.0.1", 49000)


def test_what_a_proxy_was_started_after_is_waited_for(watched: Any) -> None:
    """A proxy listens before its backend; one that Compose has waited for is not looked at."""
    needs = {"app": {"condition": "service_started"}, "db": {"condition": "service_healthy"}}
    copy = watched(Copy({"proxy": 0, "app": 20, "db": 0}, proxy={"depends_on": needs}))
    Lane.published(copy, "proxy", 80)

    assert copy.looks == {"proxy": 1, "app": 21, "db": 0}


def test_scenarios_see_what_they_saw() -> None:
    """In a lane that is disturbed, and in one that is only started, nothing is waited for."""
    for name in ("crash", "as-printed-lifecycle", "peers", "exclusive"):
        copy: Any = Copy({"web": NEVER})
        copy.key = Key("shop", name)
        first_looks.watch(copy, Evidence(Redactor()))
        assert not first_looks.wait(copy, "web")
    assert Lane.published(copy, "web", 80) == ("127.0.0.1", 49000)
    assert copy.looks == {"web": 0}


def test_a_watch_ends_with_its_lane() -> None:
    """Nothing of a lane that is gone is kept."""
    over: list[Callable[[], None]] = []
    copy: Any = Copy({"web": 0})
    copy.probe_image, copy.on_close = "probe", over.append
    first_looks.watch(copy, Evidence(Redactor()))
    first_looks.watch(copy, Evidence(Redactor()))
    assert copy.id in first_looks._OF_LANES
    for callback in over:
        callback()

    assert copy.id not in first_looks._OF_LANES


def test_what_is_not_reached_by_name_is_waited_for(watched: Any) -> None:
    """From beside a service; what is reached at once costs no look."""
    copy = watched(Copy({"web": NEVER, "api": 5}, api={"container_name": "the-api"}))
    copy.after["web"] = -1
    networks = Networks(copy, copy, Evidence(Redactor()))
    places = {"it": "api:80", "other": "web:80"}

    assert networks.connect_from("web", places) == {"it": "connected", "other": "connected"}
    assert copy.looks == {"web": 0, "api": 6}


@pytest.mark.parametrize("host", ["api", "the-api", "alias", "10.9.9.3", "localhost"])
def test_a_place_is_of_the_service_that_it_names(watched: Any, host: str) -> None:
    """By its name, a fixed name, an alias or its address; the local host is the asker's own."""
    told = {"container_name": "the-api", "networks": {"default": {"aliases": ["alias"]}}}
    copy = watched(Copy({"proxy": 0, "api": 0}, api=told))

    assert first_looks.wait_at(copy, [f"{host}:80", "example.org:80"], near="api")
    assert copy.looks == {"proxy": 0, "api": 1}
    assert not first_looks.wait_at(copy, [f"{host}:80"], near="api")


def test_a_printed_address_is_of_the_service_that_publishes_it(watched: Any) -> None:
    """Compose writes the port of the host as a text."""
    copy = watched(Copy({"web": 3}, web={"ports": [{"target": 80, "published": "8080"}]}))
    first_looks.wait_published(copy, 9090)
    assert copy.looks == {"web": 0}

    first_looks.wait_published(copy, 8080)
    assert copy.looks == {"web": 4}


ACCOUNT: Any = SimpleNamespace(
    service="db", port=5432, user="USER", password="PASSWORD", database=None
)


def test_a_login_through_a_relay_waits_for_the_server(
    watched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It listens first, and then says for a while that it is starting up."""
    copy = watched(Copy({"db": 10}))
    said = iter(["FATAL:  the database system is starting up"] * 2 + ["FATAL:  no such role"])

    def connect(**_: object) -> None:
        assert copy.looks == {"db": 11}
        raise psycopg.OperationalError(next(said))

    monkeypatch.setattr("fixtures.postgres.psycopg.connect", connect)
    login = Postgres(copy, Evidence(Redactor())).login(ACCOUNT, at=("127.0.0.1", 1))

    assert login == Login(REFUSED, "FATAL:  no such role")


def test_a_server_that_says_nothing_wants_no_other_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client without one would be refused by a server that has come up in between."""
    asked: list[object] = []
    monkeypatch.setattr("fixtures.redis._replies", lambda *_: (NO_ANSWER,))
    monkeypatch.setattr("fixtures.redis.library.Redis", lambda **told: asked.append(told))
    copy: Any = Copy({"cache": 0})

    with pytest.raises(library.ConnectionError, match=NO_ANSWER):
        Redis(copy, Evidence(Redactor())).client(ACCOUNT, at=("127.0.0.1", 1))
    assert not asked

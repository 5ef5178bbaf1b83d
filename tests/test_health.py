"""Health: which probes count, and how long they are waited for, by the engine's own settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.events import Event
from fixtures.evidence import Evidence
from fixtures.health import Health
from fixtures.health_settings import Settings, settings
from fixtures.redaction import Redactor
from fixtures.states import State
from suites import lifecycle_stops as stops
from suites import test_health as checks
from suites import test_restarts as restarts

SECOND = 10**9
CHECK = ["CMD", "check"]
Runs = list[tuple[float, float, int]]


class Lane:
    """A container, its events up to now, and a clock that only waiting moves."""

    def __init__(self, runs: Runs, healthy: float | None = None, **told: float) -> None:
        self.now, self.runs, self.healthy = 0.0, runs, healthy
        self.retries, self.start_period = told.get("Retries", 3), told.get("StartPeriod", 0)
        self.told: dict[str, Any] = {"Test": CHECK} | {
            key: value if key == "Retries" else value * SECOND for key, value in told.items()
        }
        self.started = datetime.fromtimestamp(0, UTC)
        self.recorder: Any = SimpleNamespace(all=self.events, wait=self.wait)

    def tell(self, doing: str) -> None: ...

    def require_copy(self, what: str) -> None: ...

    def events(self) -> list[Event]:
        made = [Event(0.0, "web", "c", "start", "", "", None)]
        for number, (start, end, code) in enumerate(self.runs):
            exec_id = str(number)
            made.append(Event(start, "web", "c", "exec_start", "check", exec_id, None))
            made.append(Event(end, "web", "c", "exec_die", "", exec_id, code))
        if self.healthy is not None:
            made.append(Event(self.healthy, "web", "c", "health_status", "healthy", "", None))
        return sorted((one for one in made if one.at <= self.now), key=lambda one: one.at)

    def wait(self, enough: Callable[[list[Event]], bool], within: float) -> list[Event]:
        until = self.now + within
        while not enough(self.events()) and self.now < until:
            self.now += 0.5
        return self.events()

    def container(self, service: str) -> Any:
        ended = [run for run in self.runs if run[1] <= self.now]
        healthy = self.healthy is not None and self.now >= self.healthy
        counts = [run for run in ended if run[2] and run[0] >= self.start_period]
        failed = len(counts) >= self.retries
        log = [{"ExitCode": code, "Output": f"exit {code}"} for _, _, code in ended]
        status = "healthy" if healthy else "unhealthy" if failed else "starting"
        return SimpleNamespace(
            attrs={
                "Config": {"Healthcheck": self.told},
                "State": {
                    "StartedAt": "1970-01-01T00:00:00Z",
                    "Health": {"Status": status, "Log": log[-5:]},
                },
            }
        )


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch) -> Callable[[Lane], Health]:
    """Return the probe of a lane, whose clock is the only one."""

    def of(lane: Lane) -> Health:
        def sleep(seconds: float) -> None:
            lane.now += seconds

        for module in ("health", "waits"):
            monkeypatch.setattr(f"fixtures.{module}.time.monotonic", lambda: lane.now)
        monkeypatch.setattr("fixtures.health.time.time", lambda: lane.now)
        monkeypatch.setattr("fixtures.waits.time.sleep", sleep)
        stub: Any = lane
        return Health(stub, Evidence(Redactor()))

    return of


def interval(probe: Health, seconds: float) -> None:
    promise: Any = SimpleNamespace(expect=checks.Interval("web", seconds))
    checks.test_interval(promise, probe)


def every(first: float, gap: float, took: float, times: int, code: int = 0) -> Runs:
    period = gap + took
    return [(first + n * period, first + n * period + took, code) for n in range(times)]


def test_probes_of_a_start_period_have_an_interval_of_their_own(health: Any) -> None:
    """Engine 25 and later look every 5 s then: those gaps say nothing of the interval."""
    early = every(5.0, 5.0, 0.1, 3, 1)
    passed = [(20.3, 20.4, 0)]
    runs = early + passed + every(30.4, 10.0, 0.1, 3)

    interval(health(Lane(runs, 20.4, Interval=10, Timeout=5, StartPeriod=60)), 10.0)
    over = every(5.0, 5.0, 0.1, 11, 1) + every(61.2, 10.0, 0.1, 3, 1)
    interval(health(Lane(over, None, Interval=10, Timeout=5, StartPeriod=60, Retries=99)), 10.0)


def test_gaps_without_a_start_period_all_count(health: Any) -> None:
    """The second probe is enough; one that comes too early breaks the promise."""
    lane = Lane(every(10.0, 10.0, 0.1, 9), 10.1, Interval=10, Timeout=5)
    interval(health(lane), 10.0)
    assert lane.now < 21

    with pytest.raises(AssertionError, match=r"7\.0 s between probes"):
        interval(health(Lane(every(7.0, 7.0, 0.1, 9), 7.1, Interval=10, Timeout=5)), 10.0)


def test_a_probe_may_take_its_time(health: Any) -> None:
    """Two probes of 20 s and an interval of 10 s end after a minute."""
    interval(health(Lane(every(10.0, 10.0, 20.0, 3), 30.0, Interval=10, Timeout=30)), 10.0)


def test_one_gap_that_is_too_long_is_not_the_last_word(health: Any) -> None:
    """A busy machine makes a gap longer; two that are break the promise."""
    late = [(10.0, 10.1, 0), (25.0, 25.1, 0), *every(35.1, 10.0, 0.1, 2)]
    interval(health(Lane(late, 10.1, Interval=10, Timeout=5)), 10.0)

    with pytest.raises(AssertionError, match=r"15\.0 s between probes"):
        interval(health(Lane(every(10.0, 15.0, 0.1, 9), 10.1, Interval=10, Timeout=5)), 10.0)


def passes(probe: Health) -> None:
    promise: Any = SimpleNamespace(expect=checks.PassedCheck(["web"], 1))
    checks.test_passed_check_makes_healthy(promise, probe)


def prints(probe: Health, text: str) -> None:
    promise: Any = SimpleNamespace(expect=checks.Output("web", text))
    checks.test_output(promise, probe)


def test_a_probe_that_has_failed_is_not_the_last_word(health: Any) -> None:
    """A service that needs two minutes has them in its start period."""
    runs = [*every(10.0, 10.0, 0.1, 13, 1), (142.0, 142.1, 0)]
    told = {"Interval": 10, "Timeout": 5, "Retries": 3, "StartPeriod": 120}

    passes(health(Lane(runs, 142.1, **told)))
    prints(health(Lane(runs, 142.1, **told)), "exit 0")


def test_the_engines_defaults_are_waited_for(health: Any) -> None:
    """Without a word a check comes each 30 s: the second has not ended after 60 s."""
    runs = [(30.0, 31.0, 1), (61.0, 62.0, 0)]

    passes(health(Lane(runs, 62.0)))
    prints(health(Lane(runs, 62.0)), "exit 0")


def test_what_the_engine_calls_unhealthy_is_waited_for_no_longer(health: Any) -> None:
    """It has had at least the time that it always had."""
    lane = Lane(every(30.0, 30.0, 1.0, 20, 1), None, Interval=30, Timeout=20, Retries=2)
    with pytest.raises(AssertionError, match="web is unhealthy after 0 successes"):
        passes(health(lane))
    assert 62.0 <= lane.now < 66.0

    early = Lane([*every(1.0, 1.0, 0.1, 30, 1), (50.0, 50.1, 0)], 50.1, Interval=1, Timeout=1)
    passes(health(early))


def test_settings_are_the_engines_where_none_are_told() -> None:
    """30 s, 30 s, three failures; a check that is disabled is none."""
    lane: Any = Lane([])
    assert settings(lane, "web") == Settings(30.0, 30.0, 3, 0.0)
    lane.told = {"Test": ["NONE"], "Interval": SECOND}
    assert settings(lane, "web") is None
    lane.told = {}
    assert settings(lane, "web") is None


@pytest.mark.parametrize(("told", "within"), [(None, 0.0), ({}, 4 * 61.0), ({"Interval": 1}, 128)])
def test_a_restarted_service_has_the_time_of_its_check(
    told: dict[str, float] | None, within: float, health: Any
) -> None:
    """As long as the engine was told; a service without a check is not waited for."""
    lane = Lane([], **(told or {}))
    if told is None:
        lane.told = {}
    probe, waited = health(lane), list[Any]()

    def eventually(*asked: Any) -> str:
        waited.append(asked)
        return "none"

    probe.eventually = eventually
    cycle: Any = SimpleNamespace(
        health=probe,
        states=SimpleNamespace(states=dict),
        shell=SimpleNamespace(run=lambda *_: SimpleNamespace(exit_code=0)),
    )
    promise = SimpleNamespace(id="p", expect=stops.RestartOne("docker compose restart web", "web"))
    wanted: Any = SimpleNamespace(of=lambda _: [promise])
    made = stops.restart_one(cycle, wanted)

    assert waited == [("web", "healthy", pytest.approx(within))]
    assert made["p"].health == "none"


@pytest.mark.parametrize("health_now", ["none", "healthy", "unhealthy"])
def test_a_service_without_a_check_need_not_become_healthy(health_now: str) -> None:
    """Nobody says how it is."""

    def at(started: str) -> Any:
        return {"web": State("a", "running", started, 0, 0)}

    answer: Any = SimpleNamespace(exit_code=0, short="", timed_out=False)
    seen = stops.Restarted(answer, at("1"), at("2"), health_now)
    promise: Any = SimpleNamespace(expect=stops.RestartOne("restart", "web"))
    early: Any = SimpleNamespace(of=lambda _: seen)

    if health_now == "unhealthy":
        with pytest.raises(AssertionError, match="web is unhealthy after its restart"):
            restarts.test_one_is_restarted(promise, early)
    else:
        restarts.test_one_is_restarted(promise, early)

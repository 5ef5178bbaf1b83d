"""Breakers: a target that fails and recovers behind a circuit breaker, call by call."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.neighbours import Neighbour
    from fixtures.wanted import Wanted

KIND = "circuit-breaker"
ANSWER, LATE = 8.0, 0.7


@dataclass(frozen=True, slots=True)
class Target:
    """What the breaker protects; *env* names the server's variable with its URL."""

    service: str
    """The service that answers or fails."""
    port: int
    """Its port in the container."""
    path: str
    """Where the call goes."""
    env: str


@dataclass(frozen=True, slots=True)
class Breaker:
    """A server's breaker: it opens after so many *failures*, for *seconds*."""

    server: ChatService
    target: Target
    failures: int
    seconds: float
    scaled: float
    """Seconds that the variable *env* sets instead, to see it open twice."""
    env: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it was made, what came of it, and how often it reached the target."""

    at: float
    took: float
    result: str
    reached: int

    @property
    def answered(self) -> float:
        """When its answer came."""
        return self.at + self.took


@dataclass(slots=True)
class Story:
    """The calls by stage, in order."""

    calls: dict[str, list[Call]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    opening: Call | None = None
    """The failure that is to open it."""

    def results(self, stage: str) -> list[str]:
        """Return what came of each call of *stage*."""
        return [call.result for call in self.calls.get(stage, ())]

    def reached(self, stage: str) -> int:
        """Return how many calls of *stage* reached the target."""
        return sum(call.reached for call in self.calls.get(stage, ()))


class _Caller:
    """A client that calls through the breaker, and switches the target."""

    def __init__(self, server: ChatServer, client: ChatClient, target: Neighbour) -> None:
        self._server, self._client, self._target = server, client, target
        self.story = Story()

    def calls(self, stage: str, mode: str, times: int = 1, due: float = 0.0) -> list[Call]:
        """Call so many *times* while the target answers in this *mode*: ok, fail.

        The first call is at the moment *due*. Raises `RuntimeError` when it was late.
        """
        self._target.ask("/mode", {"mode": mode})
        made = [self._call(due if not number else 0.0) for number in range(times)]
        if due and made[0].at - due > LATE:
            raise RuntimeError(f"the call {stage} was {made[0].at - due:.2f} s late")
        self.story.calls.setdefault(stage, []).extend(made)
        return made

    def state(self, stage: str) -> None:
        """Keep the state that the server tells."""
        self.story.states[stage] = str(self._server.told("/debug/breaker").get("state"))

    def opens(self, stage: str, failures: int) -> Call:
        """Let so many calls fail, and one more; return the last of them."""
        made = self.calls(stage, "fail", failures)
        self.calls(f"{stage}, once more", "fail")
        return made[-1]

    def _call(self, due: float) -> Call:
        before = self._count()
        sent = self._client.send("call", due=due)
        said = self._client.wait(("call",), sent.after, ANSWER)
        result = str(said.data.get("result")) if said else "no answer"
        took = said.at - sent.at if said else ANSWER
        return Call(sent.at, round(took, 4), result, self._count() - before)

    def _count(self) -> int:
        return int(self._target.ask("/count")["count"])


def as_documented(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Take a breaker through its cycle with the documented times."""
    return _story(wanted, chat, chat_servers, _whole_cycle, {})


def scaled_down(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Let a breaker with a short time open, try in vain, and open again."""
    breaker = _breaker(wanted)
    changed = {breaker.env: f"{breaker.scaled:g}"}
    return _story(wanted, chat, chat_servers, partial(_opened_twice, breaker.scaled), changed)


def twice_as_documented(wanted: Wanted, chat: Chat, chat_servers: ChatServers) -> Story:
    """Do the same with the documented time."""
    seconds = _breaker(wanted).seconds
    return _story(wanted, chat, chat_servers, partial(_opened_twice, seconds), {})


def _breaker(wanted: Wanted) -> Breaker:
    found: Breaker = wanted.having("breaker")[0].expect.breaker
    return found


def _story(
    wanted: Wanted, chat: Chat, chat_servers: ChatServers, told: Any, changed: dict[str, str]
) -> Story:
    breaker = _breaker(wanted)
    target = breaker.target
    with chat_servers.another(target.service, target.port) as double:
        url = {target.env: f"http://{double.address}:{target.port}{target.path}"}
        with chat_servers.like(breaker.server, url | changed) as server:
            caller = _Caller(server, chat.open(server.chat), double)
            told(caller, breaker)
            caller.story.log = server.log()
            return caller.story


def _whole_cycle(caller: _Caller, breaker: Breaker) -> None:
    failures, seconds = breaker.failures, breaker.seconds
    caller.state("fresh")
    caller.calls("fresh", "ok")
    caller.calls("before a success", "fail", failures - 1)
    caller.calls("a success", "ok")
    caller.calls("after a success", "fail", failures - 1)
    caller.calls("forgotten", "ok")
    opening = caller.story.opening = caller.opens("opening", failures)
    caller.state("opened")
    for step in range(1, 11):
        due = opening.at + step * (seconds - 2.0) / 11
        caller.calls("while open", "ok", due=due)
    caller.calls("just before", "ok", due=opening.at + seconds - 1.0)
    caller.calls("just after", "ok", due=opening.answered + seconds + 0.5)


def _opened_twice(seconds: float, caller: _Caller, breaker: Breaker) -> None:
    failures = breaker.failures
    opening = caller.opens("opening", failures)
    (again,) = caller.calls("in vain", "fail", due=opening.answered + seconds + 0.5)
    caller.calls("reopened", "ok")
    caller.calls("reopened", "ok", due=again.at + seconds - 1.0)
    caller.calls("tried again", "ok", due=again.answered + seconds + 0.5)
    caller.state("closed")
    caller.calls("closed", "fail", failures - 1)
    caller.calls("still closed", "ok")

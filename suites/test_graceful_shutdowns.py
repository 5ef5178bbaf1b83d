"""Graceful shutdowns: what clients and work go through when a server is told to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from .graceful_shutdowns import (
    BESIDE,
    CLIENTS,
    KIND,
    LANE,
    Shutdown,
    Story,
    lines,
    stopped,
    working,
)

if TYPE_CHECKING:
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class LogsStart:
    shutdown: Shutdown
    start_message: str
    """What the line holds."""
    after: str
    """What an earlier line holds."""


@pytest.mark.promise(KIND, expect=LogsStart, lane=LANE, early=stopped)
def test_start_is_logged(promise: Promise[LogsStart], early: Story) -> None:
    """After two signals the log has this line once, behind that of the first signal."""
    begun = lines(early.log, promise.expect.start_message)
    signals = lines(early.log, promise.expect.after)

    assert len(begun) == 1, begun
    assert signals, "no signal is logged"
    assert early.log.index(begun[0]) > early.log.index(signals[0]), early.log[-6:]


@dataclass(frozen=True, slots=True)
class Refuses:
    shutdown: Shutdown
    newcomers: str
    """What connecting gives meanwhile."""


@pytest.mark.promise(KIND, expect=Refuses, lane=LANE, early=stopped)
def test_newcomers_refused(promise: Promise[Refuses], early: Story) -> None:
    """While it waits for work, whoever comes gets this word."""
    assert len(early.newcomers) == 2, early.newcomers
    words = [one.word for one in early.newcomers]

    assert words == [promise.expect.newcomers] * 2, early.newcomers
    assert early.done is not None, "the work was not done: nobody knows what it was waiting for"


@dataclass(frozen=True, slots=True)
class Notifies:
    shutdown: Shutdown
    notice: dict[str, Any]
    """The data of the notice."""
    within: float
    """Seconds from the first notice to the last."""


@pytest.mark.promise(KIND, expect=Notifies, lane=LANE, early=stopped)
def test_clients_notified(promise: Promise[Notifies], early: Story) -> None:
    """Each client gets one notice with these data, though one is among them that reads nothing."""
    notices = early.notices()
    counts = [len(each) for each in notices]

    assert counts == [1] * CLIENTS, f"notices of each client: {counts}"
    assert all(each[0].data == promise.expect.notice for each in notices), notices[0][0].data
    times = sorted(each[0].at for each in notices)
    assert times[-1] - times[0] < promise.expect.within, f"spread over {times[-1] - times[0]:.1f} s"
    assert all(s.end and s.end.at > n[0].at for s, n in zip(early.clients, notices, strict=True))


@dataclass(frozen=True, slots=True)
class Ordered:
    shutdown: Shutdown
    order: list[str]
    """The stages in their order."""


@pytest.mark.promise(KIND, expect=Ordered, lane=LANE, early=stopped)
def test_order(promise: Promise[Ordered], early: Story) -> None:
    """The port is closed, then comes the notice, then the work's answer, then all connections end.

    No look that began after the notice finds the port open, by the server's own sockets and by
    connecting. Every client's connection ends after the work is done, and the process after them.

    Cannot see: which came first, where the port is closed within milliseconds of the notice.
    """
    notices = early.notices()[0]
    assert notices, "no notice"
    assert early.done is not None, "no answer to the work"
    notice = notices[0]
    if early.newcomers[0].seconds > 2.0:
        raise RuntimeError(
            f"the port was looked at {early.newcomers[0].seconds} s after the notice"
        )
    ends = [seen.end.at for seen in early.clients if seen.end]
    # The notice takes its time, too: whether the port was open when it was sent, nobody can see.
    late = any(look.listening and look.began > notice.at for look in early.looks)
    closed = early.newcomers[0].word == "refused" and not late
    times = {
        "port closed": notice.at if closed else float("inf"),
        "notice": notice.at,
        "work done": early.done.at,
        "connections end": min(ends),
    }

    assert len(ends) == CLIENTS, f"{len(ends)} connections ended"
    assert [times[stage] for stage in promise.expect.order] == sorted(
        times[stage] for stage in promise.expect.order
    ), {stage: round(at - notice.at, 2) for stage, at in times.items()}


@dataclass(frozen=True, slots=True)
class Finishes:
    shutdown: Shutdown
    finishes: str
    """The event that answers the work."""


@pytest.mark.promise(KIND, expect=Finishes, lane=BESIDE, early=working)
def test_work_is_finished(promise: Promise[Finishes], early: Story) -> None:
    """SIGTERM lets the work take its time; its whole answer comes last, then the end, with 0."""
    assert early.exit is not None
    (client,) = early.clients
    answers = client.of(promise.expect.finishes)

    assert answers, f"no {promise.expect.finishes}: it ended after {early.seconds:.1f} s"
    assert answers[0].data == {"seconds": promise.expect.shutdown.pending}, answers[0].data
    assert client.frames[-1] == answers[0], client.frames[-1].event
    assert early.exit.code == 0, f"exit code {early.exit.code} (137: it was killed)"


@dataclass(frozen=True, slots=True)
class Closes:
    shutdown: Shutdown
    ends_with: str
    """How each connection ends: ``fin``, ``reset``."""


@pytest.mark.promise(KIND, expect=Closes, lane=LANE, early=stopped)
def test_connections_closed(promise: Promise[Closes], early: Story) -> None:
    """Every connection ends so, with work in progress and after it."""
    assert early.ends() == [promise.expect.ends_with] * CLIENTS, early.ends()


@dataclass(frozen=True, slots=True)
class Repeated:
    shutdown: Shutdown
    repeated: bool
    """Whether anything is done twice."""


@pytest.mark.promise(KIND, expect=Repeated, lane=LANE, early=stopped)
def test_second_signal(promise: Promise[Repeated], early: Story) -> None:
    """After a second signal each client still has one notice, and the work is still finished."""
    assert early.exit is not None
    more = [len(each) > 1 for each in early.notices()]

    assert more == [promise.expect.repeated] * CLIENTS, more
    assert early.done is not None, "the work was not finished"
    assert early.exit.code == 0, f"exit code {early.exit.code}"


@dataclass(frozen=True, slots=True)
class Returns:
    shutdown: Shutdown
    returns_after: list[float]
    """Seconds from the end of its connection, at least and at most."""


@pytest.mark.promise(KIND, expect=Returns, lane=LANE, early=stopped)
def test_client_returns(promise: Promise[Returns], early: Story) -> None:
    """The server is back at once; its client tries again so many seconds after it was let go.

    So the client tells, and the server sees nobody before that time.
    """
    low, high = promise.expect.returns_after

    assert early.returned is not None, "it never came back"
    assert early.returned >= low, f"it was back {early.returned} s after the notice"
    assert early.waited is not None, "it does not tell how long it waited"
    assert low <= early.waited <= high, f"it waited {early.waited} s"

"""Starts and ports, by the commands as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import lifecycle_starts as starts
from .lifecycle import History, failures
from .lifecycle_scenarios import PRINTED, as_printed

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.talks import Talks

CONNECTED, REFUSED = "connected", "refused"


@pytest.mark.promise("compose-command", expect=starts.Up, lane=PRINTED, early=as_printed)
def test_command_starts(promise: Promise[starts.Up], early: History, talks: Talks) -> None:
    """It ends well; these services run on and answer, and no other has a container.

    A one-shot among them may have ended, with 0.
    """
    expect = promise.expect
    seen: starts.Started = early.of(promise)
    states = {s: "running" if one.up else one.status for s, one in seen.states.items()}
    again = {service: one.restarts for service, one in seen.states.items() if one.restarts}
    silent = {
        server.service: seen.words.get(server.service, "no container")
        for server in expect.answers
        if not talks.spoken(server.protocol, seen.words.get(server.service, "no container"))
    }

    assert not failures(seen.answer), seen.answer.short
    assert states == dict.fromkeys(expect.started, "running"), f"containers: {states}"
    assert not again, f"started again and again: {again}"
    assert not silent, f"not answered: {silent}"


@pytest.mark.promise("compose-command", expect=starts.Back, lane=PRINTED, early=as_printed)
def test_restart_brings_back(promise: Promise[starts.Back], early: History, talks: Talks) -> None:
    """The same container of that service alone starts anew, and answers again in time."""
    expect = promise.expect
    seen: starts.Answered = early.of(promise)
    anew = [
        service
        for service, one in seen.after.items()
        if service not in seen.before or seen.before[service].started != one.started
    ]
    same = {s: one.container == seen.after[s].container for s, one in seen.before.items()}

    assert not failures(seen.answer), seen.answer.short
    assert anew == [expect.service], f"started anew: {anew}"
    assert all(same.values()), f"the same containers: {same}"
    assert talks.spoken(expect.speaks, seen.word), f"after {expect.seconds:g} s: {seen.word}"


@pytest.mark.promise("env-file", expect=starts.Moved, lane=PRINTED, early=as_printed)
def test_variable_moves_port(promise: Promise[starts.Moved], early: History, talks: Talks) -> None:
    """The port is where the default says, then where .env says and there alone."""
    expect = promise.expect
    seen: starts.Place = early.of(promise)

    def there(word: str) -> bool:
        return word == CONNECTED if expect.speaks is None else talks.spoken(expect.speaks, word)

    assert not failures(seen.answer), seen.answer.short
    assert there(seen.first), f"by default, port {expect.default}: {seen.first}"
    assert there(seen.new), f"with {expect.variable}={expect.other}: {seen.new}"
    assert seen.old == REFUSED, f"port {expect.default} then: {seen.old}"
    if expect.inside and expect.speaks:
        assert there(seen.inside), f"{expect.inside} on the network: {seen.inside}"


@pytest.mark.promise("env-file", expect=starts.Edited, lane=PRINTED, early=as_printed)
def test_edited_value_has_effect(promise: Promise[starts.Edited], early: History) -> None:
    """The service's container is another one, and publishes its port on the new number."""
    expect = promise.expect
    seen: starts.Applied = early.of(promise)
    before, after = (states.get(expect.service) for states in (seen.before, seen.after))

    assert not failures(seen.answer), seen.answer.short
    assert before is not None, f"{expect.service} had no container"
    assert after is not None, f"{expect.service} has no container"
    assert before.container != after.container, f"{expect.service} is the container it was"
    assert str(seen.published) == expect.value, f"published on {seen.published}"

"""Unix sockets: who made them, who may connect, what answers there, and what goes through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms
from .balancing import Pool

if TYPE_CHECKING:
    from fixtures.balancer import Balancer
    from fixtures.inner_http import InnerHttp
    from fixtures.listeners import Listeners
    from fixtures.one_offs import OneOffs
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Carried:
    pool: Pool
    peer: str
    """The service at the other end."""
    socket: terms.Socket
    times: int = 8
    """How many requests are sent."""


@pytest.mark.promise("transport", expect=Carried)
def test_traffic(promise: Promise[Carried], balancer: Balancer, traffic: Traffic) -> None:
    """While requests run, the connections to the peer go through the socket, none through TCP."""
    expect, pool = promise.expect, promise.expect.pool
    balancer.ready(pool.stats, pool.backend)
    spread = balancer.spread(pool.entry, pool.identity, expect.times)
    seen = traffic.between(pool.entry, expect.peer, expect.socket)

    instance = balancer.instance(expect.peer)
    assert instance in spread.instances, f"{expect.peer} answered none: {spread.statuses}"
    assert seen.over_unix > 0, f"no connection through {expect.socket}"
    assert seen.over_tcp == 0, f"{seen.over_tcp} TCP connections to {expect.peer}"


@dataclass(frozen=True, slots=True)
class Socket:
    service: terms.Service
    socket: terms.Socket
    seen_by: list[str]
    """Services that see the same socket."""
    path: terms.Path
    status: terms.Status
    identity: str
    """The header in which an instance names itself."""


@pytest.mark.promise("unix-socket", expect=Socket)
def test_socket(
    promise: Promise[Socket], probes: ProbeContainers, inner_http: InnerHttp, balancer: Balancer
) -> None:
    """It is a socket on which this service listens; the others see the same, and it answers."""
    expect = promise.expect
    own = probes.beside(expect.service)
    facts = own.stat(expect.socket)
    listening = [one.name for one in own.unix_sockets() if one.state == "listening" and one.pid]

    assert facts.kind == "socket", f"{expect.socket} is {facts.kind}"
    assert expect.socket in listening, f"{expect.service} listens on {listening}"
    for service in expect.seen_by:
        seen = probes.beside(service).stat(expect.socket)
        assert (seen.kind, seen.device, seen.inode) == ("socket", facts.device, facts.inode), (
            f"{service} sees another file: {seen}"
        )
        answer = inner_http.get(service, f"unix://{expect.socket}", expect.path)
        assert answer.status == expect.status, f"asked from {service}: {answer.status}"
        assert answer.first(expect.identity) == balancer.instance(expect.service)


@dataclass(frozen=True, slots=True)
class OwnSockets:
    folder: str
    """The folder in the containers."""
    sockets: terms.Sockets
    path: terms.Path
    identity: str
    """The header in which an instance names itself."""


@pytest.mark.promise("unix-socket", expect=OwnSockets)
def test_own_sockets(
    promise: Promise[OwnSockets], probes: ProbeContainers, inner_http: InnerHttp
) -> None:
    """The folder holds these sockets alone; each service listens on its own and answers there."""
    expect = promise.expect
    names: set[str] = set()
    for service, path in expect.sockets.items():
        probe = probes.beside(service)
        names |= set(probe.listdir(expect.folder).names)
        listening = [
            one.name
            for one in probe.unix_sockets()
            if one.state == "listening" and one.name and not one.abstract
        ]
        assert listening == [path], f"{service} listens on {listening}"
    answers = {
        service: inner_http.get(service, f"unix://{path}", expect.path)
        for service, path in expect.sockets.items()
    }
    identities = {service: said.first(expect.identity) for service, said in answers.items()}

    for service, said in answers.items():
        assert said.status == 200, f"{service} on its socket: {said.status}"
        assert identities[service], f"{service} does not name itself: no {expect.identity}"
    assert names == {path.rpartition("/")[2] for path in expect.sockets.values()}, sorted(names)
    assert len(set(identities.values())) == len(identities), f"who answers: {identities}"


@dataclass(frozen=True, slots=True)
class Mode:
    mode: terms.Mode
    sockets: terms.Sockets
    foreign: list[int] = field(default_factory=list)
    """Other users that may connect; each asks in a group of its own number."""
    umask: str | None = None
    """A umask with which the mode must be the same."""


@pytest.mark.promise("unix-socket", expect=Mode)
def test_mode(
    promise: Promise[Mode], probes: ProbeContainers, one_offs: OneOffs, listeners: Listeners
) -> None:
    """The mode is this, whatever the umask, and each of these users connects.

    Cannot see: access control lists.
    """
    expect = promise.expect
    for service, path in expect.sockets.items():
        probe = probes.beside(service)
        facts = probe.stat(path)
        assert (facts.kind, facts.mode) == ("socket", expect.mode), f"{path}: {facts}"
        words = {uid: probe.connect(f"unix://{path}", uid).word for uid in expect.foreign}
        assert set(words.values()) <= {"connected"}, f"{path} as another user: {words}"
    if expect.umask is None:
        return
    service, path = next(iter(expect.sockets.items()))
    with one_offs.like(service, one_offs.changed(umask=expect.umask, fresh=True)) as run:
        seen = listeners.of(run)
        assert f"unix://{path}" in seen.places, f"with umask {expect.umask}: {seen.short}"
        mode = run.settled_mode(path, expect.mode)
        assert mode == expect.mode, f"with umask {expect.umask} the mode is {mode}"


@dataclass(frozen=True, slots=True)
class Answers:
    sockets: terms.Sockets
    path: terms.Path
    status: terms.Status
    versions: list[str]
    """Versions of HTTP, such as ``1.1``."""


@pytest.mark.promise("unix-socket", expect=Answers)
def test_answers(promise: Promise[Answers], inner_http: InnerHttp) -> None:
    """Asked on its socket, not through any proxy, each service answers in each version of HTTP."""
    expect = promise.expect
    for service, path in expect.sockets.items():
        for version in expect.versions:
            answer = inner_http.get(service, f"unix://{path}", expect.path, version=version)
            assert answer.status == expect.status, f"{service}, HTTP/{version}: {answer.status}"


@dataclass(frozen=True, slots=True)
class SocketFolder:
    folder: str
    """The folder in the containers."""
    makers: dict[str, str]
    """By service, the socket that it makes there."""
    clients: terms.Clients
    foreign: int
    """The number of a user that no image has."""


@pytest.mark.promise("unix-socket", expect=SocketFolder)
def test_folder(promise: Promise[SocketFolder], probes: ProbeContainers) -> None:
    """Its makers can create there, its clients get through, and a foreign user cannot create."""
    expect = promise.expect
    for service, socket in expect.makers.items():
        probe = probes.beside(service)
        facts = probe.stat(expect.folder)
        assert facts.kind == "directory", f"{expect.folder} is {facts.kind}"
        word = probe.write_test(expect.folder)
        assert word == "written", f"{service} itself: {word}"
        foreign = probe.write_test(expect.folder, expect.foreign)
        assert foreign == "EACCES", f"a foreign user in {service}: {foreign}; mode {facts.mode}"
        for client in expect.clients:
            who = min(probes.beside(client).processes(), key=lambda one: one.pid)
            to = f"unix://{socket}"
            met = probes.beside(client).connect(to, who.uid, who.gid).word
            assert met == "connected", f"{client}, user {who.uid}: {met}"

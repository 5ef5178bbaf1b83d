"""Probes beside real containers."""

from __future__ import annotations

import io
import platform
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar, cast

import docker
import docker.errors
import pytest

from fixtures.images import Images
from fixtures.owners import labels
from fixtures.probe import CouldNotLook, Probe, ProbeContainers
from fixtures.probe_protocols import Step, redis_ping
from fixtures.relays import Relay

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from fixtures.evidence import Evidence
    from fixtures.lanes import Lane

pytestmark = pytest.mark.engine
T = TypeVar("T")

# Answers PING as Redis does, over TCP and over a Unix socket that only its group may use.
SERVER = """
import os, socket, socketserver, threading
class Pong(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77) \\
            if self.request.family != socket.AF_UNIX else None
        while data := self.request.recv(65536):
            self.request.sendall(b"+PONG\\r\\n" if b"PING" in data else data)
class Unix(socketserver.ThreadingUnixStreamServer):
    request_queue_size = 64
class Tcp(socketserver.ThreadingTCPServer):
    request_queue_size = 64
unix = Unix("/sockets/server.sock", Pong)
os.chmod("/sockets/server.sock", 0o660)
threading.Thread(target=unix.serve_forever, daemon=True).start()
Tcp(("0.0.0.0", 6379), Pong).serve_forever()
"""


class Looks:
    """Evidence that is not kept."""

    def record(self, probe: str, target: str, look: Callable[[], T]) -> T:
        return look()


class Services:
    """What a lane is to a probe, with containers of these tests instead of a stack."""

    def __init__(self, client: DockerClient) -> None:
        self.client = client
        self.id = f"probe-test-{secrets.token_hex(3)}"
        self.project = f"stackproof-{self.id}"
        self.labels = labels(self.id)
        self.network = client.networks.create(f"{self.project}-net", labels=self.labels)

    def run(self, service: str, image: str, command: list[str], **options: Any) -> Container:
        alias = self.client.api.create_endpoint_config(aliases=[service])
        return self.client.containers.run(
            image, command, detach=True, name=f"{self.project}-{service}", labels=self.labels,
            network=self.network.name, networking_config={str(self.network.name): alias},
            **options,
        )  # fmt: skip

    def container(self, service: str) -> Container:
        return self.client.containers.get(f"{self.project}-{service}")

    def all(self) -> list[Container]:
        return self.client.containers.list(
            all=True, filters={"label": f"io.stackproof.lane={self.id}"}
        )

    def close(self) -> None:
        for container in self.all():
            container.remove(force=True)
        self.network.remove()


@pytest.fixture(scope="module")
def client() -> Iterator[DockerClient]:
    with closing(docker.from_env()) as client:
        yield client


@pytest.fixture(scope="module")
def tags(client: DockerClient) -> dict[str, str]:
    return Images(client, "auto", {}, print).build(["probe", "python"])


@pytest.fixture
def services(client: DockerClient) -> Iterator[Services]:
    services = Services(client)
    yield services
    services.close()


@pytest.fixture
def probes(services: Services, tags: dict[str, str]) -> Iterator[ProbeContainers]:
    probes = ProbeContainers(cast("Lane", services), tags["probe"], cast("Evidence", Looks()))
    yield probes
    probes.close()
    eventually(
        lambda: all("-probe-" not in str(c.name).split(services.id)[1] for c in services.all())
    )


@pytest.fixture
def server(services: Services, probes: ProbeContainers, tags: dict[str, str]) -> Probe:
    services.run(
        "server", tags["python"], ["python3", "-c", SERVER], user="1000:1000", read_only=True,
        tmpfs={"/sockets": "size=1m,mode=0755,uid=1000,gid=1000"}, mem_limit="64m",
    )  # fmt: skip
    probe = probes.beside("server")
    for to in ("tcp://127.0.0.1:6379", "unix:///sockets/server.sock"):
        eventually(lambda to=to: probe.connect(to).word == "connected")  # type: ignore[misc]
    return probe


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_files_as_the_service_sees_them(server: Probe) -> None:
    """Types, modes, owners, mounts and limits are the service's own."""
    sock = server.stat("/sockets/server.sock")
    mount = server.statfs("/sockets")
    cgroup = server.cgroup()

    assert (sock.kind, sock.mode, sock.uid, sock.gid) == ("socket", "0660", 1000, 1000)
    assert (mount.kind, mount.size, mount.mounted_at) == ("tmpfs", 1 << 20, "/sockets")
    assert server.stat("/nothing").kind == "absent"
    assert "Uid:\t1000" in server.read("/proc/1/status").text
    assert "ro" in next(m for m in server.mounts() if m.target == "/").options
    assert cgroup.memory == 64 << 20


def test_writing_is_tried_through_the_services_mount(server: Probe) -> None:
    """A read-only root, a folder of its own and a stranger have three answers."""
    assert server.write_test("/etc") == "EROFS"
    assert server.write_test("/sockets") == "written"
    assert server.write_test("/sockets", uid=12345) == "EACCES"
    assert server.listdir("/sockets").names == ("server.sock",)


def test_permission_is_tried_as_the_client(server: Probe) -> None:
    """The socket's group may connect, a stranger may not, and root proves nothing."""
    to = "unix:///sockets/server.sock"
    words = [server.connect(to, uid, gid).word for uid, gid in ((1, 1000), (1, 1), (None, None))]

    assert words == ["connected", "denied", "connected"]


def test_protocols_and_steps(server: Probe) -> None:
    """A conversation is held over TCP and over a Unix socket."""
    assert server.talk("tcp://127.0.0.1:6379", redis_ping()) == "PONG"
    assert server.talk("unix:///sockets/server.sock", redis_ping()) == "PONG"
    assert server.talk("tcp://127.0.0.1:6380", redis_ping()) == "refused"
    echo = server.exchange("tcp://127.0.0.1:6379", (Step(b"\0\xff", at_least=2),))
    assert echo.received == ("\0\xff",)


def test_sockets_and_their_holders(server: Probe) -> None:
    """The listening sockets belong to PID 1; the probe's own are left out."""
    listening = [s for s in server.tcp_sockets() if s.state == "listening" and s.pid]
    unix = [s for s in server.unix_sockets() if s.name == "/sockets/server.sock"]

    assert [(s.local, s.local_port, s.pid) for s in listening] == [("0.0.0.0", 6379, 1)]
    assert [(s.state, s.pid, s.type) for s in unix] == [("listening", 1, "stream")]
    assert unix[0].file_inode == server.stat("/sockets/server.sock").inode


def test_live_options_and_peers(server: Probe) -> None:
    """Options are read from accepted sockets while a client is connected."""
    with Relay(server, "tcp://127.0.0.1:6379") as relay, closing(joined(relay)) as client:
        client.sendall(b"PING")
        assert client.recv(7) == b"+PONG\r\n"
        accepted = server.socket_options(6379, ("SO_KEEPALIVE", "TCP_KEEPIDLE"))

    assert [s.options for s in accepted] == [{"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 77}]


def joined(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), 10)


def test_relay_carries_many(server: Probe) -> None:
    """Connections do not mix, and a large answer arrives whole, in both kinds of relay."""

    def echo(number: int) -> bool:
        data = bytes([number]) * 300_000
        with closing(joined(relay)) as stream:
            threading.Thread(target=stream.sendall, args=(data,), daemon=True).start()
            got = b""
            while len(got) < len(data):
                got += stream.recv(1 << 16)
        return got == data

    with Relay(server, "unix:///sockets/server.sock") as relay, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(echo, range(8)))
        assert relay.troubles == ()
    local = socket.socket(socket.AF_UNIX)
    with Relay(server, "tcp://127.0.0.1:6379", unix=True) as relay, closing(local):
        local.connect(relay.path)
        local.sendall(b"abc")
        local.shutdown(socket.SHUT_WR)
        assert local.recv(10) == b"abc"
        assert local.recv(10) == b""


def test_relay_says_why_it_does_not_carry(server: Probe) -> None:
    """A refused connection is closed, and the reason is kept."""
    with Relay(server, "tcp://127.0.0.1:1") as relay, closing(joined(relay)) as stream:
        assert stream.recv(1) == b""
        assert relay.troubles == ("refused ECONNREFUSED",)


def test_many_ask_at_once(server: Probe) -> None:
    """Answers reach the thread that asked, while others wait."""
    with ThreadPoolExecutor(16) as pool:
        slow = pool.submit(server.connect, "tcp://127.0.0.1:6379")
        names = list(pool.map(lambda n: server.stat(f"/{n}").kind, ["etc", "none"] * 100))

    assert names == ["directory", "absent"] * 100
    assert slow.result().word == "connected"


def test_names_and_isolation(
    services: Services, probes: ProbeContainers, tags: dict[str, str]
) -> None:
    """A name resolves beside its network's services, and nowhere else."""
    container = services.run("db", tags["python"], ["sleep", "60"], init=True)
    container.reload()
    network = str(services.network.name)
    inside = container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
    beside, foreign = probes.beside("db"), probes.on_foreign_network()

    assert beside.resolve("db").addresses == (inside,)
    assert probes.on_network(network).resolve("db").addresses == (inside,)
    assert foreign.resolve("db").word in ("unknown", "try-again")
    assert beside.resolve("localhost").word == "resolved"


def test_without_anything_in_the_image(
    services: Services, probes: ProbeContainers, tags: dict[str, str]
) -> None:
    """A service with one program and no shell is looked at all the same."""
    if platform.machine() != "x86_64":
        pytest.skip("the paths of the C library are those of x86-64")
    dockerfile = f"""
FROM {tags["python"]} AS full
FROM scratch
COPY --from=full /usr/bin/sleep /sleep
COPY --from=full /lib64/ld-linux-x86-64.so.2 /lib64/
COPY --from=full /lib/x86_64-linux-gnu/libc.so.6 /lib/
CMD ["/sleep", "60"]
"""
    bare = f"{services.project}-bare"
    services.client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=bare, rm=True)
    try:
        services.run("bare", bare, ["/sleep", "60"], cap_drop=["ALL"])
        probe = probes.beside("bare")

        assert [p.command for p in probe.processes()] == [("/sleep", "60")]
        assert probe.stat("/sleep").mode == "0755"
        assert probe.write_test("/") == "written"
        assert probe.resolve("localhost").word == "resolved"
        assert probe.signal(1, "SIGKILL") == "ignored"
    finally:
        services.container("bare").remove(force=True)
        services.client.images.remove(bare)


def test_a_restarted_service_gets_a_new_probe(server: Probe, services: Services) -> None:
    """The probe ends with its service; the next look is taken beside the new one."""
    first = server.session()
    services.container("server").restart(timeout=0)
    eventually(lambda: not first.alive)

    assert server.stat("/sockets").kind == "directory"
    assert server.session() is not first


def test_a_paused_service_is_looked_at(server: Probe, services: Services) -> None:
    """A frozen service still has files, and says nothing."""
    services.container("server").pause()

    assert server.stat("/sockets/server.sock").kind == "socket"
    assert server.talk("tcp://127.0.0.1:6379", redis_ping(), seconds=0.3) == "silent"
    services.container("server").unpause()


def test_a_stopped_service_cannot_be_looked_at(server: Probe, services: Services) -> None:
    """Nobody could look: that is not the answer that nothing is there."""
    services.container("server").stop(timeout=0)

    with pytest.raises(CouldNotLook):
        server.stat("/sockets")


def test_an_unknown_service_cannot_be_looked_at(probes: ProbeContainers) -> None:
    """A service without a container is no answer either."""
    with pytest.raises(CouldNotLook):
        probes.beside("nobody").stat("/")


def test_nothing_stays_when_the_asker_dies(server: Probe, services: Services) -> None:
    """A broken stream ends the program, and the engine removes its container."""
    server.session()._stream.close()

    eventually(lambda: [c.name for c in services.all()] == [f"{services.project}-server"])

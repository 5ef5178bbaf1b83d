"""What a question to a probe costs, beside `docker exec`.

Run by hand: python benchmarks/probe_latency.py

One container of ours stands as the service. The same three questions (the mode of a file, the
content of a file, the TCP sockets) go to the probe and, in the same loop, to `docker exec` by the
SDK and by the command line, so that whatever else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

sys.path.insert(0, str(Path(__file__).parents[1]))

import docker

from fixtures.images import Images
from fixtures.owners import labels
from fixtures.probe import Probe, ProbeContainers

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from fixtures.evidence import Evidence
    from fixtures.lanes import Lane

T = TypeVar("T")
TARGET = 0.002  # seconds, the median: DESIGN, budgets
COMMANDS = {
    "stat": ["stat", "/etc/hosts"],
    "read": ["cat", "/etc/os-release"],
    "sockets": ["cat", "/proc/net/tcp"],
}


class NotKept:
    """Evidence of a benchmark: none."""

    def record(self, _probe: str, _target: str, look: Callable[[], T]) -> T:
        """Return what *look* returns."""
        return look()


class Service:
    """What a lane is to a probe: here one container."""

    def __init__(self, client: DockerClient, container: Container, lane_id: str) -> None:
        self.client = client
        self.project = str(container.name)
        self.labels = labels(lane_id)
        self._container = container

    def container(self, _service: str) -> Container:
        """Return the one container."""
        return self._container


def questions(probe: Probe) -> tuple[Callable[[], object], ...]:
    """Return the probe's way to ask what COMMANDS ask."""
    return (
        lambda: probe.stat("/etc/hosts"),
        lambda: probe.read("/etc/os-release"),
        probe.tcp_sockets,
    )


def timed(ask: Callable[[], object]) -> float:
    """Return how many seconds *ask* takes."""
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def measured(probe: Probe, container: Container, count: int, every: int) -> dict[str, list[float]]:
    """Ask *count* questions of the probe, and each *every*-th also of `docker exec`."""
    seconds: dict[str, list[float]] = {}

    def keep(way: str, ask: Callable[[], object]) -> None:
        seconds.setdefault(way, []).append(timed(ask))

    asks = dict(zip(COMMANDS, questions(probe), strict=True))
    for number in range(count):
        sort = list(COMMANDS)[number % len(COMMANDS)]
        keep(f"probe, {sort}", asks[sort])
        if number % every == 0:
            command = COMMANDS[sort]
            line = ["docker", "exec", str(container.name), *command]
            keep("exec, SDK", partial(container.exec_run, command))
            keep("exec, CLI", partial(subprocess.run, line, check=True, capture_output=True))
    return seconds


def main() -> int:
    """Print the table; return 0 when the median is within the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--every", type=int, default=10, help="compare with every n-th question")
    arguments = parser.parse_args()
    client = docker.from_env()
    tags = Images(client, "auto", {}, print).build(["probe", "python"])
    lane_id = f"probe-latency-{secrets.token_hex(3)}"
    network = client.networks.create(f"stackproof-{lane_id}", labels=labels(lane_id))
    container = client.containers.run(
        tags["python"], ["sleep", "infinity"], detach=True, init=True, network=network.name,
        name=f"stackproof-{lane_id}", labels=labels(lane_id),
    )  # fmt: skip
    lane = cast("Lane", Service(client, container, lane_id))
    probes = ProbeContainers(lane, tags["probe"], cast("Evidence", NotKept()))
    try:
        probe = probes.beside("service")
        start = timed(probe.session)
        seconds = measured(probe, container, arguments.questions, arguments.every)
    finally:
        probes.close()
        container.remove(force=True)
        network.remove()
    every = [each for way, times in seconds.items() if way.startswith("probe") for each in times]
    median = statistics.median(every)
    print(f"start of a probe: {start * 1e3:.0f} ms")
    print(f"{'':14} {'asked':>5} {'median':>10} {'p95':>10} {'ratio':>7}")
    for way, times in {"probe, all": every, **seconds}.items():
        middle, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(
            f"{way:14} {len(times):5} {middle * 1e3:7.2f} ms {high * 1e3:7.2f} ms"
            f" {middle / median:6.1f}x"
        )
    return 0 if median <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())

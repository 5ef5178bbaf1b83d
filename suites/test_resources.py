"""Resources: memory, CPU and privileges that containers get, by the compose file and the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.containers import Containers
    from fixtures.cpu import Cpu
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise

UNLIMITED = ("absent", 0, "0", 0.0)
TRIES = 3
SLACK = 1.1
"""Quota is handed out in slices: a period may get some of the next one's (kernel, sched-bwc)."""


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    service: terms.Service
    memory_bytes: int
    """The memory that the container may use."""


@pytest.mark.promise("resources", expect=MemoryLimit)
def test_memory_limit(promise: Promise[MemoryLimit], config: Config) -> None:
    """The service may use this much memory."""
    assert memory(config, promise.expect.service) == promise.expect.memory_bytes


@pytest.mark.promise("resources", expect=MemoryLimit, lane="shared")
def test_memory_in_cgroup(promise: Promise[MemoryLimit], probes: ProbeContainers) -> None:
    """The container's own cgroup files hold this memory limit.

    About resources: memory and CPU that a container gets.

    Cannot see: whether the limit is enough.
    """
    assert probes.beside(promise.expect.service).cgroup().memory == promise.expect.memory_bytes


@dataclass(frozen=True, slots=True)
class MemoryLimits:
    memory_table: dict[str, int]
    """By service, the memory in bytes that its container may use."""


@pytest.mark.promise("resources", expect=MemoryLimits)
def test_memory_limits(promise: Promise[MemoryLimits], config: Config) -> None:
    """Each service may use the memory that the list gives it."""
    seen = {service: memory(config, service) for service in promise.expect.memory_table}

    assert seen == promise.expect.memory_table


@dataclass(frozen=True, slots=True)
class NoCpuLimit:
    service: terms.Service
    cpus: Literal["unlimited"]
    """Says that nothing limits it."""


@pytest.mark.promise("resources", expect=NoCpuLimit)
def test_no_cpu_limit(promise: Promise[NoCpuLimit], config: Config) -> None:
    """Nothing limits the CPU of the service."""
    service = promise.expect.service
    seen = {key: config.service(service, key) for key in ("cpus", "cpu_quota")}
    seen["deploy"] = config.service(service, "deploy", "resources", "limits", "cpus")

    assert all(value in UNLIMITED for value in seen.values()), seen


@pytest.mark.promise("resources", expect=NoCpuLimit, lane="shared")
def test_no_cpu_quota_in_cgroup(promise: Promise[NoCpuLimit], probes: ProbeContainers) -> None:
    """The container's own cgroup files hold no CPU quota.

    Cannot see: CPU sets and limits of a parent.
    """
    assert probes.beside(promise.expect.service).cgroup().cpus is None


@dataclass(frozen=True, slots=True)
class Limited:
    limited: list[str]
    """Services with a ceiling for memory and for CPU."""


@pytest.mark.promise("resources", expect=Limited)
def test_memory_and_cpu_limited(promise: Promise[Limited], config: Config) -> None:
    """Both the memory and the CPU of every service have a ceiling."""
    for service in promise.expect.limited:
        assert memory(config, service), f"{service} has no memory limit"
    unlimited = [s for s in promise.expect.limited if cpus(config, s) is None]

    assert not unlimited, f"no CPU limit: {', '.join(unlimited)}"


@dataclass(frozen=True, slots=True)
class Ceiling:
    service: terms.Service
    memory_bytes: int
    """The memory that the container may use."""
    cpus: float
    """How many CPUs it may use."""


@pytest.mark.promise("resources", expect=Ceiling)
def test_memory_and_cpu_limit(promise: Promise[Ceiling], config: Config) -> None:
    """The service may use this much memory and this many CPUs."""
    expect = promise.expect

    assert memory(config, expect.service) == expect.memory_bytes
    assert cpus(config, expect.service) == expect.cpus


def memory(config: Config, service: str) -> int | None:
    """Return the memory limit of *service* in bytes, by either of Compose's two ways."""
    for path in (("mem_limit",), ("deploy", "resources", "limits", "memory")):
        value = config.service(service, *path)
        if value not in UNLIMITED:
            return int(value)
    return None


def cpus(config: Config, service: str) -> float | None:
    """Return the CPU limit of *service*, by either of Compose's two ways."""
    for path in (("cpus",), ("deploy", "resources", "limits", "cpus")):
        value = config.service(service, *path)
        if value not in UNLIMITED:
            return float(value)
    return None


@dataclass(frozen=True, slots=True)
class CpuLimit:
    """*processes* that compute for so many *seconds* would use more than *cpus*."""

    service: terms.Service
    cpus: float
    processes: int
    seconds: int


@pytest.mark.promise("resources", expect=CpuLimit)
def test_cpu_limit(promise: Promise[CpuLimit], probes: ProbeContainers, cpu: Cpu) -> None:
    """The container's cgroup holds this quota, and the kernel holds busy processes to it.

    On a host that is busy itself they may not even get their quota: then it is tried again.
    """
    expect = promise.expect
    quota = probes.beside(expect.service).cgroup().cpus
    assert quota == expect.cpus, f"the cgroup grants {quota} CPUs"
    for _ in range(TRIES):
        seen = cpu.burn(expect.service, expect.processes, expect.seconds)
        if seen.throttled:
            break

    assert seen.cpus <= expect.cpus * SLACK, f"it used {seen.cpus:.2f} CPUs"
    assert seen.throttled or seen.cpus < expect.cpus / SLACK, "it was never held back"


@dataclass(frozen=True, slots=True)
class Reservation:
    service: terms.Service
    reserved_memory_bytes: int
    """The memory that the engine sets aside."""
    reserved_cpus: float
    """The CPUs that the engine sets aside."""


@pytest.mark.promise("resources", expect=Reservation, lane="shared")
def test_reservation(promise: Promise[Reservation], containers: Containers) -> None:
    """The engine sets aside this much memory and this many CPUs for the service.

    Cannot see: whether another container gets less under pressure.
    """
    expect = promise.expect
    memory_reserved = containers.inspect(expect.service, "HostConfig", "MemoryReservation")
    shares = containers.inspect(expect.service, "HostConfig", "CpuShares")

    assert memory_reserved == expect.reserved_memory_bytes
    # An engine knows no reservation of CPUs but their weight against other containers.
    assert shares == round(expect.reserved_cpus * 1024), f"CpuShares {shares}: no CPU is reserved"


@dataclass(frozen=True, slots=True)
class NoNewPrivileges:
    no_new_privileges: list[str]
    """Services whose processes can gain no privileges."""


@pytest.mark.promise("hardening", expect=NoNewPrivileges)
def test_no_new_privileges(
    promise: Promise[NoNewPrivileges], containers: Containers, probes: ProbeContainers
) -> None:
    """The kernel forbids the service's first process, and so its children, to gain privileges.

    About hardening: what processes of a service are kept from.

    Cannot see: what a process could do with the privileges that it has.
    """
    for service in promise.expect.no_new_privileges:
        status = probes.beside(service).read("/proc/1/status").text
        flags = [line.split()[1] for line in status.splitlines() if line.startswith("NoNewPrivs:")]
        options = containers.inspect(service, "HostConfig", "SecurityOpt")

        assert flags == ["1"], f"{service}: NoNewPrivs {flags}, security options {options}"


@dataclass(frozen=True, slots=True)
class InMemory:
    services: terms.Services
    tmpfs: str
    """A folder in the container that is a file system in memory."""


@pytest.mark.promise("hardening", expect=InMemory)
def test_writable_in_memory(promise: Promise[InMemory], probes: ProbeContainers) -> None:
    """The folder is a file system in memory of its own, and the service writes there.

    Cannot see: what swap writes to a disk.
    """
    path = promise.expect.tmpfs
    for service in promise.expect.services:
        found = probes.beside(service).statfs(path)

        assert (found.kind, found.mounted_at) == ("tmpfs", path), f"{service}: {found.kind}"
        word = probes.beside(service).write_test(path)
        assert word == "written", f"{service}: a write gives {word}"

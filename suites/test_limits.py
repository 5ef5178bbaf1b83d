"""Limits: what the container's own cgroup grants, and what its processes may become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.containers import Containers
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    service: str
    bytes: int


@pytest.mark.promise("memory-limit", expect=MemoryLimit, lane="shared")
def test_memory_in_cgroup(promise: Promise[MemoryLimit], probes: ProbeContainers) -> None:
    """The container's own cgroup files hold this memory limit."""
    assert probes.beside(promise.expect.service).cgroup().memory == promise.expect.bytes


@dataclass(frozen=True, slots=True)
class NoCpuLimit:
    service: str


@pytest.mark.promise("no-cpu-limit", expect=NoCpuLimit, lane="shared")
def test_no_cpu_quota_in_cgroup(promise: Promise[NoCpuLimit], probes: ProbeContainers) -> None:
    """The container's own cgroup files hold no CPU quota."""
    assert probes.beside(promise.expect.service).cgroup().cpus is None


@dataclass(frozen=True, slots=True)
class NoNewPrivileges:
    services: list[str]


@pytest.mark.promise("no-new-privileges", expect=NoNewPrivileges)
def test_no_new_privileges(
    promise: Promise[NoNewPrivileges], containers: Containers, probes: ProbeContainers
) -> None:
    """The kernel forbids the service's first process, and so its children, to gain privileges."""
    for service in promise.expect.services:
        status = probes.beside(service).read("/proc/1/status").text
        flags = [line.split()[1] for line in status.splitlines() if line.startswith("NoNewPrivs:")]
        options = containers.inspect(service, "HostConfig", "SecurityOpt")

        assert flags == ["1"], f"{service}: NoNewPrivs {flags}, security options {options}"


@dataclass(frozen=True, slots=True)
class InMemory:
    services: list[str]
    path: str


@pytest.mark.promise("writable-in-memory", expect=InMemory)
def test_writable_in_memory(promise: Promise[InMemory], probes: ProbeContainers) -> None:
    """The folder is a file system in memory of its own, and the service writes there."""
    path = promise.expect.path
    for service in promise.expect.services:
        found = probes.beside(service).statfs(path)

        assert (found.kind, found.mounted_at) == ("tmpfs", path), f"{service}: {found.kind}"
        word = probes.beside(service).write_test(path)
        assert word == "written", f"{service}: a write gives {word}"

"""Volume mounts: what is declared, what the engine made, who mounts it and who may write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from . import terms
from .balancing import Pool

if TYPE_CHECKING:
    from fixtures.balancer import Balancer
    from fixtures.config import Config
    from fixtures.inner_files import InnerFiles
    from fixtures.mounts import Mounts
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.transports import Transports
    from fixtures.volumes import Volumes


@dataclass(frozen=True, slots=True)
class VolumeName:
    name: str
    """The name, as the engine knows it."""
    services: terms.Services


@pytest.mark.promise("volume", expect=VolumeName, lane="as-printed")
def test_volume_name(promise: Promise[VolumeName], volumes: Volumes, mounts: Mounts) -> None:
    """The engine knows it by this very name, and these services mount it, whatever else they do."""
    expect = promise.expect
    found = volumes.named(expect.name)
    mounted = {s: [one.name for one in mounts.of(s) if one.name] for s in expect.services}

    assert found.word == "there", f"the engine has no volume {expect.name}"
    for service, names in mounted.items():
        assert expect.name in names, f"{service} mounts {names}"


@dataclass(frozen=True, slots=True)
class VolumeMount:
    service: terms.Service
    volume: terms.Volume
    target: terms.Target
    read_only: bool
    """Whether it is mounted read-only."""
    ready: str | None = None
    """The service that fills the volume once it listens on TCP."""


@pytest.mark.promise("volume", expect=VolumeMount)
def test_mount_is_declared(promise: Promise[VolumeMount], config: Config) -> None:
    """The compose file mounts the volume there, read-only or not."""
    expect = promise.expect
    found = [one for one in _mounts(config, expect.service) if one["target"] == expect.target]

    assert found, f"{expect.service} mounts nothing at {expect.target}"
    assert (found[0]["type"], found[0].get("source")) == ("volume", expect.volume)
    assert bool(found[0].get("read_only")) == expect.read_only


@pytest.mark.promise("volume", expect=VolumeMount, lane="shared")
def test_mount(
    promise: Promise[VolumeMount],
    volumes: Volumes,
    mounts: Mounts,
    probes: ProbeContainers,
    inner_files: InnerFiles,
    transports: Transports,
) -> None:
    """The service has the volume there; root can or cannot create, change and remove in it.

    About volume: volumes: how they are made, who mounts them, who may write.

    Cannot see: what a user beside root may do: other forms see that.
    """
    expect = promise.expect
    name = volumes.of(expect.volume).name
    mounted = mounts.of(expect.service)
    found = [one for one in mounted if one.target == expect.target]

    assert found, f"{expect.service} has no volume at {expect.target}"
    assert (found[0].name, found[0].writable) == (name, not expect.read_only)
    created = probes.beside(expect.service).write_test(expect.target, 0, 0)
    assert created == ("EROFS" if expect.read_only else "written"), f"creating: {created}"
    if expect.ready is not None:
        transports.settled(expect.ready)
    if expect.read_only:
        entries = probes.beside(expect.service).listdir(expect.target).names
        assert entries, f"nothing is in {expect.target}"
        path = f"{expect.target}/{entries[0]}"
        mode = probes.beside(expect.service).stat(path).mode
        assert mode is not None
        changed = inner_files.chmod(expect.service, path, mode)
        # Where it could be removed, this name is not there; a read-only mount never looks.
        removed = inner_files.unlink(expect.service, f"{path}.stackproof")
        assert (changed, removed) == ("EROFS", "EROFS"), f"chmod: {changed}, unlink: {removed}"


@dataclass(frozen=True, slots=True)
class Reached:
    pool: Pool
    target: terms.Target
    services: terms.Services


@pytest.mark.promise("volume", expect=Reached)
def test_read_only_is_enough(promise: Promise[Reached], mounts: Mounts, balancer: Balancer) -> None:
    """Behind a read-only mount every server passes its checks, and requests reach each."""
    expect, pool = promise.expect, promise.expect.pool
    mounted = mounts.of(pool.entry.service)
    writable = [one.writable for one in mounted if one.target == expect.target]
    rows = balancer.ready(pool.stats, pool.backend)
    spread = balancer.spread(pool.entry, pool.identity, 10)

    assert writable == [False], f"at {expect.target}: {mounted}"
    assert {row.check for row in rows.values()} == {"L7OK"}, f"checks: {rows}"
    assert set(spread.instances) == {balancer.instance(name) for name in expect.services}
    assert spread.failed == 0, spread.statuses


@dataclass(frozen=True, slots=True)
class SameFile:
    services: terms.Services
    paths: list[str]
    """Paths in the containers."""


@pytest.mark.promise("volume", expect=SameFile)
def test_same_file(promise: Promise[SameFile], probes: ProbeContainers) -> None:
    """Under each path every one of these services finds the same inode."""
    expect = promise.expect
    for path in expect.paths:
        seen = {service: probes.beside(service).stat(path) for service in expect.services}
        missing = [service for service, facts in seen.items() if facts.inode is None]
        assert not missing, f"{path} is not in {', '.join(missing)}"
        assert len({(f.device, f.inode) for f in seen.values()}) == 1, f"{path}: {seen}"


def _mounts(config: Config, service: str) -> list[dict[str, Any]]:
    found = config.service(service, "volumes")
    return [] if found == "absent" else list(found)

"""Volumes: how they are declared, what the engine made of it, and who sees the same one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.mounts import Mounts
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.transports import Transports
    from fixtures.volumes import Volumes

STRANGER = 4242
"""A user id that no image has."""


@dataclass(frozen=True, slots=True)
class Options:
    volume: terms.Volume
    driver: str
    """The driver's name."""
    type: str = ""
    """The type of the mount, such as ``tmpfs``."""
    device: str = ""
    """The mount's device."""
    o: str = ""
    """The mount options, with commas, in any order."""


@pytest.mark.promise("volume", expect=Options)
def test_declared_options(promise: Promise[Options], config: Config) -> None:
    """The compose file declares the volume with this driver and exactly these options."""
    expect = promise.expect
    declared = config.get("volumes", expect.volume)

    assert declared != "absent", f"no volume {expect.volume}"
    assert_options(expect, declared.get("driver", "local"), declared.get("driver_opts") or {})


@pytest.mark.promise("volume", expect=Options, lane="shared")
def test_made_options(promise: Promise[Options], volumes: Volumes) -> None:
    """The engine made the volume with this driver and exactly these options."""
    found = volumes.of(promise.expect.volume)

    assert found.word == "there", f"the engine has no volume {promise.expect.volume}"
    assert_options(promise.expect, found.driver, dict(found.options))


def assert_options(expect: Options, driver: str, options: dict[str, str]) -> None:
    """Assert the driver and its options; the mount options are a set."""
    assert driver == expect.driver, f"driver {driver}"
    assert set(options) <= {"type", "device", "o"}, f"more options: {sorted(options)}"
    seen = (options.get("type", ""), options.get("device", ""))
    assert seen == (expect.type, expect.device), f"type and device are {seen}"
    flags = set(options.get("o", "").split(","))
    assert flags == set(expect.o.split(",")), f"mount options {options.get('o')}"


@dataclass(frozen=True, slots=True)
class FileSystem:
    services: terms.Services
    target: terms.Target
    type: str
    """The file system's type, such as ``tmpfs``."""


@pytest.mark.promise("volume", expect=FileSystem)
def test_file_system(promise: Promise[FileSystem], probes: ProbeContainers) -> None:
    """In each service the folder is a mount of its own with a file system of this type."""
    for service in promise.expect.services:
        found = probes.beside(service).statfs(promise.expect.target)
        real = promise.expect.target.replace("/var/run/", "/run/")

        assert found.kind == promise.expect.type, f"{service}: {found.kind}"
        assert found.mounted_at in (promise.expect.target, real), f"{service}: {found.mounted_at}"


@dataclass(frozen=True, slots=True)
class Size:
    volume: terms.Volume
    service: terms.Service
    target: terms.Target
    size_bytes: int
    """How many bytes fit, and no byte more."""


@pytest.mark.promise("volume", expect=Size)
def test_size(promise: Promise[Size], probes: ProbeContainers, volumes: Volumes) -> None:
    """The volume in use has this size, and one made like it takes no byte more.

    Cannot see: inodes, which a file system may run out of first.
    """
    expect = promise.expect
    space = probes.beside(expect.service).statfs(expect.target)
    filled = volumes.fill(expect.volume)

    assert space.size == expect.size_bytes, f"{expect.target} holds {space.size} bytes"
    assert filled is not None, f"the engine has no volume {expect.volume}"
    assert (filled.written, filled.errno) == (expect.size_bytes, "ENOSPC"), filled


@dataclass(frozen=True, slots=True)
class Root:
    services: terms.Services
    target: terms.Target
    mode: terms.Mode | None = None
    uid: int | None = None
    """The number of the user that owns it."""
    writable_in: list[str] = field(default_factory=list)
    """Services in which any user may write there."""
    ready: terms.Ready | None = None


@pytest.mark.promise("volume", expect=Root)
def test_root(promise: Promise[Root], probes: ProbeContainers, transports: Transports) -> None:
    """Each service sees the volume's root with this mode and owner; anybody may write there."""
    expect = promise.expect
    if expect.ready is not None:
        transports.settled(expect.ready)
    for service in expect.services:
        probe = probes.beside(service)
        found = probe.stat(expect.target, follow=True)
        options = probe.statfs(expect.target).super_options

        assert found.kind == "directory", f"{service}: {expect.target} is {found.kind}"
        if expect.mode is not None:
            seen = f"{found.mode} of {found.uid}:{found.gid}"
            assert found.mode == expect.mode, f"{service}: {seen}, mounted with {options}"
        if expect.uid is not None:
            assert found.uid == expect.uid, f"{service}: it belongs to {found.uid}"
    for service in expect.writable_in:
        word = probes.beside(service).write_test(expect.target, uid=STRANGER, gid=STRANGER)
        assert word == "written", f"{service}: uid {STRANGER} gets {word}"


@dataclass(frozen=True, slots=True)
class Members:
    volume: terms.Volume
    target: terms.Target
    socket: terms.Socket
    members: list[str]
    """Services that mount it."""
    ready: terms.Ready


@pytest.mark.promise("volume", expect=Members)
def test_members(
    promise: Promise[Members],
    probes: ProbeContainers,
    mounts: Mounts,
    transports: Transports,
) -> None:
    """All members mount this volume there, and see one and the same socket: device and inode."""
    expect = promise.expect
    transports.settled(expect.ready)
    seen = {}
    for service in expect.members:
        names = mounts.volumes(service)
        assert names.get(expect.target) == expect.volume, (
            f"{service} has {names.get(expect.target)}"
        )
        facts = probes.beside(service).stat(expect.socket)
        assert facts.kind == "socket", f"{service}: {expect.socket} is {facts.kind}"
        seen[service] = (facts.device, facts.inode)

    assert len(set(seen.values())) == 1, f"not one socket (device, inode): {seen}"

"""Mounts: what lies where, who may write to it, and what the host sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.containers import Containers
    from fixtures.mounts import Mounts
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.shell import Shell
    from fixtures.stacks import Stack


@dataclass(frozen=True, slots=True)
class BindMount:
    service: terms.Service
    source: terms.Source
    target: terms.Target
    read_only: bool
    """Whether it is mounted read-only."""


@pytest.mark.promise("bind-mount", expect=BindMount)
def test_bind_mount(promise: Promise[BindMount], config: Config, stack: Stack) -> None:
    """The service mounts this path of the project's folder at this place, writable or not."""
    expect = promise.expect
    source = str(stack.folder / PurePosixPath(expect.source))
    mounts = [
        (m.get("type"), m.get("source"), m.get("target"), bool(m.get("read_only", False)))
        for m in mounts_of(config, expect.service)
    ]

    assert ("bind", source, expect.target, expect.read_only) in mounts, mounts


@pytest.mark.promise("bind-mount", expect=BindMount, lane="shared")
def test_bind_mount_in_container(
    promise: Promise[BindMount], mounts: Mounts, probes: ProbeContainers
) -> None:
    """In the container it is the host's own file or folder, and it can be written to or not.

    About bind-mount: files and folders of the host that containers see.

    Cannot see: SELinux labels and shifted user ids where the engine has none.
    """
    expect = promise.expect
    found = [m for m in mounts.of(expect.service) if m.target == expect.target]

    assert found, f"nothing is mounted at {expect.target}"
    assert found[0].type == "bind"
    assert Path(found[0].source) == mounts.path(expect.source)
    inside = probes.beside(expect.service).stat(expect.target, follow=True)
    outside = mounts.on_host(expect.source)
    assert (inside.device, inside.inode) == (outside.device, outside.inode)
    # As root: another user may be refused by the mode of the file, whatever the mount allows.
    word = probes.beside(expect.service).write_test(expect.target, 0, 0)
    assert word == ("EROFS" if expect.read_only else "written"), f"a write gives {word}"


@dataclass(frozen=True, slots=True)
class ReadOnlyFile:
    service: terms.Service
    source: terms.Source
    target: terms.Target
    error: str = "EROFS"
    """What a write gives, by its name in errno(3)."""


@pytest.mark.promise("bind-mount", expect=ReadOnlyFile)
def test_read_only_file(
    promise: Promise[ReadOnlyFile], mounts: Mounts, probes: ProbeContainers
) -> None:
    """The service cannot write to the file, and the host's file stays as it is."""
    expect = promise.expect
    before = mounts.text_on_host(expect.source)
    writable = [m.writable for m in mounts.of(expect.service) if m.target == expect.target]
    probe = probes.beside(expect.service)
    facts, word = probe.stat(expect.target), probe.write_test(expect.target, uid=0, gid=0)

    assert facts.kind == "file", f"{expect.target} is {facts.kind}"
    assert word == expect.error, f"a write gives {word}"
    assert writable == [False], "the mount is writable"
    assert mounts.text_on_host(expect.source) == before
    assert before


@dataclass(frozen=True, slots=True)
class FolderMode:
    service: terms.Service
    source: terms.Source
    target: terms.Target
    mode: terms.Mode
    uid: int
    """The number of the user that owns it."""


@pytest.mark.promise("bind-mount", expect=FolderMode)
def test_folder_mode(promise: Promise[FolderMode], mounts: Mounts, probes: ProbeContainers) -> None:
    """A cold start leaves the folder, which the engine made open, with this mode and owner."""
    expect = promise.expect
    outside = mounts.on_host(expect.source)
    inside = probes.beside(expect.service).stat(expect.target)

    assert outside.kind == "directory", f"{expect.source} is {outside.kind}"
    assert (outside.mode, outside.uid) == (expect.mode, expect.uid)
    assert (inside.mode, inside.uid) == (expect.mode, expect.uid)


@dataclass(frozen=True, slots=True)
class DataRoot:
    root: str
    """The folder of all data, below the stack's folder."""
    folders: dict[str, str]
    """By service, its folder below the root."""


@pytest.mark.promise("bind-mount", expect=DataRoot)
def test_data_root(
    promise: Promise[DataRoot], mounts: Mounts, probes: ProbeContainers, containers: Containers
) -> None:
    """Each store has data in its folder below the root, and nothing else can be written to."""
    root = mounts.path(promise.expect.root)
    for service in containers.running():
        elsewhere = [
            m.source
            for m in mounts.of(service)
            if m.writable and m.type != "tmpfs" and not Path(m.source).is_relative_to(root)
        ]
        assert not elsewhere, f"{service} keeps data in {elsewhere}"
    for service, folder in promise.expect.folders.items():
        source = root / folder
        found = [m for m in mounts.of(service) if Path(m.source) == source]
        assert found, f"{service} mounts nothing from {promise.expect.root}/{folder}"
        assert found[0].writable, f"{service} cannot write to {folder}"
        names = probes.beside(service).listdir(found[0].target).names
        assert names, f"{service} has written nothing to {folder}"
        inside = probes.beside(service).stat(found[0].target, follow=True)
        outside = mounts.on_host(f"{promise.expect.root}/{folder}")
        assert (inside.device, inside.inode) == (outside.device, outside.inode)


@dataclass(frozen=True, slots=True)
class HostAccess:
    readable_on_host: list[str]
    """Files that the services wrote, below the stack's folder; patterns may stand for names."""


@pytest.mark.promise("bind-mount", expect=HostAccess)
def test_readable_on_host(promise: Promise[HostAccess], mounts: Mounts, shell: Shell) -> None:
    """A process of the host, as root, reads the files that the services wrote."""
    shell.require_root("the files belong to users of the containers; this run is not root's")
    found = mounts.read_on_host(promise.expect.readable_on_host)
    for one in found:
        mounts.read_as_nobody(one.path)

    assert [one.word for one in found] == ["read"] * len(promise.expect.readable_on_host), found


@dataclass(frozen=True, slots=True)
class MountTypes:
    every_mount: str
    """What every mount of every service is: ``bind`` or ``volume``."""


@pytest.mark.promise("bind-mount", expect=MountTypes)
def test_mount_type(promise: Promise[MountTypes], config: Config) -> None:
    """Every mount of every service has this type, and at least one mount is there."""
    types = {
        f"{service}:{mount.get('target')}": mount.get("type")
        for service in config.services()
        for mount in mounts_of(config, service)
    }
    others = {place: kind for place, kind in types.items() if kind != promise.expect.every_mount}

    assert types, "nothing is mounted"
    assert not others, f"of another type: {others}"


def mounts_of(config: Config, service: str) -> list[dict[str, Any]]:
    """Return the mounts of *service*, in Compose's long form."""
    found = config.service(service, "volumes")
    return [] if found == "absent" else list(found)

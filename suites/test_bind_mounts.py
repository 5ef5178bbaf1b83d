"""Bind mounts: what the compose file mounts from where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.promises import Promise
    from fixtures.stacks import Stack


@dataclass(frozen=True, slots=True)
class BindMount:
    service: str
    source: str
    target: str
    read_only: bool


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


@dataclass(frozen=True, slots=True)
class MountTypes:
    type: str


@pytest.mark.promise("mount-type", expect=MountTypes)
def test_mount_type(promise: Promise[MountTypes], config: Config) -> None:
    """Every mount of every service has this type, and at least one mount is there."""
    types = {
        f"{service}:{mount.get('target')}": mount.get("type")
        for service in config.services()
        for mount in mounts_of(config, service)
    }
    others = {place: kind for place, kind in types.items() if kind != promise.expect.type}

    assert types, "nothing is mounted"
    assert not others, f"of another type: {others}"


def mounts_of(config: Config, service: str) -> list[dict[str, Any]]:
    """Return the mounts of *service*, in Compose's long form."""
    found = config.service(service, "volumes")
    return [] if found == "absent" else list(found)

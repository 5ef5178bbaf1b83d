"""One-offs: what the engine is asked for, and how it is called in evidence."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from fixtures.changes import Change, archive, environment, mounts, network, security

OWN = ["GRPC_HOST=0.0.0.0", "GRPC_PORT=40528", "DB_HOST=postgres", "EMPTY=", "PAIR=a=b"]
VOLUME = {"Type": "volume", "Name": "pg-socket", "Source": "/x", "Destination": "/run/pg"}
FOLDER = {"Type": "bind", "Source": "/apps", "Destination": "/app", "RW": False}


def test_variables_are_set_unset_and_kept() -> None:
    """A star stands for all that begin so; values may hold equals signs."""
    change = Change({"DB_HOST": "elsewhere"}, unset=("GRPC_*",))

    assert environment(OWN, change) == {"DB_HOST": "elsewhere", "EMPTY": "", "PAIR": "a=b"}


def test_what_is_set_wins_over_what_is_unset() -> None:
    """A one-off may replace all variables of a name by one."""
    assert environment(OWN, Change({"GRPC_PORT": "1"}, unset=("GRPC_*",)))["GRPC_PORT"] == "1"


@pytest.mark.parametrize(
    ("without", "left"),
    [((), ["/run/pg", "/app"]), (("/run/pg",), ["/app"]), (("*",), ["/app"])],
)
def test_mounts_are_left_out(without: tuple[str, ...], left: list[str]) -> None:
    """By their place, or every volume; folders of the host stay."""
    found = mounts([{**VOLUME, "RW": True}, FOLDER], Change(without=without), {})

    assert [mount["Target"] for mount in found] == left


def test_mounts_keep_whether_they_are_read_only() -> None:
    """As the service has them."""
    found = mounts([{**VOLUME, "RW": True}, FOLDER], Change(), {})

    assert [bool(mount["ReadOnly"]) for mount in found] == [False, True]


def test_fresh_volumes_are_no_volumes_of_the_stack() -> None:
    """They have no name, so that the engine makes new ones, and labels by which they are found."""
    volume, folder = mounts([{**VOLUME, "RW": True}, FOLDER], Change(fresh=True), {"ours": "1"})

    assert volume["Source"] is None
    assert volume["VolumeOptions"]["Labels"] == {"ours": "1"}
    assert folder["Source"] == "/apps"


def test_anonymous_volumes_are_left_out() -> None:
    """They belong to one container."""
    assert mounts([{**VOLUME, "Name": "a" * 64, "RW": True}], Change(), {}) == []


def test_a_long_name_does_not_make_a_volume_anonymous() -> None:
    """A project's name and a volume's may be as long together as an anonymous one."""
    name = "stackproof-uds-dual-mode--base-shared-290cd3_valkey-cache-socket"

    found = mounts([{**VOLUME, "Name": name, "RW": True}], Change(), {})

    assert len(name) == 64
    assert [mount["Source"] for mount in found] == [name]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("project", {"network": "stack_default"}),
        ("none", {"network_mode": "none"}),
        ("elsewhere", {"network_mode": "bridge"}),
        ("container:1a2b", {"network_mode": "container:1a2b"}),
    ],
)
def test_networks(wanted: str, expected: dict[str, str]) -> None:
    """The service's own, none, the engine's bridge, or another one-off's."""
    attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {"stack_default": {}}}}

    assert network(attrs, Change(network=wanted)) == expected


def test_denied_calls_are_a_profile_that_allows_the_rest() -> None:
    """EPERM is 1: errno(3)."""
    (option,) = security(Change(denied=("chmod", "fchmod")))
    profile = json.loads(option.removeprefix("seccomp="))

    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert profile["syscalls"] == [
        {"names": ["chmod", "fchmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}
    ]
    assert security(Change()) == []


def test_file_is_put_where_it_is_wanted() -> None:
    """The archive is unpacked at the root."""
    with tarfile.open(fileobj=io.BytesIO(archive("/tmp/kept", "kept"))) as tar:
        (member,) = tar.getmembers()
        file = tar.extractfile(member)

        assert member.name == "tmp/kept"
        assert file is not None
        assert file.read() == b"kept"


def test_evidence_names_the_difference() -> None:
    """In the order in which it is applied."""
    change = Change({"A": "1"}, unset=("B",), umask="0077", denied=("chmod",))

    assert change.short == "A=1, no B, umask 0077, chmod denied"
    assert Change(network="container:1a2b").short == "network container"
    assert Change().short == "nothing changed"

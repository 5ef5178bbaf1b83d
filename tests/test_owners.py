"""Owners: a dead one is told from a living one, and nobody else's is judged."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fixtures.owners import (
    LANE_LABEL,
    OWNER_LABEL,
    is_alive,
    labels,
    owner_of,
    owner_of_this_process,
    pid_of,
)


def test_this_process_is_alive() -> None:
    """The owner that asks is alive, and keeps its name."""
    owner = owner_of_this_process()

    assert is_alive(owner)
    assert owner == owner_of_this_process()
    assert pid_of(owner) == os.getpid()


def test_ended_process_is_dead_even_as_a_zombie() -> None:
    """A process that nobody has waited for yet owns nothing any more."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = owner_of(process.pid)
        assert is_alive(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        assert not is_alive(owner)
    assert not is_alive(owner)


def changed(position: int, text: str) -> str:
    parts = owner_of_this_process().split(".", 4)
    parts[position] = text
    return ".".join(parts)


@pytest.mark.parametrize(
    ("owner", "alive"),
    [
        (changed(4, "1"), False),
        (changed(1, "0123456789ab"), False),
        (changed(3, "4194999"), False),
        (changed(0, "0123456789ab"), True),
        (changed(2, "1"), True),
        ("", True),
        ("somebody else's text", True),
    ],
    ids=[
        "reused-pid",
        "rebooted",
        "no-such-pid",
        "other-machine",
        "other-namespace",
        "empty",
        "no",
    ],
)
def test_only_what_is_certainly_dead_is_dead(owner: str, alive: bool) -> None:
    """What cannot be judged from here counts as alive."""
    assert is_alive(owner) is alive


def test_labels_name_owner_and_lane() -> None:
    """Everything made for a lane carries both."""
    assert labels("a-b") == {OWNER_LABEL: owner_of_this_process(), LANE_LABEL: "a-b"}

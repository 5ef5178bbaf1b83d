"""Attachments: what is said of a running project, and which checks may look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import attachments
from fixtures.attachments import HASH, SERVICE, VERSION, Attachment
from fixtures.lane_keys import Key
from fixtures.promises import Promise


def row(
    service: str, digest: str, state: str = "running", version: str = "2.26.1"
) -> dict[str, Any]:
    return {"Labels": {SERVICE: service, HASH: digest, VERSION: version}, "State": state}


def test_each_service_is_compared() -> None:
    """By the hash that Compose gave its container; a distribution's release counts as its own."""
    rows = [
        row("same", "1"), row("other", "2"), row("older", "2", version="2.20.0"),
        row("stopped", "1", "exited"), row("more", "1"), row("twice", "1"), row("twice", "2"),
    ]  # fmt: skip
    hashes = dict.fromkeys(["same", "other", "older", "stopped", "gone", "twice"], "1")

    said = attachments.compared(rows, hashes, "2.26.1-4")

    assert said["same"] == "as documented"
    assert said["other"].startswith("differs from the compose file")
    assert said["twice"].startswith("differs from the compose file")
    assert said["older"].startswith("may differ: Compose 2.20.0 started it")
    assert said["stopped"] == "does not run (exited)"
    assert said["gone"] == "has no container"
    assert said["more"] == "is not in the compose file"


def promise(expect: dict[str, Any], variant: str | None = None) -> Promise[Any]:
    return Promise(
        stack="shop", id="a", says="s", section="s", kind="k", level="live", expect=expect,
        finding=None, unobservable=None, relies_on=None, variant=variant, path=Path("p"), line=1,
    )  # fmt: skip


ATTACHED = Attachment("shop", frozenset({"cache"}))


@pytest.mark.parametrize(
    ("name", "expect", "disturbs", "variant", "reason"),
    [
        ("shared", {}, None, None, None),
        ("shared", {}, None, "tuned", "runs without overlays/tuned.yaml"),
        ("as-printed", {}, None, None, "word for word in a copy"),
        ("survival", {}, None, None, "no attached project should go through"),
        ("crash", {"server": {"service": "cache"}}, "server.service", None, None),
        ("crash", {"server": {"service": "db"}}, "server.service", None, "--disrupt db allows"),
        ("freeze", {"silent": ["cache", "db"]}, "silent", None, "--disrupt db allows"),
        ("freeze", {"after": {"cache": 3}}, "after", None, None),
        ("freeze", {}, "silent", None, "no attached project should go through"),
    ],
)
def test_which_checks_may_look(
    name: str, expect: dict[str, Any], disturbs: str | None, variant: str | None, reason: str | None
) -> None:
    """Live ones; and those that disturb no other service than `--disrupt` names."""
    key, wanted = Key("shop", name, variant), promise(expect, variant)

    why = attachments.why_not(ATTACHED, key, wanted, disturbs)
    lane = attachments.lane_of(ATTACHED, key, wanted, disturbs)

    assert (why is None) == (reason is None)
    assert reason is None or reason in (why or "")
    assert lane.out_of_reach == (why is not None)

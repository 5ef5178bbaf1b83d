"""Variations: what the engine is asked for, and how it is called in evidence."""

from __future__ import annotations

import io
import json
import tarfile

from fixtures.variations import Difference, _archive, _security, _seen


def test_denied_calls_are_a_profile_that_allows_the_rest() -> None:
    """EPERM is 1: errno(3)."""
    (option,) = _security(["chmod", "fchmod"])
    profile = json.loads(option.removeprefix("seccomp="))

    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert profile["syscalls"] == [
        {"names": ["chmod", "fchmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}
    ]
    assert _security([]) == []


def test_file_is_put_where_it_is_wanted() -> None:
    """The archive is unpacked at the root."""
    with tarfile.open(fileobj=io.BytesIO(_archive("/tmp/kept", "kept"))) as tar:
        (member,) = tar.getmembers()
        file = tar.extractfile(member)

        assert member.name == "tmp/kept"
        assert file is not None
        assert file.read() == b"kept"


def test_evidence_names_the_difference() -> None:
    """In the order in which it is applied."""
    change = Difference(set={"A": "1"}, unset=["B"], umask="0077", denied=["chmod"])

    assert _seen(change) == "A=1, no B, umask 0077, chmod denied"
    assert _seen(Difference()) == "nothing changed"

"""Source: what a module of an application does when it is called, without any container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.source import Source


@dataclass(frozen=True, slots=True)
class Enumeration:
    path: str
    """The folder from which it is imported, below the stack's folder."""
    module: str
    """The module, as it is imported."""
    enumeration: str
    """The name of the enumeration."""
    members: dict[str, int]
    """Its members, with their values."""


@pytest.mark.promise("application-source", expect=Enumeration)
def test_enumeration(promise: Promise[Enumeration], source: Source) -> None:
    """Its members have these names and values, and there are no others.

    About application-source: what a module of an application does when it is called.

    Cannot see: whether anything uses it.
    """
    expect = promise.expect
    members = source.members(expect.path, expect.module, expect.enumeration)

    assert members == expect.members, f"{expect.enumeration} is {members}"


@dataclass(frozen=True, slots=True)
class ByPlatform:
    path: str
    """The folder from which it is imported, below the stack's folder."""
    module: str
    """The module, as it is imported."""
    option: str
    """The name of the socket option."""
    set_on: list[str]
    """Systems where it is set, as `platform.system` names them."""
    not_on: list[str]
    """Systems where it is not set."""


@pytest.mark.promise("application-source", expect=ByPlatform)
def test_option_by_platform(promise: Promise[ByPlatform], source: Source) -> None:
    """Its `tune` sets the option of a real socket where it takes the system for one of these."""
    expect = promise.expect
    systems = [*expect.set_on, *expect.not_on]
    seen = {one: source.option(expect.path, expect.module, expect.option, one) for one in systems}

    assert [one for one in systems if seen[one]] == expect.set_on, f"by system: {seen}"

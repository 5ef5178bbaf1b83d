"""Backends: where a proxy's name server can say that a service is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.backends import Backends
from fixtures.evidence import Evidence
from fixtures.redaction import Redactor
from suites import test_upstreams as upstreams

JOINED = {
    "nginx": [{"shop_front": "10.0.0.2"}],
    "api": [
        {"shop_front": "10.0.0.4", "shop_back": "10.1.0.4"},
        {"shop_back": "10.1.0.3", "shop_front": "10.0.0.3"},
    ],
    "db": [{"shop_back": "10.1.0.9"}],
}


def container(service: str, number: int, joined: dict[str, str]) -> Any:
    networks = {name: {"IPAddress": address} for name, address in joined.items()}
    attrs = {"NetworkSettings": {"Networks": networks}}
    return SimpleNamespace(name=f"shop-{service}-{number}", attrs=attrs)


def probe() -> Backends:
    there = {
        service: [container(service, number, joined) for number, joined in enumerate(each)]
        for service, each in JOINED.items()
    }

    def found(*, filters: dict[str, list[str]], **_: object) -> list[Any]:
        return there[filters["label"][-1].rpartition("=")[2]]

    client = SimpleNamespace(containers=SimpleNamespace(list=found))
    lane: Any = SimpleNamespace(
        project="shop", client=client, container=lambda service: there[service][0]
    )
    none: Any = None
    return Backends(lane, none, none, Evidence(Redactor()))


def test_addresses_are_those_that_the_proxy_reaches() -> None:
    """A service on a second network has an address there that no name leads the proxy to."""
    assert probe().addresses("api", near="nginx") == ["10.0.0.3", "10.0.0.4"]
    assert probe().addresses("api", near="db") == ["10.1.0.3", "10.1.0.4"]
    assert probe().addresses("db", near="nginx") == []


def judge(names: dict[str, list[str]]) -> None:
    """Judge what each of *names* leads to from beside the proxy."""
    networks: Any = SimpleNamespace(
        resolve_from=lambda _, name: SimpleNamespace(word="resolved", addresses=names[name])
    )
    promise: Any = SimpleNamespace(expect=SimpleNamespace(service="nginx", names=list(names)))
    upstreams.test_upstream_names(promise, networks, probe())


def test_a_name_stands_for_all_containers_on_the_shared_network() -> None:
    """One that lacks, one too many, and one that cannot be reached are told."""
    judge({"api": ["10.0.0.4", "10.0.0.3"]})
    for wrong in (["10.0.0.3"], ["10.0.0.3", "10.0.0.4", "10.0.0.9"]):
        with pytest.raises(AssertionError, match="api: resolved"):
            judge({"api": wrong})
    with pytest.raises(AssertionError, match="no container on a network of nginx"):
        judge({"db": []})

"""Overlays: a copy differs from the documented stack in nothing but what isolates it."""

from __future__ import annotations

from typing import Any

from fixtures import overlays

CONFIG: dict[str, Any] = {
    "services": {
        "web": {
            "image": "nginx:1.25",
            "container_name": "demo-web",
            "ports": [{"target": 80, "published": "80", "protocol": "tcp"}],
            "extra_hosts": ["host.docker.internal=host-gateway"],
            "networks": {"front": None},
        },
        "cache": {"image": "redis:7"},
    },
    "networks": {"front": {"name": "demo-front"}, "other": {"name": "x", "external": True}},
    "volumes": {"data": {"name": "demo-data"}},
}
LABELS = {"io.stackproof.lane": "demo-1"}


def isolated() -> str:
    return overlays.isolated(
        CONFIG,
        "stackproof-demo-1",
        {"nginx:1.25": "stackproof/nginx:abc", "redis:7": "redis:7"},
        LABELS,
        {"front": "10.64.7.0/24"},
    )


def test_isolated_overlay() -> None:
    """Names, ports and addresses become the copy's own; all else stays."""
    assert isolated() == (
        """\
services:
  web:
    labels:
      io.stackproof.lane: demo-1
    image: stackproof/nginx:abc
    container_name: !reset 'null'
    ports: !override
    - 127.0.0.1::80/tcp
    extra_hosts: !override
    - host.docker.internal=10.64.7.1
  cache:
    labels:
      io.stackproof.lane: demo-1
networks:
  front:
    labels:
      io.stackproof.lane: demo-1
    name: stackproof-demo-1_front
    ipam:
      config:
      - subnet: 10.64.7.0/24
volumes:
  data:
    labels:
      io.stackproof.lane: demo-1
    name: stackproof-demo-1_data
"""
    )


def test_as_printed_overlay_changes_images_and_labels_alone() -> None:
    """Commands of the document must find the names and ports that they know."""
    printed = overlays.as_printed(CONFIG, {"nginx:1.25": "stackproof/nginx:abc"}, LABELS)

    assert printed["services"]["web"] == {"labels": LABELS, "image": "stackproof/nginx:abc"}
    assert printed["services"]["cache"] == {"labels": LABELS}
    assert list(printed["networks"]) == ["front"]

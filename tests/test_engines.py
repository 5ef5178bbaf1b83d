"""Engines: which one the settings and contexts of the Docker CLI lead to, and doors to them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import engine_doors, engines

CONTEXT = """\
[{"Name": "far", "Endpoints": {"docker": {"Host": "tcp://far:2376", "SkipTLSVerify": %s}},
  "TLSMaterial": {"docker": ["ca.pem", "cert.pem", "key.pem"]},
  "Storage": {"TLSPath": "/home/me/.docker/contexts/tls/1f"}}]
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings of the machine's own, and no answer of an earlier test."""
    for key in engines.SETTINGS:
        monkeypatch.setenv(key, "")  # so that it is put back, whoever removes it
        os.environ.pop(key)
    engines._inspected.cache_clear()
    yield
    engines._inspected.cache_clear()


def command(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `docker` of the text of a shell script first on PATH."""
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(("skip", "word"), [("false", "DOCKER_TLS_VERIFY"), ("true", "DOCKER_TLS")])
def test_context_gives_host_and_certificates(
    skip: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A context's certificates, and whether they are to be verified, go with its host."""
    command(tmp_path, f"cat <<'END'\n{CONTEXT % skip}\nEND", monkeypatch)

    found = engines.named("far")

    assert found.name == "far"
    assert found.settings == {
        "DOCKER_HOST": "tcp://far:2376",
        "DOCKER_CERT_PATH": "/home/me/.docker/contexts/tls/1f/docker",
        word: "1",
    }


def test_unknown_context_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the CLI says of a context is what a person reads."""
    command(tmp_path, "echo 'context \"far\" does not exist' >&2; exit 1", monkeypatch)

    with pytest.raises(engines.NoSuchContext, match='far: context "far" does not exist'):
        engines.named("far")


def test_environment_wins_over_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """DOCKER_HOST is meant although a context is chosen, as docker(1) has it."""
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@far")
    monkeypatch.setenv("DOCKER_CONTEXT", "other")

    assert engines.current().settings == {"DOCKER_HOST": "ssh://me@far"}


def test_use_leaves_nothing_of_the_engine_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates of one engine are never shown to another."""
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/certs")

    engines.use(engines.Engine("near", {"DOCKER_HOST": "tcp://near:2375"}))

    assert {key: os.environ[key] for key in engines.SETTINGS if key in os.environ} == {
        "DOCKER_HOST": "tcp://near:2375"
    }


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [("unix:///var/run/docker.sock", False), ("tcp://far:2375", True), ("ssh://far", True)],
)
def test_what_is_reached_by_network_may_be_elsewhere(
    url: str, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a socket of this host promises that folders and loopback are shared."""
    monkeypatch.setenv("DOCKER_HOST", url)

    assert engines.are_elsewhere() is elsewhere


def test_door_carries_each_connection_by_the_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written goes to `docker system dial-stdio` with the settings of the moment."""
    command(tmp_path, 'echo "$*: $DOCKER_HOST"; exec cat', monkeypatch)
    monkeypatch.setenv("DOCKER_HOST", "ssh://far")
    url = engine_doors.to_engine()
    monkeypatch.setenv("DOCKER_HOST", "ssh://other")

    for word in (b"one", b"two"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(url.removeprefix("unix://"))
            client.settimeout(10)
            client.sendall(word)
            client.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: client.recv(1024), b""))

        assert said == b"system dial-stdio: ssh://far\n" + word

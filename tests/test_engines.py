"""Engines: which one the settings and contexts of the Docker CLI lead to, and doors to them."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import docker.errors
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
    for kept in (engines._inspected, engine_doors._opened):
        kept.cache_clear()
    yield
    for kept in (engines._inspected, engine_doors._opened):
        kept.cache_clear()


def command(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, name: str = "docker") -> None:
    """Put a program of the text of a shell script first on PATH."""
    path = folder / name
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
    monkeypatch.setenv("DOCKER_HOST", "tcp://far:2376")
    url = engine_doors.to_engine()
    monkeypatch.setenv("DOCKER_HOST", "tcp://other:2376")

    for word in (b"one", b"two"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(url.removeprefix("unix://"))
            client.settimeout(10)
            client.sendall(word)
            client.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: client.recv(1024), b""))

        assert said == b"system dial-stdio: tcp://far:2376\n" + word


@pytest.mark.parametrize(
    ("ssh", "said"),
    [
        ("echo 'Permission denied (publickey).' >&2; exit 255", "ssh far: Permission denied"),
        (
            "printf tcp://there:2375",
            "ssh far: its engine is at tcp://there:2375, not a Unix socket",
        ),
        (
            'case "$*" in *-L*) exit 255;; esac; printf unix:///there.sock',
            "ssh far: the connection was closed",
        ),
    ],
)
def test_ssh_that_does_not_lead_to_an_engine_says_why(
    ssh: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of ssh, or what is wrong with the engine there."""
    command(tmp_path, ssh, monkeypatch, "ssh")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@far:2222")

    with pytest.raises(docker.errors.DockerException, match=re.escape(said)):
        engine_doors.to_engine()


def test_one_ssh_carries_all_connections_to_where_its_engine_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User, port and the other host's socket reach ssh; it ends when this process lets go."""
    log = tmp_path / "log"
    lines = f'echo "$*" >> {log}; case "$*" in *-L*) echo ready; exec cat;; esac'
    command(tmp_path, f"{lines}; printf unix:///there.sock", monkeypatch, "ssh")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@far:2222")

    doors = {engine_doors.to_engine() for _ in range(2)}

    asked, opened = log.read_text().splitlines()
    (door,) = doors
    assert "-l me -p 2222 -- far" in asked
    assert f"-L {door.removeprefix('unix://')}:/there.sock -- far" in opened

"""Image builds: registries, mirrors, wheels, logs, and two builds by a real engine."""

from __future__ import annotations

import subprocess
import time
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

import docker
import pytest
from docker.errors import ImageNotFound

from fixtures import image_build, image_registry, image_wheels
from fixtures.image_bootstrap import mirrors
from fixtures.image_build import BuildFailed
from fixtures.image_catalog import ImageError
from fixtures.image_registry import Registries, registry_of
from fixtures.images import Images


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "stackproof"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "images" / "tiny"
    path.mkdir(parents=True)
    (path / "image.yaml").write_text("describes: nothing but a file\n")
    (path / "Dockerfile").write_text("FROM scratch\nCOPY content /\n")
    (path / "content").write_text(str(uuid.uuid4()))
    return tmp_path / "images"


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("redis:7", "registry-1.docker.io"),
        ("minio/minio:latest", "registry-1.docker.io"),
        ("docker.io/library/redis", "registry-1.docker.io"),
        ("quay.io/minio/minio", "quay.io"),
        ("localhost/mine", "localhost"),
        ("mirror:5000/redis", "mirror:5000"),
    ],
)
def test_registry_is_read_from_the_name(name: str, host: str) -> None:
    """The first part is a host only when it looks like one."""
    assert registry_of(name) == host


def test_mirror_of_the_engine_counts_as_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine asks its mirrors first; each registry is asked once."""
    asked: list[str] = []

    def answers(url: str) -> bool:
        asked.append(url)
        return url == "https://mirror.example/v2/"

    monkeypatch.setattr(image_registry, "_answers", answers)
    config = {"RegistryConfig": {"Mirrors": ["https://mirror.example/"]}}
    registries = Registries(cast("Any", SimpleNamespace(info=lambda: config)))

    assert [registries.reachable("redis:7") for _ in range(2)] == [True, True]
    assert sorted(asked) == ["https://mirror.example/v2/", "https://registry-1.docker.io/v2/"]


def test_silent_registry_is_given_up_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name resolution on a cut-off network may hang for much longer than a request."""
    monkeypatch.setattr(image_registry, "_DEADLINE", 0.05)

    def answers(_: str) -> bool:
        time.sleep(0.5)
        return True

    monkeypatch.setattr(image_registry, "_answers", answers)
    registries = Registries(cast("Any", SimpleNamespace(info=dict)))

    assert not registries.reachable("redis:7")


@pytest.mark.parametrize(
    ("name", "text", "main"),
    [
        (
            "sources.list",
            "deb http://ftp.example/debian bookworm main\n",
            "http://ftp.example/debian",
        ),
        ("sources.list", "# deb http://ftp.example/debian bookworm main\n", None),
        (
            "sources.list.d/debian.sources",
            "URIs: http://ftp.example/debian/\n",
            "http://ftp.example/debian",
        ),
        ("sources.list", "deb https://ftp.example/debian bookworm main\n", None),
        ("sources.list", "deb [arch=amd64] http://other.example/ubuntu noble main\n", None),
    ],
)
def test_mirror_is_the_hosts_own(tmp_path: Path, name: str, text: str, main: str | None) -> None:
    """Over plain http: a base image has no certificates yet."""
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)

    found = mirrors(tmp_path)

    assert found == (
        main or "http://deb.debian.org/debian",
        "http://deb.debian.org/debian-security",
    )


def test_wheels_are_downloaded_once(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """For the Python and the machine of the image, not of the host."""
    runs: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        runs.append(command)
        dest = next(word for word in command if word.startswith("--dest=")).removeprefix("--dest=")
        (Path(dest) / "a-1-py3-none-any.whl").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)

    found = [image_wheels.download(["a==1"], "3.11", "aarch64") for _ in range(2)]

    assert [path.name for path in found[0]] == ["a-1-py3-none-any.whl"]
    assert found[0] == found[1]
    assert len(runs) == 1
    assert {"--python-version=3.11", "--platform=manylinux_2_28_aarch64"} <= set(runs[0])


def test_failed_download_says_what_pip_said(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """And the next run tries again."""
    said = subprocess.CompletedProcess([], 1, "", "ERROR: No matching distribution for a==1")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: said)

    for _ in range(2):
        with pytest.raises(ImageError, match="could not download a==1:\nERROR: No matching"):
            image_wheels.download(["a==1"], "3.11", "x86_64")


class WithoutRoot:
    """An engine on a host that cannot bootstrap; *has* it the registry's base, or can it pull."""

    def __init__(self, has: bool, pulls: bool) -> None:
        self.has, self.pulls, self.built = has, pulls, ""
        self.images = self.api = self

    def info(self) -> dict[str, Any]:
        return {}

    def get(self, name: str) -> None:
        if not (self.has and name == "debian:12-slim"):
            raise ImageNotFound(name)

    def pull(self, *_: object, **__: object) -> list[dict[str, str]]:
        self.has = self.pulls
        return [] if self.pulls else [{"error": "toomanyrequests"}]

    def build(self, fileobj: BinaryIO, **_: object) -> None:
        self.built = fileobj.read().decode()


def bootstrapped(monkeypatch: pytest.MonkeyPatch, engine: WithoutRoot, *, answers: bool) -> None:
    monkeypatch.setattr(image_build, "cannot_bootstrap", lambda: "debootstrap needs root")
    monkeypatch.setattr(image_registry, "_answers", lambda _: answers)
    Images(cast("docker.DockerClient", engine), "auto", {}, lambda _: None).build(["debian-12"])


@pytest.mark.parametrize("has", [True, False])
def test_without_root_the_registrys_debian_is_the_base(
    monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    """Whether it is there already or must be pulled."""
    engine = WithoutRoot(has, pulls=True)

    bootstrapped(monkeypatch, engine, answers=True)

    assert engine.built.startswith("FROM debian:12-slim\n")


@pytest.mark.parametrize(
    ("answers", "says"), [(False, "nor is debian:12-slim there"), (True, "toomanyrequests")]
)
def test_without_root_and_registry_the_error_says_both(
    monkeypatch: pytest.MonkeyPatch, answers: bool, says: str
) -> None:
    """So that either can be remedied."""
    with pytest.raises(BuildFailed, match="debootstrap needs root") as error:
        bootstrapped(monkeypatch, WithoutRoot(has=False, pulls=False), answers=answers)

    assert says in str(error.value)


@pytest.fixture
def engine() -> docker.DockerClient:
    return docker.from_env(timeout=60)


@pytest.mark.engine
def test_stand_in_is_built_once(folder: Path, engine: docker.DockerClient) -> None:
    """The second time the engine is asked for the tag, and nothing else happens."""
    told: list[str] = []
    source = Images(engine, "local", {}, told.append, folder)

    tag = source.build(["tiny"])["tiny"]
    try:
        first = list(told)
        started = time.monotonic()
        again = Images(engine, "local", {}, told.append, folder).build(["tiny"])
        took = time.monotonic() - started

        assert engine.images.get(tag).labels["io.stackproof.image"] == "tiny"
        assert any("step 2/" in line for line in first)
        assert (again, told) == ({"tiny": tag}, first)
        assert took < 0.2
    finally:
        engine.images.remove(tag)


@pytest.mark.engine
def test_failed_build_shows_the_end_of_its_log(
    folder: Path, engine: docker.DockerClient, cache: Path
) -> None:
    """With the step, and where the whole log is."""
    (folder / "tiny" / "Dockerfile").write_text("FROM scratch\nCOPY nothing-like-it /\n")

    with pytest.raises(BuildFailed, match="cannot be built, step 2/") as error:
        Images(engine, "local", {}, lambda _: None, folder).build(["tiny"])

    (log,) = (cache / "logs").iterdir()
    assert "nothing-like-it" in str(error.value)
    assert f"The whole log: {log}" in str(error.value)

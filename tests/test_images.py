"""Images: what stands in for what, and where an image comes from in each mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast

import docker
import pytest
from docker.errors import ImageNotFound, NotFound

from fixtures import image_registry
from fixtures.image_catalog import BadImageFile, Catalog
from fixtures.images import Images, MissingImages

Mode = Literal["pull", "local", "auto"]


class Engine:
    """The engine's edge: which images it has, which it can pull, how a build ends."""

    def __init__(self, has: set[str], pulls: set[str], build: list[dict[str, str]] | None) -> None:
        self.has, self.pulls, self.log = set(has), pulls, build
        self.built: list[str] = []
        self.pulled: list[str] = []
        self.images = self.api = self

    def info(self) -> dict[str, Any]:
        return {"Architecture": "x86_64"}

    def get(self, name: str) -> str:
        if name not in self.has:
            raise ImageNotFound(name)
        return name

    def pull(self, repository: str, tag: str, **_: object) -> Iterator[dict[str, str]]:
        name = f"{repository}{'@' if tag.startswith('sha256:') else ':'}{tag}"
        if name not in self.pulls:
            raise NotFound("no", explanation=f"manifest for {name} not found")
        self.pulled.append(name)
        self.has.add(name)
        yield {"status": "done"}

    def build(self, tag: str, **_: object) -> list[dict[str, str]]:
        self.built.append(tag)
        self.has.add(tag)
        return self.log or []


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "stackproof"


@pytest.fixture
def folder(tmp_path: Path, cache: Path) -> Path:
    """Two stand-ins, one on the other."""
    for name, text in {
        "ground": "describes: the ground\n",
        "cache": "describes: a cache\nbase: ground\nstands_for: ['redis:7', 'redis:7-*']\n"
        "lacks: {version: It is another one.}\n",
    }.items():
        path = tmp_path / "images" / name
        path.mkdir(parents=True)
        (path / "image.yaml").write_text(text)
        (path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path / "images"


def images(
    folder: Path,
    mode: Mode,
    has: set[str] = frozenset(),  # type: ignore[assignment]
    pulls: set[str] | None = None,
    mapping: dict[str, str] | None = None,
    build: list[dict[str, str]] | None = None,
) -> tuple[Images, Engine, list[str]]:
    engine, told = Engine(has, pulls or set(), build), list[str]()
    client = cast("docker.DockerClient", engine)
    return Images(client, mode, mapping or {}, told.append, folder), engine, told


def reach(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> list[str]:
    """Let only the registries *hosts* answer; return the list of those that are asked."""
    asked: list[str] = []

    def answers(url: str) -> bool:
        asked.append(url.split("/")[2])
        return asked[-1] in hosts

    monkeypatch.setattr(image_registry, "_answers", answers)
    return asked


HUB = "registry-1.docker.io"


@pytest.mark.parametrize(
    ("documented", "name"),
    [
        ("postgres:16", "postgres-16"),
        ("docker.io/library/postgres:16.4", "postgres-16"),
        ("pgvector/pgvector:pg16", "postgres-16"),
        ("pgvector/pgvector:0.8.0-pg18", "postgres-18"),
        ("postgres:15", None),
        ("postgres:16-alpine", None),
        ("redis:7-alpine", "redis-7"),
        ("redis:7@sha256:" + 64 * "a", "redis-7"),
        ("redis", None),
        ("nginx", "nginx"),
        ("nginx:1.25", "nginx"),
        ("minio/minio:RELEASE.2024-01-01T16-36-33Z", "s3"),
        ("quay.io/minio/minio", "s3"),
        ("mirror.example:5000/minio/minio:latest", None),
        ("valkey/valkey:8-alpine", "valkey-8"),
        ("haproxy:3.0", "haproxy"),
        ("python:3.11-slim", "python"),
    ],
)
def test_documented_image_finds_its_stand_in(documented: str, name: str | None) -> None:
    """Docker's short and long spellings of one image mean the same stand-in."""
    found = Catalog().match(documented)

    assert (found.name if found else None) == name


def test_what_a_stand_in_lacks_is_said_in_sentences() -> None:
    """The report prints them as the reason why a promise is unobservable."""
    sentences = [each for it in Catalog().folders.values() for each in it.file.lacks.values()]

    assert sentences
    assert all(each[0].isupper() and each.endswith(".") for each in sentences)


def test_tag_follows_the_content_of_folder_and_base(folder: Path) -> None:
    """The same content is not built twice, and other content is."""
    tags = [Catalog(folder).tag("cache")]
    (folder / "cache" / "__pycache__").mkdir()
    (folder / "cache" / "__pycache__" / "x.pyc").write_text("x")
    assert Catalog(folder).tag("cache") == tags[0]

    for path in (folder / "cache" / "new", folder / "ground" / "new"):
        path.write_text("x")
        tags.append(Catalog(folder).tag("cache"))
    (folder / "cache" / "new").chmod(0o755)
    tags.append(Catalog(folder).tag("cache"))

    assert len(set(tags)) == 4
    assert all(len(tag) == len("stackproof/cache:") + 12 for tag in tags)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("describes: x\nbuilds: y\n", "builds: Extra inputs are not permitted"),
        ("describes: [\n", "no valid YAML"),
        ("describes: x\nsuite: trixie\n", "either a suite or a Dockerfile"),
        ("describes: x\nbase: nowhere\n", "no image folder named nowhere"),
        ("describes: x\nbase: cache\n", "is its own base"),
    ],
)
def test_bad_image_file_is_named_with_its_fault(folder: Path, text: str, says: str) -> None:
    """One line says which file and what."""
    (folder / "ground" / "image.yaml").write_text(text)

    with pytest.raises(BadImageFile, match=str(folder)) as error:
        Catalog(folder)
    assert says in str(error.value)


def test_auto_takes_what_the_engine_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No registry is asked for an image that is there."""
    asked = reach(monkeypatch, HUB)
    source, engine, _ = images(folder, "auto", has={"redis:7"})

    (found,) = source.prepare(["redis:7", "redis:7"]).values()

    assert (found.used, found.stand_in, asked, engine.built) == ("redis:7", None, [], [])


def test_auto_pulls_where_the_registry_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented image is better than its stand-in."""
    asked = reach(monkeypatch, HUB)
    source, engine, _ = images(folder, "auto", pulls={"redis:7", "redis:7-alpine"})

    found = source.prepare(["redis:7", "redis:7-alpine"])

    assert [image.stand_in for image in found.values()] == [None, None]
    assert engine.pulled == ["redis:7", "redis:7-alpine"]
    assert asked == [HUB]


def test_auto_stands_in_where_no_registry_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base is built first, and what is built is not built again."""
    reach(monkeypatch)
    source, engine, _ = images(folder, "auto")

    for _ in range(2):
        (found,) = source.prepare(["redis:7"]).values()

    assert found.used == source.catalog.tag("cache")
    assert found.stand_in is not None
    assert found.stand_in.lacks == {"version": "It is another one."}
    assert engine.built == [source.catalog.tag("ground"), source.catalog.tag("cache")]


def test_auto_stands_in_for_what_the_registry_no_longer_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images vanish from registries: minio/minio did in September 2026."""
    reach(monkeypatch, HUB)
    source, _, told = images(folder, "auto")

    (found,) = source.prepare(["redis:7"]).values()

    assert found.stand_in is not None
    assert any("manifest for redis:7 not found" in line for line in told)


def test_local_never_pulls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the registry would answer."""
    asked = reach(monkeypatch, HUB)
    source, engine, _ = images(folder, "local", pulls={"redis:7"})

    (found,) = source.prepare(["redis:7"]).values()

    assert (found.used, asked, engine.pulled) == (source.catalog.tag("cache"), [], [])


def test_pull_uses_no_stand_in(folder: Path) -> None:
    """Who asks for the documented images gets them or a clear no."""
    source, engine, _ = images(folder, "pull", has={"redis:7"}, pulls=set())

    with pytest.raises(MissingImages, match="redis:7 cannot be pulled: manifest"):
        source.prepare(["redis:7"])
    assert engine.built == []


def test_all_missing_images_are_told_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is built for a run that cannot start."""
    reach(monkeypatch)
    source, engine, _ = images(folder, "auto")

    with pytest.raises(MissingImages) as error:
        source.prepare(["kafka:3", "redis:7", "ghcr.io/acme/app:1"])

    assert set(error.value.reasons) == {"kafka:3", "ghcr.io/acme/app:1"}
    assert "registry ghcr.io cannot be reached" in str(error.value)
    assert "--image NAME=OTHER" in str(error.value)
    assert engine.built == []


@pytest.mark.parametrize("key", ["minio/minio:*", "minio/minio:RELEASE.1"])
def test_image_map_names_another_image(folder: Path, key: str) -> None:
    """By a pattern or the whole name; the documented name stays the key."""
    other = "mirror.example/minio@sha256:" + 64 * "b"
    source, _, _ = images(folder, "pull", pulls={other}, mapping={key: other})

    found = source.prepare(["minio/minio:RELEASE.1"])

    assert found["minio/minio:RELEASE.1"].used == other


def test_what_would_be_used_is_told_without_pulling(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence an image."""
    reach(monkeypatch, "ghcr.io")
    source, engine, _ = images(folder, "auto", has={"nginx:1"}, pulls={"ghcr.io/acme/app:1"})

    says = [source.expected(name)[0] for name in ("nginx:1", "ghcr.io/acme/app:1", "redis:7", "x")]

    assert says[0] == "nginx:1, which the engine has"
    assert says[1] == "ghcr.io/acme/app:1, pulled from ghcr.io"
    assert says[2] == f"{source.catalog.tag('cache')} (not built yet): a cache"
    assert says[3].startswith("nothing: the engine has no x, and the registry")
    assert engine.pulled == []

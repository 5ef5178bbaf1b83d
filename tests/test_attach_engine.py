"""Attaching to a running stack, on a real engine: what is said of it, and that it stays so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import docker
import psycopg
import pytest
import redis

from fixtures import leftovers, owners
from fixtures.image_catalog import Catalog

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[1]
PROJECT = f"shop{os.getpid()}"
STAND_INS = {"web": "nginx", "cache": "redis-7", "db": "postgres-16"}


def verify(folder: Path, *options: str) -> tuple[int, str]:
    """Return the exit code and all that is printed by `stackproof verify`, run in *folder*."""
    process = start(folder, *options)
    said, _ = process.communicate(timeout=240)
    assert "Traceback" not in said
    return process.returncode, said


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "suites", "verify", ".", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def compose(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["docker", "compose", "-p", PROJECT, *arguments],
        cwd=folder, check=True, capture_output=True, timeout=180,
    )  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(docker.from_env()) as client:
        yield client


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's stack that runs, with data in it: images of ours, under no other name."""
    folder = tmp_path_factory.mktemp("attached") / "shop"
    shutil.copytree(ROOT / "tests" / "stacks" / "shop", folder)
    env = (folder / ".env.example").read_text().replace("18188", "0")
    (folder / ".env").write_text(env)
    catalog = Catalog()
    images = {name: {"image": catalog.tag(one)} for name, one in STAND_INS.items()}
    (folder / "compose.override.yaml").write_text(json.dumps({"services": images}))
    built = [sys.executable, "-P", "-m", "suites", "images", "--build", *STAND_INS.values()]
    env_of_ours = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(built, cwd=folder, env=env_of_ours, check=True, capture_output=True)
    try:
        compose(folder, "up", "-d", "--wait")
        cache, connection = clients(folder)
        with closing(cache), connection:
            cache.set("cart:1", "3 apples")
            cache.rpush("orders", *range(50))
            connection.execute("CREATE TABLE orders AS SELECT g AS id FROM generate_series(1, 9) g")
        yield folder
    finally:
        compose(folder, "down", "-v", "-t", "0")


def clients(folder: Path) -> tuple[redis.Redis, psycopg.Connection[Any]]:
    """Return clients of the running stores, as the user has them."""

    def port(service: str, inner: int) -> int:
        said = subprocess.run(
            ["docker", "compose", "-p", PROJECT, "port", service, str(inner)],
            cwd=folder, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        return int(said.rpartition(":")[2])

    cache = redis.Redis(port=port("cache", 6379), password="cache-secret-1")
    connection = psycopg.connect(
        host="127.0.0.1", port=port("db", 5432), user="shop", password="db-secret-1", dbname="shop"
    )
    return cache, connection


CATALOGS = """
    SELECT 'table', schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^pg_|^inf'
    UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'database', datname FROM pg_database
    UNION ALL SELECT 'role', rolname FROM pg_roles
    UNION ALL SELECT 'setting', name || '=' || setting FROM pg_settings WHERE source = 'database'
"""


def state(folder: Path, client: docker.DockerClient) -> dict[str, Any]:
    """Return all that an attached run could have changed."""
    found = client.containers.list(
        all=True, filters={"label": f"{leftovers.PROJECT_LABEL}={PROJECT}"}
    )
    cache, connection = clients(folder)
    with closing(cache), connection:
        keys = sorted(cache.keys("*"))
        return {
            "containers": sorted(
                (
                    one.name, one.id, one.attrs["State"]["StartedAt"], one.attrs["RestartCount"],
                    json.dumps(one.attrs["NetworkSettings"]["Networks"], sort_keys=True),
                )
                for one in found
            ),
            "resources": sorted(
                (one.kind, one.id)
                for one in leftovers.resources(client, f"{leftovers.PROJECT_LABEL}={PROJECT}")
            ),
            "keys": [(key, cache.dump(key), cache.ttl(key)) for key in keys],
            "settings": cache.config_get("*"),
            "catalogs": sorted(connection.execute(CATALOGS).fetchall()),
            "rows": connection.execute("SELECT * FROM orders ORDER BY id").fetchall(),
            "files": sorted(
                (str(path.relative_to(folder)), path.stat().st_mtime_ns)
                for path in folder.rglob("*")
                if path.is_file() and "reports" not in path.parts
            ),
        }  # fmt: skip


def ours(client: docker.DockerClient) -> list[str]:
    """Return what the engine holds of runs that were attached to the project."""
    found = leftovers.resources(client, owners.LANE_LABEL)
    return [str(one) for one in found if one.name.startswith(PROJECT)]


def soon(look: Any, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.1)
    return False


def verdicts(folder: Path) -> dict[str, str]:
    report = json.loads((folder / "reports" / "latest" / "report.json").read_text())
    return {row["id"]: row["verdict"] for row in report["rows"]}


def test_attaching_changes_nothing(shop: Path, client: docker.DockerClient) -> None:
    """Every promise that can be seen is decided, and all data and containers are as before."""
    before = state(shop, client)

    code, said = verify(shop, "--attach", PROJECT)

    assert state(shop, client) == before
    assert ours(client) == []
    assert code == 0, said
    assert f"The running project {PROJECT} is the documented one" in said
    assert said.count(": as documented") == 3
    summary = (shop / "reports" / "latest" / "summary.md").read_text()
    assert f"Attached to {PROJECT}: cache as documented; db as documented" in summary
    seen = verdicts(shop)
    unseen = {"cache-comes-back", "db-survives", "web-quiet", "web-listing"}
    assert {name for name, verdict in seen.items() if verdict == "unobservable"} == unseen
    assert {verdict for name, verdict in seen.items() if name not in unseen} == {"kept"}
    assert verify(shop, "--attach", PROJECT, "--strict", "--only", "web-quiet")[0] == 5


def test_what_may_be_disturbed_is_disturbed_and_comes_back(
    shop: Path, client: docker.DockerClient
) -> None:
    """The named service is killed and started again by its policy; the others run on."""
    before = state(shop, client)

    code, said = verify(shop, "--attach", PROJECT, "--disrupt", "cache", "--level", "disruptive")

    after = state(shop, client)
    assert code == 0, said
    assert verdicts(shop)["cache-comes-back"] == "kept"
    assert verdicts(shop)["db-survives"] == "unobservable"
    for one, other in zip(before["containers"], after["containers"], strict=True):
        assert one[:2] == other[:2]
        assert (one == other) == ("cache" not in one[0])
    for part in ("resources", "keys", "catalogs", "rows", "files"):
        assert before[part] == after[part]
    assert ours(client) == []


def test_a_drift_is_said_service_by_service(shop: Path) -> None:
    """By the hash that Compose labels a container with."""
    override = shop / "compose.override.yaml"
    text = override.read_text()
    changed = json.loads(text)
    changed["services"]["cache"]["mem_limit"] = "200m"
    changed["services"]["extra"] = changed["services"]["cache"]
    override.write_text(json.dumps(changed))
    try:
        code, said = verify(shop, "--attach", PROJECT, "--level", "static")
    finally:
        override.write_text(text)

    assert code == 0, said
    assert f"The running project {PROJECT} is not the documented one" in said
    assert "cache: differs from the compose file" in said
    assert "extra: has no container" in said
    assert "db: as documented" in said


def test_a_killed_run_leaves_the_project_alone(shop: Path, client: docker.DockerClient) -> None:
    """The watchdog takes the probes away, and nothing else."""
    before = state(shop, client)
    process = start(shop, "--attach", PROJECT)
    try:
        assert soon(lambda: ours(client), 60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()

    assert soon(lambda: not ours(client), 20), ours(client)
    time.sleep(4)
    assert ours(client) == []
    after = state(shop, client)
    assert after["containers"] == before["containers"]
    assert after["resources"] == before["resources"]


def test_a_wrong_project_is_named(shop: Path) -> None:
    """With the projects that there are."""
    code, said = verify(shop, "--attach", "shpo")

    assert code == 2, said
    assert "--attach shpo: the engine has no such project" in said
    assert PROJECT in said


def test_an_unknown_service_to_disturb_is_named(shop: Path) -> None:
    """A slip would leave the promise undecided."""
    code, said = verify(shop, "--attach", PROJECT, "--disrupt", "chache")

    assert code == 2, said
    assert "--disrupt chache: no such service" in said


def test_a_broken_promise_of_the_running_stack(shop: Path, client: docker.DockerClient) -> None:
    """The gate fails with exit code 1, as for a copy."""
    cache, _ = clients(shop)
    with closing(cache):
        cache.config_set("appendonly", "no")
    try:
        code, said = verify(shop, "--attach", PROJECT, "--only", "cache-append-only")
    finally:
        with closing(cache):
            cache.config_set("appendonly", "yes")

    assert code == 1, said
    assert verdicts(shop)["cache-append-only"] == "broken"


def test_a_stopped_project_is_named(shop: Path) -> None:
    """The last test of the stack: it is stopped, and what is stopped cannot be looked at."""
    with suppress(subprocess.CalledProcessError):
        compose(shop, "stop", "-t", "0")

    code, said = verify(shop, "--attach", PROJECT)

    assert code == 2, said
    assert f"--attach {PROJECT}: none of its 3 containers runs" in said

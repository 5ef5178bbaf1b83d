"""A user's stack from first to last, with the wheel that `uvx` installs, away from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from fixtures.image_catalog import Catalog

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[1]
PROJECT = f"mine{os.getpid()}"
IMAGES = {"web": "nginx", "cache": "redis-7", "db": "postgres-16"}
BESIDE = Path(sys.executable).parent
UV = shutil.which("uv", path=f"{BESIDE}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if UV is None:
        pytest.skip("uv is not installed")
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([UV, "build", "--quiet", "--out-dir", out, ROOT], check=True, timeout=300)
    return next(out.glob("*.whl"))


class User:
    """Somebody with a folder, who runs the tool there."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.wheel, self.folder = wheel, folder
        self.environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def types(self, *words: str) -> tuple[int, str]:
        """Return the exit code and all that is printed."""
        done = subprocess.run(
            [str(UV), "tool", "run", "--from", str(self.wheel), "stackproof", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    def verdicts(self) -> dict[str, str]:
        report = json.loads((self.folder / "reports" / "latest" / "report.json").read_text())
        return {row["id"]: row["verdict"] for row in report["rows"] if row["selected"]}


@pytest.fixture(scope="module")
def user(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> User:
    """A stack of three services, of which nobody has written down anything."""
    folder = tmp_path_factory.mktemp("user") / "Shop"
    shutil.copytree(ROOT / "tests" / "stacks" / "shop", folder)
    (folder / "promises.yaml").unlink()
    env = (folder / ".env.example").read_text().replace("18188", "0")
    (folder / ".env").write_text(env)
    return User(wheel, folder)


def test_a_first_draft_is_kept(user: User) -> None:
    """Every drafted promise holds on the stack that it was drafted from, in copies of it."""
    code, said = user.types("init", ".")
    assert code == 0, said
    assert "look at what the stack does:" in said
    assert "only record what the files say today:" in said
    drafted = yaml.safe_load((user.folder / "promises.yaml").read_text())
    assert all(one["drafted"] for one in drafted)
    assert {one["kind"] for one in drafted} >= {
        "bind-mount", "credentials", "healthcheck", "network", "resources", "restart", "route",
        "setting", "unix-socket", "volume",
    }  # fmt: skip
    assert user.types("init", ".")[0] == 2

    code, said = user.types("verify", ".")

    assert code == 0, said
    assert f"{len(drafted)} promises are drafts that nobody has read yet" in said
    assert user.verdicts() == {one["id"]: "kept" for one in drafted}


def test_a_break_is_caught(user: User) -> None:
    """By the promise that it breaks, and by no other."""
    conf = user.folder / "web" / "nginx.conf"
    text = conf.read_text()
    conf.write_text(text.replace('return 200 "ok\\n"', 'return 200 "down\\n"'))
    try:
        code, said = user.types("verify", ".", "--service", "web")
    finally:
        conf.write_text(text)

    assert code == 1, said
    verdicts = user.verdicts()
    assert {name for name, word in verdicts.items() if word != "kept"} == {"web-route-health"}


@pytest.fixture
def running(user: User) -> Iterator[list[str]]:
    """The user's stack as it runs, and the options that mean it."""
    catalog = Catalog()
    images = {name: {"image": catalog.tag(one)} for name, one in IMAGES.items()}
    (user.folder / "local.yaml").write_text(json.dumps({"services": images}))
    files = ["-f", "compose.yaml", "-f", "local.yaml"]

    def compose(*words: str) -> None:
        subprocess.run(
            ["docker", "compose", "-p", PROJECT, *files, *words],
            cwd=user.folder, check=True, capture_output=True, timeout=180,
        )  # fmt: skip

    try:
        compose("up", "-d", "--wait")
        yield [*files, "--attach", PROJECT]
    finally:
        compose("down", "-v", "-t", "0")


def test_the_running_stack_keeps_the_draft(user: User, running: list[str]) -> None:
    """And a draft of what runs names the sockets that no file tells."""
    code, said = user.types("verify", ".", *running)
    assert code == 0, said
    assert f"The running project {PROJECT} is the documented one" in said
    assert set(user.verdicts().values()) == {"kept"}

    code, said = user.types("init", ".", "--force", *running)
    assert code == 0, said
    assert "db makes the socket /var/run/postgresql/.s.PGSQL.5432 with mode 0777." in said
    assert "Left out" not in said

"""The command `stackproof verify`: what it reads of a user's folder, and what it says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "tests" / "stacks" / "shop"
NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:1"}


def verify(*options: str | Path, cwd: Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Return the exit code and all that `stackproof verify` prints, run in *cwd*."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "suites", "verify", *map(str, options)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A user's folder: a stack with a .env of its own, and no stack.yaml."""
    folder = Path(shutil.copytree(SHOP, tmp_path / "My Shop"))
    (folder / ".env.example").rename(folder / ".env")
    return folder


def static(shop: Path, *options: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    return verify(".", "--level", "static", *options, cwd=shop, env={**NO_ENGINE, **(env or {})})


def test_a_folder_of_ones_own_is_enough(shop: Path) -> None:
    """Any folder name, no stack.yaml, and no engine for what the files say."""
    code, said = static(shop)

    assert code == 0, said
    assert "13 promises of myshop, 1 selected" in said
    assert (shop / "reports" / "latest" / "report.json").is_file()


def test_a_service_of_a_profile_is_there_with_the_profile(shop: Path) -> None:
    """Without it, a promise about the service is a mistake that is named with its place."""
    (shop / "compose.override.yaml").write_text(
        "services: {tool: {image: 'redis:7', profiles: [tools], restart: always}}\n"
    )
    with (shop / "promises.yaml").open("a") as stream:
        stream.write(
            "- {id: tool-policy, says: The tool comes back., section: Tools, kind: restart,"
            " level: static, expect: {service: tool, policy: always}}\n"
        )

    assert static(shop, "--profile", "tools")[0] == 0
    code, said = static(shop)
    assert code == 2, said
    assert "tool-policy: expect: the compose file has no service 'tool'" in said
    assert "promises.yaml:" in said


def test_the_users_pytest_settings_do_not_disturb(shop: Path) -> None:
    """Neither those of the folder, nor of the environment, nor plugins that are installed."""
    (shop / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "--nonsense"\n')
    (shop / "conftest.py").write_text("raise RuntimeError('the user\\'s own')\n")
    plugin = shop / "site"
    (plugin / "rude-1.dist-info").mkdir(parents=True)
    (plugin / "rude.py").write_text("raise RuntimeError('a plugin that loads itself')\n")
    (plugin / "rude-1.dist-info" / "METADATA").write_text("Name: rude\nVersion: 1\n")
    (plugin / "rude-1.dist-info" / "entry_points.txt").write_text("[pytest11]\nrude = rude\n")
    env = {
        "PYTEST_ADDOPTS": "--nonsense",
        "PYTEST_PLUGINS": "nonsense",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(plugin)]),
    }

    code, said = static(shop, env=env)

    assert code == 0, said


def test_no_entry_point_switches_us_on_in_other_peoples_tests() -> None:
    """The plugins are named by the command, and by nothing else."""
    assert "pytest11" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_list_says_what_would_run(shop: Path) -> None:
    """Lanes, promises and expected times, without an engine."""
    code, said = verify(".", "--list", cwd=shop, env=NO_ENGINE)

    assert code == 0, said
    assert "myshop: 13 of 13 promises" in said
    assert "static: files only (about 1 s)" in said
    assert "crash: a copy of its own (about 29 s)" in said
    assert "cache-comes-back  Redis is back within 15 seconds after a crash.  [restart]" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "restrat"], "--kind restrat: no promise is of it"),
        (["-f", "other.yaml"], "other.yaml: no such file (-f)"),
        (["--disrupt", "cache"], "--disrupt: only an attached project needs that"),
        (["--attach", "shop", "--only", "cach"], "--only cach: no such promise"),
    ],
)
def test_a_slip_is_named(shop: Path, options: list[str], said: str) -> None:
    """Checking something else, or nothing, would be no answer."""
    code, printed = verify(".", *options, cwd=shop)

    assert code == 2, printed
    assert said in printed


def test_what_a_copy_would_share_is_refused(shop: Path) -> None:
    """A copy that writes to the user's data is none; files alone can still be checked."""
    (shop / "compose.override.yaml").write_text(
        "services: {db: {volumes: [/srv/db:/var/lib/other]}}\n"
    )

    code, said = verify(".", cwd=shop, env=NO_ENGINE)

    assert code == 2, said
    assert "service db may write to /srv/db" in said
    assert "--attach" in said
    assert static(shop)[0] == 0


def test_a_folder_without_promises_says_how_to_get_some(shop: Path) -> None:
    """And one without a compose file, or none at all, is named."""
    (shop / "promises.yaml").rename(shop / "elsewhere.yaml")
    code, said = verify(".", cwd=shop)
    assert code == 2
    assert "has no promises.yaml; stackproof init . drafts one" in said

    (shop / "compose.yaml").unlink()
    code, said = verify(".", cwd=shop)
    assert code == 2
    assert "holds none of compose.yaml" in said
    assert "nowhere: no such folder" in verify("nowhere", cwd=shop)[1]


def test_no_engine_is_exit_code_3(shop: Path) -> None:
    """Also where a project is to be attached."""
    assert verify(".", cwd=shop, env=NO_ENGINE)[0] == 3
    assert verify(".", "--attach", "shop", cwd=shop, env=NO_ENGINE)[0] == 3

"""Doctor: what is read, what is decided, and that an engine that answers is left alone."""

from __future__ import annotations

import io
import os
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from fixtures import doctor, doctor_engine, doctor_ports, doctor_table, engine_install
from fixtures.doctor_command import doctor as command
from fixtures.doctor_engine import Endpoint, endpoint, numbers, reason
from fixtures.doctor_plan import (
    INSTALL_COMPOSE,
    INSTALL_ENGINE,
    START_ENGINE,
    Plan,
    Situation,
    family,
    plan,
)
from fixtures.doctor_ports import Port, documented, holders, interpolated, published

if TYPE_CHECKING:
    pass

# --- what is decided ---------------------------------------------------------------------------

FRESH = Situation(
    chosen=False,
    why="no socket there",
    compose=(),
    root=True,
    family="debian",
    installed=False,
    command=False,
)
WORKS = replace(FRESH, why="", compose=(2, 26, 1), installed=True, command=True)


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        (FRESH, (INSTALL_ENGINE, START_ENGINE, INSTALL_COMPOSE)),
        (replace(FRESH, family="ubuntu"), (INSTALL_ENGINE, START_ENGINE, INSTALL_COMPOSE)),
        (replace(FRESH, installed=True), (START_ENGINE, INSTALL_COMPOSE)),
        (replace(WORKS, why="connection refused"), (START_ENGINE,)),
        (replace(WORKS, why="connection refused", family=""), (START_ENGINE,)),
        (replace(WORKS, compose=()), (INSTALL_COMPOSE,)),
        (replace(WORKS, compose=(1, 29, 2)), (INSTALL_COMPOSE,)),
        (replace(WORKS, compose=(2, 24, 3)), (INSTALL_COMPOSE,)),
        (replace(WORKS, chosen=True, compose=()), (INSTALL_COMPOSE,)),
    ],
)
def test_plan_does_what_is_missing_and_no_more(now: Situation, steps: tuple[str, ...]) -> None:
    """The steps come in the order in which they need each other."""
    assert plan(now) == Plan(steps)


@pytest.mark.parametrize("now", [WORKS, replace(WORKS, root=False), replace(WORKS, chosen=True)])
def test_plan_for_what_works_is_nothing(now: Situation) -> None:
    """An engine that answers is never touched."""
    assert plan(now) == Plan()


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (replace(FRESH, chosen=True), "DOCKER_HOST"),
        (replace(WORKS, chosen=True, why="no answer in time"), "DOCKER_HOST"),
        (replace(FRESH, root=False), "sudo stackproof doctor --fix"),
        (replace(FRESH, root=False, family=""), "docs.docker.com/engine"),
        (replace(FRESH, family=""), "docs.docker.com/engine"),
        (replace(WORKS, root=False, why="permission denied"), "usermod -aG docker"),
        (replace(WORKS, root=False, why="connection refused"), "systemctl start docker"),
        (replace(WORKS, root=False, compose=()), "docs.docker.com/compose"),
        (replace(WORKS, family="", compose=()), "docs.docker.com/compose"),
    ],
)
def test_plan_where_it_may_not_act_is_advice(now: Situation, says: str) -> None:
    """Not root, not Debian, or an engine somebody chose: nothing is installed."""
    chosen = plan(now)

    assert chosen.steps == ()
    assert says in " ".join(chosen.advice)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "debian"),
        ("ID=ubuntu\nID_LIKE=debian\n", "ubuntu"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "ubuntu"),
        ('ID="rhel"\nID_LIKE="fedora"\n', ""),
        ("", ""),
    ],
)
def test_family_is_read_from_os_release(text: str, name: str) -> None:
    """Derivatives install as what they derive from."""
    assert family(text) == name


# --- what is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({"DOCKER_HOST": "tcp://far:2375"}, ("tcp://far:2375", False, False)),
        ({"DOCKER_HOST": "unix:///var/run/docker.sock"}, (doctor_engine.LOCAL[0], True, True)),
        ({"DOCKER_CONTEXT": "default"}, (doctor_engine.LOCAL[0], True, True)),
        ({"DOCKER_CONTEXT": "no-such-context"}, (None, False, False)),
    ],
)
def test_endpoint_is_where_the_cli_looks(
    environment: dict[str, str], where: tuple[str | None, bool, bool]
) -> None:
    """DOCKER_HOST wins over a context, and only what nobody chose may be installed."""
    found = endpoint(environment)

    assert (found.url, found.default, found.local) == where


def test_unreachable_engine_says_why(tmp_path: Path) -> None:
    """A socket that is not there and one where nobody listens are told apart."""
    stale = tmp_path / "stale.sock"
    with closing(socket.socket(socket.AF_UNIX)) as bound:
        bound.bind(str(stale))

    assert why(f"unix://{tmp_path}/none.sock") == "no socket there"
    assert why(f"unix://{stale}") == "connection refused: nobody listens"


def why(url: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", url)
        client, text = doctor_engine.connect(Endpoint("test", url, default=False))
    assert client is None
    return text


def test_reason_of_something_unheard_of_is_its_own_text() -> None:
    """Nothing is made up."""
    assert reason("the moon is in the way") == "the moon is in the way"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v2.29.7\n", (2, 29, 7)),
        ("2.26.1-4", (2, 26, 1)),
        ("2.24.0+ds1-0ubuntu1", (2, 24, 0)),
        ("5.0", (5, 0, 0)),
        ("", ()),
        ("docker: 'compose' is not a docker command.", ()),
    ],
)
def test_versions_are_numbers(text: str, expected: tuple[int, ...]) -> None:
    """Distributions add what they like behind them."""
    assert numbers(text) == expected


POLICY = """\
docker.io:
  Installed: (none)
  Candidate: 20.10.24+dfsg1-1+b6
  Version table:
     20.10.24+dfsg1-1+b6 500
docker-compose:
  Installed: (none)
  Candidate: 1.29.2-3
  Version table:
     1.29.2-3 500
docker-cli:
  Installed: (none)
  Candidate: (none)
  Version table:
"""


def test_candidates_are_what_apt_would_install() -> None:
    """A package that apt has heard of, but has no version of, is none."""
    found = engine_install.parse_policy(POLICY)

    assert found == {"docker.io": "20.10.24+dfsg1-1+b6", "docker-compose": "1.29.2-3"}


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ({"docker-compose": "1.29.2-3"}, None),
        ({"docker-compose": "2.26.1-4"}, "docker-compose"),
        ({"docker-compose": "1.29.2-6", "docker-compose-v2": "2.40.3+ds1"}, "docker-compose-v2"),
        ({"docker-compose-v2": "2.20.2+ds1-0ubuntu1"}, None),
        ({}, None),
    ],
)
def test_compose_package_is_one_of_version_2(found: dict[str, str], name: str | None) -> None:
    """Debian 12's docker-compose is version 1, Ubuntu's is named otherwise."""
    assert engine_install.compose_package(found) == name


# --- ports -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("80", []),
        (80, []),
        ("8080:80", [Port(8080)]),
        ("127.0.0.1:8080:80/tcp", [Port(8080)]),
        ("127.0.0.1::80", []),
        ("[::1]:8080:80", [Port(8080)]),
        ("5060:5060/udp", [Port(5060, "udp")]),
        ("3000-3001:3000-3001", [Port(3000), Port(3001)]),
        ("${API_PORT:-3000}:3000", [Port(3000)]),
        ("${SET}:3000", [Port(4000)]),
        ("${UNSET}:3000", []),
        ({"target": 80, "published": "8080", "protocol": "udp"}, [Port(8080, "udp")]),
        ({"target": 80, "published": 0}, []),
        ({"target": 80}, []),
    ],
)
def test_published_ports_of_every_form(entry: Any, expected: list[Port]) -> None:
    """The forms of the Compose specification, "ports"."""
    assert list(published(entry, {"SET": "4000"})) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A${A}", "11"),
        ("${B:-x}${B-x}", "x"),
        ("${C:-x}${C-y}", "xy"),
        ("${A:+set}${C:+set}", "set"),
        ("${A:?must be}", "1"),
    ],
)
def test_interpolation_is_compose_s(text: str, expected: str) -> None:
    """B is set to nothing, C is not set."""
    assert interpolated(text, {"A": "1", "B": ""}) == expected


def test_documented_ports_tolerate_compose_s_tags(tmp_path: Path) -> None:
    """``!reset`` and ``!override`` are no YAML of PyYAML's, and no reason to fail."""
    (tmp_path / ".env.example").write_text("WEB=8080\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n"
        '  web: {ports: !override ["${WEB}:80", "8080:81"]}\n'
        "  db: {ports: !reset [], healthcheck: !reset null}\n"
        "  none:\n"
    )

    assert documented(tmp_path) == [Port(8080)]


@pytest.mark.parametrize("text", ["services: [", "[]", "services: x"])
def test_unreadable_compose_file_is_one_error(tmp_path: Path, text: str) -> None:
    """The doctor goes on with the other stacks."""
    (tmp_path / "compose.yaml").write_text(text)

    with pytest.raises(ValueError, match=r"compose\.yaml"):
        documented(tmp_path)


def test_holder_of_a_port_is_named() -> None:
    """By its process, which is this one."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = Port(server.getsockname()[1])

        found = holders([port, Port(1)], None, local=True)

    assert list(found) == [port]
    assert f"(pid {os.getpid()})" in found[port].saw


def test_container_is_named_before_its_proxy() -> None:
    """``docker stop`` ends it; killing docker-proxy would not."""

    class Engine:
        api: Any

        def containers(self) -> list[dict[str, Any]]:
            ports = [{"PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}, {"PrivatePort": 9}]
            return [{"Names": ["/web"], "Ports": ports}]

    engine: Any = Engine()
    engine.api = engine

    found = holders([Port(8080)], engine, local=False)

    assert found[Port(8080)] == doctor_ports.Holder("held by container web", "docker stop web")


# --- what is shown -----------------------------------------------------------------------------


def test_every_problem_is_shown_with_its_fix() -> None:
    """Plain lines where nobody looks at a terminal."""
    out = io.StringIO()

    doctor_table.show(
        [
            doctor.Finding("engine", doctor.MISSING, "not reachable", "doctor --fix"),
            doctor.Finding("cgroup", doctor.OK, "version 2"),
        ],
        out,
    )

    assert out.getvalue() == (
        "missing engine: not reachable\n        fix: doctor --fix\nok      cgroup: version 2\n"
    )


def test_unreachable_engine_ends_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And ``--fix`` installs nothing behind a DOCKER_HOST that somebody chose."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr("fixtures.doctor_registry.DEADLINE", 0.01)
    monkeypatch.setattr("fixtures.engine_install._apt", lambda *_: pytest.fail("apt was run"))
    monkeypatch.setattr("fixtures.tools.missing", lambda *_: [])  # whatever this host lacks

    done = CliRunner().invoke(command, ["--fix"])

    assert done.exit_code == 3, done.output
    assert "Start it, or unset them" in done.output
    assert "missing engine: not reachable" in done.output


@pytest.mark.engine
def test_engine_that_answers_is_ready_and_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second ``doctor --fix`` changes nothing and says so."""
    monkeypatch.setattr("fixtures.engine_install._apt", lambda *_: pytest.fail("apt was run"))
    monkeypatch.setattr("fixtures.tools.missing", lambda *_: [])  # whatever this host lacks
    monkeypatch.setattr("fixtures.doctor_registry.DEADLINE", 0.5)

    done = CliRunner().invoke(command, ["--fix"])

    assert done.exit_code == 0, done.output
    assert "Nothing to fix" in done.output
    assert "ok      engine" in done.output

"""Composition: which services there are, what they run and how they are put together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from . import terms

if TYPE_CHECKING:
    from fixtures.config import Config
    from fixtures.containers import Containers
    from fixtures.http import Http
    from fixtures.lanes import Lane
    from fixtures.probe_containers import ProbeContainers
    from fixtures.promises import Promise
    from fixtures.repository import Repository


@dataclass(frozen=True, slots=True)
class Services:
    services: terms.Services


@pytest.mark.promise("services", expect=Services)
def test_services_are_declared(promise: Promise[Services], config: Config) -> None:
    """The compose file declares exactly these services."""
    assert config.services() == sorted(promise.expect.services)


@pytest.mark.promise("services", expect=Services, lane="shared")
def test_services_run(promise: Promise[Services], containers: Containers) -> None:
    """Exactly these services run, one container each, or have done their work.

    That is to have ended with 0 where the compose file says that they end: by `restart: "no"` or
    `on-failure`, or by another that waits for `service_completed_successfully`.

    Cannot see: services that a profile leaves out.
    """
    expected, running = sorted(promise.expect.services), containers.running()
    done = [service for service in containers.done() if service in expected]

    assert sorted([*running, *(s for s in done if s not in running)]) == expected


@dataclass(frozen=True, slots=True)
class Image:
    service: terms.Service
    image: str
    """Name and tag, as the compose file has them."""


@pytest.mark.promise("image", expect=Image)
def test_image(promise: Promise[Image], config: Config) -> None:
    """The service runs from the image of this name and tag.

    Cannot see: what is in the image: `server-version` asks the server.

    About image: which image a service runs from, and what is in it.
    """
    assert config.service(promise.expect.service, "image") == promise.expect.image


@dataclass(frozen=True, slots=True)
class Program:
    service: terms.Service
    port: terms.Port
    path: terms.Path
    server: str
    """The word with which the Server header begins."""
    file: str
    """A path in the container."""
    feature: str
    """What a stand-in may lack, of which the file is a sign."""


@pytest.mark.promise("image", expect=Program)
def test_program(
    promise: Promise[Program], http: Http, probes: ProbeContainers, lane: Lane
) -> None:
    """The answer names this program, and the file in its container shows where it comes from."""
    expect = promise.expect
    seen = http.until(expect.service, expect.port, expect.path, 200).first("Server")
    assert re.match(rf"{expect.server}\b", seen), f"the answer is of {seen!r}"

    lane.require(f"{expect.service}/{expect.feature}")
    kind = probes.beside(expect.service).stat(expect.file, follow=True).kind
    assert kind == "file", f"{expect.file} is {kind}"


@dataclass(frozen=True, slots=True)
class Base:
    service: terms.Service
    file: str
    """A path in the container."""
    feature: str
    """What a stand-in may lack, of which the file is a sign."""


@pytest.mark.promise("image", expect=Base)
def test_base(promise: Promise[Base], probes: ProbeContainers, lane: Lane) -> None:
    """The file in the service's container shows what its image is made from."""
    expect = promise.expect
    lane.require(f"{expect.service}/{expect.feature}")
    kind = probes.beside(expect.service).stat(expect.file, follow=True).kind

    assert kind == "file", f"{expect.file} is {kind}"


@dataclass(frozen=True, slots=True)
class ContainerName:
    service: terms.Service
    name: str
    """The container's name."""


@pytest.mark.promise("container-name", expect=ContainerName)
def test_container_name(promise: Promise[ContainerName], config: Config) -> None:
    """The service's container has a fixed name.

    Cannot see: the name of a running container: copies have names of their own.
    """
    assert config.service(promise.expect.service, "container_name") == promise.expect.name


@dataclass(frozen=True, slots=True)
class Command:
    service: terms.Service
    command: list[str]
    """The words, `${NAME}` for values of .env."""


@pytest.mark.promise("command", expect=Command)
def test_command(promise: Promise[Command], config: Config, repository: Repository) -> None:
    """The service is started with these words; `${NAME}` stands for its value in .env.

    About command: what a service is started with.

    Cannot see: what a shell in the image makes of the words.
    """
    values = repository.values()
    words = [
        re.sub(r"\$\{(\w+)\}", lambda m: values.get(m[1], ""), w) for w in promise.expect.command
    ]

    assert config.service(promise.expect.service, "command") == words


@dataclass(frozen=True, slots=True)
class DependsOn:
    service: terms.Service
    services: terms.Services


@pytest.mark.promise("depends-on", expect=DependsOn)
def test_depends_on(promise: Promise[DependsOn], config: Config) -> None:
    """The service waits for these services and for no other.

    Cannot see: whether a service would work without what it waits for.
    """
    declared = config.service(promise.expect.service, "depends_on")

    assert sorted(declared) == sorted(promise.expect.services)


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    service: terms.Service
    policy: str
    """The policy's name in Compose."""


@pytest.mark.promise("restart", expect=RestartPolicy)
def test_restart_policy(promise: Promise[RestartPolicy], config: Config) -> None:
    """The service has this restart policy."""
    assert config.service(promise.expect.service, "restart") == promise.expect.policy


@pytest.mark.promise("restart", expect=RestartPolicy, lane="shared")
def test_restart_policy_held(promise: Promise[RestartPolicy], containers: Containers) -> None:
    """The engine itself holds this restart policy for the service's container."""
    policy = containers.inspect(promise.expect.service, "HostConfig", "RestartPolicy", "Name")

    assert policy == promise.expect.policy


@dataclass(frozen=True, slots=True)
class OutsideCompose:
    unpublished: int
    """A port that no service publishes or exposes."""


@pytest.mark.promise("published-port", expect=OutsideCompose)
def test_port_belongs_to_no_service(promise: Promise[OutsideCompose], config: Config) -> None:
    """No service publishes or exposes the port: who answers there is a process of the host."""
    port = promise.expect.unpublished
    for service in config.services():
        ports = config.service(service, "ports")
        exposed = config.service(service, "expose")
        taken = [int(one["target"]) for one in ports if ports != "absent"] + [
            int(one.get("published", 0)) for one in ports if ports != "absent"
        ]
        taken += [int(one) for one in exposed if exposed != "absent"]

        assert port not in taken, f"{service} has port {port}"


@dataclass(frozen=True, slots=True)
class ComposeFile:
    file: str
    """The compose file's name."""
    setup: list[str] = field(default_factory=list)
    """Commands that are run before it."""
    env_file: str | None = None
    """What Compose is to read in place of .env."""


@pytest.mark.promise("compose-file", expect=ComposeFile)
def test_compose_accepts_the_file(promise: Promise[ComposeFile], repository: Repository) -> None:
    """`docker compose config -q` accepts the file without a word.

    Cannot see: whether other versions of Compose accept it.
    """
    other = promise.expect.env_file
    option = f"--env-file {other} " if other else ""
    done = repository.run(f"docker compose {option}config -q", promise.expect.setup)

    assert repository.kind(promise.expect.file) == "file"
    assert (done.exit, done.stderr) == (0, "")

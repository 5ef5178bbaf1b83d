"""A second engine, reached by TLS, with a network, a /tmp and images of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from fixtures import leftovers, owners

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a second engine needs root"),
    pytest.mark.skipif(
        not all(map(shutil.which, ("dockerd", "ip", "nsenter", "unshare", "openssl"))),
        reason="a second engine needs dockerd, iproute2, util-linux and openssl",
    ),
]

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests" / "stacks" / "demo"
OURS, THEIRS = "10.201.77.1", "10.201.77.2"
NAME = "stackproof2"


def run(*command: str | Path, **env: str) -> str:
    """Return what *command* printed; raises `CalledProcessError`."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def certificates(folder: Path) -> None:
    """Make an authority, and from it a server's and a client's certificate."""
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes")
    run(*new, "-x509", "-subj", "/CN=ca", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    for name, use in (("server", "serverAuth"), ("client", "clientAuth")):
        extension = folder / f"{name}.ext"
        extension.write_text(f"subjectAltName=IP:{THEIRS}\nextendedKeyUsage={use}\n")
        key, request = folder / f"{name}.key", folder / f"{name}.csr"
        run(*new, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        run(
            *("openssl", "x509", "-req", "-in", request, "-CA", folder / "ca.pem"),
            *("-CAkey", folder / "ca.key", "-CAcreateserial", "-extfile", extension),
            *("-out", folder / f"{name}.pem"),
        )


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[docker.DockerClient]:
    """An engine of the context `second`, in namespaces of its own; it has the demo's images."""
    certificates(tmp_path)
    run("ip", "netns", "add", NAME)
    run("ip", "link", "add", "sp2h", "type", "veth", "peer", "name", "sp2c", "netns", NAME)
    run("ip", "address", "add", f"{OURS}/24", "dev", "sp2h")
    run("ip", "link", "set", "sp2h", "up")
    inside = ("ip", "-n", NAME)
    run(*inside, "address", "add", f"{THEIRS}/24", "dev", "sp2c")
    for link in ("sp2c", "lo"):
        run(*inside, "link", "set", link, "up")
    # Not `ip netns exec`: it mounts a /sys of its own, which has no cgroups.
    process = subprocess.Popen(
        [
            *("nsenter", f"--net=/run/netns/{NAME}", "unshare", "--mount", "bash", "-c"),
            'mount -t tmpfs tmpfs /var/tmp && exec env TMPDIR=/var/tmp dockerd "$@"',
            *("dockerd", "--data-root", str(tmp_path / "data")),
            *("--exec-root", str(tmp_path / "exec"), "--pidfile", str(tmp_path / "pid")),
            *("--host", f"tcp://{THEIRS}:2376", "--host", f"unix://{tmp_path}/engine.sock"),
            *("--tlsverify", "--tlscacert", str(tmp_path / "ca.pem")),
            *("--tlscert", str(tmp_path / "server.pem"), "--tlskey", str(tmp_path / "server.key")),
            *("--cgroup-parent", f"/{NAME}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=(tmp_path / "log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
        place = f"host=tcp://{THEIRS}:2376"
        files = f"ca={tmp_path}/ca.pem,cert={tmp_path}/client.pem,key={tmp_path}/client.key"
        run("docker", "context", "create", "second", "--docker", f"{place},{files}")
        deadline = time.monotonic() + 60
        socket = tmp_path / "engine.sock"
        while not socket.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        with closing(docker.DockerClient(base_url=f"unix://{socket}", timeout=120)) as client:
            give_images(client)
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        run("ip", "link", "delete", "sp2h")
        run("ip", "netns", "delete", NAME)


def give_images(client: docker.DockerClient) -> None:
    """Let the second engine have what the first has already built."""
    with closing(docker.from_env()) as first:
        ours = [image for image in first.images.list("stackproof/*") if wanted(image.tags)]
        for image in ours:
            client.images.load(b"".join(image.save(named=image.tags[0])))


def wanted(tags: list[str]) -> bool:
    names = ("probe", "python", "debian-12", "debian-13")
    return any(tag.startswith(f"stackproof/{name}:") for tag in tags for name in names)


def test_stacks_are_spread_over_two_engines(second: docker.DockerClient, tmp_path: Path) -> None:
    """Each engine runs one stack; ports and folders of the other host are reached all the same."""
    stacks = [shutil.copytree(DEMO, tmp_path / f"{name}{os.getpid()}") for name in ("one", "two")]
    report_dir = tmp_path / "report"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "suites", "check", "--engines", "default,second"),
            *(f"--stack={stack}" for stack in stacks),
            f"--report-dir={report_dir}",
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((report_dir / "report.json").read_text())
    verdicts = {(row["stack"], row["id"]): row["verdict"] for row in report["rows"]}
    for stack in stacks:
        assert verdicts[stack.name, "web-alone"] == "kept"
        assert verdicts[stack.name, "web-port"] == "kept"
        assert verdicts[stack.name, "web-port-wrong"] == "broken"
    engines = {lane["stack"]: lane["engine"] for lane in report["run"]["lanes"]}
    assert set(engines.values()) == {"default", "second"}
    assert not leftovers.resources(second, owners.LANE_LABEL)

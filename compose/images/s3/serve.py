#!/usr/bin/env python3
"""Serves S3 as MinIO is told to: ``server [--address HOST:PORT] [--console-address ...] DIR``.

This process becomes radosgw, so the container lives, hangs and dies as radosgw does. A
second one keeps what radosgw needs (monitor, OSD, proxy) and ends it when one of them ends.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

INNER = 39099
ROOT = "root"  # the user that owns everything, whatever its key is called
OSD_SAYS = (
    "--log-to-stderr=true",
    "--debug-osd=1",
    "--debug-bdev=0",
    "--debug-bluestore=0",
    "--debug-bluefs=0",
    "--debug-rocksdb=0",
    "--debug-ms=0",
    "--debug-monc=0",
)
SEED = "/usr/share/s3-seed.tar.gz"
PROXY = Path("/tmp/proxy.conf")  # noqa: S108 - the only folder that is always writable


def setting(name: str, older: str) -> str:
    """Return NAME, or the content of the file NAME_FILE, or MinIO's default."""
    file = os.environ.pop(f"{name}_FILE", "")
    if file:
        # MinIO looks in /run/secrets for a name that is no path.
        path = Path(file) if "/" in file else Path("/run/secrets", file)
        return path.read_text(encoding="utf-8").strip()
    return os.environ.get(name) or os.environ.get(older) or "minioadmin"


def arguments(words: list[str]) -> argparse.Namespace:
    """Return what MinIO's command line says."""
    if words[:1] == ["minio"]:
        words = words[1:]
    parser = argparse.ArgumentParser(prog="minio", description="Ceph in MinIO's place")
    server = parser.add_subparsers(dest="command", required=True).add_parser("server")
    server.add_argument("--address", default=os.environ.get("MINIO_ADDRESS", ":9000"))
    server.add_argument("--console-address", default=os.environ.get("MINIO_CONSOLE_ADDRESS", ""))
    for flag in ("--quiet", "--anonymous", "--json"):
        server.add_argument(flag, action="store_true")
    server.add_argument("directory", type=Path)
    return parser.parse_args(words)


def plant(data: Path) -> bool:
    """Put the empty cluster into *data* if there is none; return whether there was none."""
    store = data / ".ceph"
    if store.exists():
        return False
    fresh = data / ".ceph.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    subprocess.run(["tar", "-xzf", SEED, "-C", str(fresh)], check=True)
    fresh.rename(store)  # all of it or nothing, whenever somebody kills us
    return True


def admin(*words: str) -> subprocess.CompletedProcess[str]:
    """Run radosgw-admin for the root user."""
    command = ["radosgw-admin", *words, f"--uid={ROOT}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def set_root_key(user: str, password: str, *, is_new: bool) -> None:
    """Make the root user's only key the documented one, as MinIO does at each start."""
    key = (f"--access-key={user}", f"--secret={password}")
    shown = None if is_new else admin("user", "info")
    if shown is None or shown.returncode:
        done = admin("user", "create", f"--display-name={ROOT}", *key)
    else:
        keys = {each["access_key"]: each["secret_key"] for each in json.loads(shown.stdout)["keys"]}
        if keys == {user: password}:
            return
        done = admin("key", "create", "--key-type=s3", *key)
        for old in keys.keys() - {user}:
            admin("key", "rm", "--key-type=s3", f"--access-key={old}")
    if done.returncode:
        raise RuntimeError(f"the root user cannot be stored: {done.stderr.strip()[-500:]}")


def wait_for_radosgw() -> None:
    """Return once radosgw answers on its inner port."""
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{INNER}/swift/healthcheck", timeout=60)
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return


def said_by(log: str) -> str:
    """Return what a daemon of Ceph's has said."""
    path = Path(f"/tmp/{log}.log")  # noqa: S108
    return path.read_text(errors="replace") if path.exists() else ""


def start(log: str, *command: str) -> subprocess.Popen[bytes]:
    """Start one of Ceph's daemons; what it says goes to a file, for the case that it ends."""
    with Path(f"/tmp/{log}.log").open("wb") as out:  # noqa: S108
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def wait_for_osd(osd: subprocess.Popen[bytes]) -> None:
    """Return once the OSD has joined.

    A client that comes sooner takes the dead OSD of the time before for this one, and is
    slow to find out: 5 to 15 seconds instead of one.
    """
    while "booting -> active" not in said_by("osd"):
        if osd.poll() is not None:
            raise RuntimeError("the OSD ended")
        time.sleep(0.02)


def keep(data: Path, user: str, password: str, is_new: bool, ready: int) -> NoReturn:
    """Run what radosgw needs, tell the pipe *ready* when it can start, and end with it.

    When any of it ends, so does radosgw (process 1).
    """
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        running["monitor"] = start("mon", "ceph-mon", "-f", "-i", "a", f"--mon-data={data}/mon")
        running["OSD"] = start(
            "osd", "ceph-osd", "-f", "-i", "0", f"--osd-data={data}/osd", *OSD_SAYS
        )
        wait_for_osd(running["OSD"])
        set_root_key(user, password, is_new=is_new)
        os.write(ready, b"1")
        os.close(ready)
        wait_for_radosgw()
        running["proxy"] = subprocess.Popen(["nginx", "-c", str(PROXY)])
        pid, _ = os.wait()
        reason = next((f"the {name} ended" for name, it in running.items() if it.pid == pid), "")
    except Exception as error:  # noqa: BLE001 - whatever it is, the container must end
        reason = str(error)
    print(f"FATAL {reason}", said_by("mon")[-2000:], said_by("osd")[-2000:], sep="\n", flush=True)
    os.kill(1, signal.SIGTERM)
    time.sleep(1)
    os.kill(1, signal.SIGABRT)  # without its OSD it cannot end in order; SIGKILL spares process 1
    os._exit(1)


def main() -> None:
    """Check the settings as MinIO does, and become the server."""
    said = arguments(sys.argv[1:])
    user = setting("MINIO_ROOT_USER", "MINIO_ACCESS_KEY")
    password = setting("MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY")
    if len(user) < 3 or len(password) < 8:
        sys.exit(
            "FATAL Unable to validate credentials: MINIO_ROOT_USER needs at least 3 characters,"
            " MINIO_ROOT_PASSWORD at least 8"
        )
    host, _, port = said.address.rpartition(":")
    address = f"{host or '0.0.0.0'}:{port}"
    config = Path("/etc/nginx/proxy.conf.in").read_text(encoding="utf-8")
    PROXY.write_text(config.replace("@ADDRESS@", address).replace("@INNER@", str(INNER)))
    print(f"Ceph serves S3 in MinIO's place\nAPI: http://{address}", flush=True)
    if said.console_address:
        print(f"There is no console on {said.console_address}.", flush=True)

    data = said.directory.resolve()
    data.mkdir(parents=True, exist_ok=True)
    is_new = plant(data)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # process 1 has no default
    is_ready, ready = os.pipe()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        keep(data / ".ceph", user, password, is_new, ready)
    os.close(ready)
    if not os.read(is_ready, 1):
        time.sleep(1)  # the reason is being told
        sys.exit(1)
    os.execvp(  # noqa: S606
        "radosgw",
        ["radosgw", "-d", "-n", "client.rgw", f"--rgw-frontends=beast endpoint=127.0.0.1:{INNER}"],
    )


main()

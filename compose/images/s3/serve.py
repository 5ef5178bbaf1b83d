#!/usr/bin/env python3
"""Serves S3 as MinIO is told to: ``server [--address HOST:PORT] [--console-address ...] DIR``.

This process becomes radosgw, so the container lives exactly as long as that does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

INNER = "9099"
ROOT = "root"  # the user that owns everything, whatever its key is called


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
    parser = argparse.ArgumentParser(prog="minio", description="Ceph radosgw in MinIO's place")
    command = parser.add_subparsers(dest="command", required=True)
    server = command.add_parser("server")
    server.add_argument("--address", default=os.environ.get("MINIO_ADDRESS", ":9000"))
    server.add_argument("--console-address", default=os.environ.get("MINIO_CONSOLE_ADDRESS", ""))
    for flag in ("--quiet", "--anonymous", "--json", "--compat"):
        server.add_argument(flag, action="store_true")
    server.add_argument("directory", type=Path)
    return parser.parse_args(words)


def admin(options: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run radosgw-admin on the data that the server will have."""
    command = ["radosgw-admin", "--no-mon-config", *options, *words, f"--uid={ROOT}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def set_root_key(options: list[str], user: str, password: str) -> None:
    """Make the root user's only key the documented one, as MinIO does at each start."""
    shown = admin(options, "user", "info")
    key = (f"--access-key={user}", f"--secret={password}")
    if shown.returncode:
        done = admin(options, "user", "create", f"--display-name={ROOT}", *key)
    else:
        keys = {each["access_key"]: each["secret_key"] for each in json.loads(shown.stdout)["keys"]}
        if keys == {user: password}:
            return
        done = admin(options, "key", "create", "--key-type=s3", *key)
        for old in keys.keys() - {user}:
            admin(options, "key", "rm", "--key-type=s3", f"--access-key={old}")
    if done.returncode:
        sys.exit(f"FATAL the root user cannot be stored: {done.stderr.strip()[-500:]}")


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
    said.directory.mkdir(parents=True, exist_ok=True)
    data = said.directory.resolve()
    options = [f"--dbstore-db-dir={data}", f"--dbstore-config-uri=file:{data}/config.db"]
    set_root_key(options, user, password)

    host, _, port = said.address.rpartition(":")
    config = Path("/etc/nginx/proxy.conf.in").read_text(encoding="utf-8")
    config = config.replace("@ADDRESS@", f"{host or '0.0.0.0'}:{port}").replace("@INNER@", INNER)
    Path("/tmp/proxy.conf").write_text(config, encoding="utf-8")
    for name in ("MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"):
        os.environ.pop(name, None)
    subprocess.Popen(["/usr/local/bin/proxy.sh", INNER], stdin=subprocess.DEVNULL)

    print(
        "Ceph radosgw serves S3 in MinIO's place",
        f"API: http://{host or '0.0.0.0'}:{port}",
        sep="\n",
    )
    if said.console_address:
        print(f"There is no console on {said.console_address}.")
    sys.stdout.flush()
    words = ["-d", "--no-mon-config", "-n", "client.rgw", *options]
    os.execvp("radosgw", ["radosgw", *words, f"--rgw-frontends=beast endpoint=127.0.0.1:{INNER}"])


main()

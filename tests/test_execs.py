"""Execs: nothing that a command prints is lost, however quickly it ends."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker

from fixtures import execs


def frame(kind: int, data: bytes) -> bytes:
    return struct.pack(">BxxxI", kind, len(data)) + data


def serve(door: socket.socket, printed: bytes) -> None:
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            threading.Thread(target=answer, args=(client, printed), daemon=True).start()


def answer(client: socket.socket, printed: bytes) -> None:
    """Answer as the engine does; the output comes in one packet with the headers."""
    with client:
        while asked := client.recv(65536).decode():
            if "/start" in asked:
                head = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                client.sendall(head.encode() + printed)
                return
            if asked.startswith(("POST", "GET")):
                body = json.dumps({"Id": "1", "ExitCode": 3})
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                client.sendall((head + body).encode())


def test_output_that_comes_with_the_headers_is_kept(tmp_path: Path) -> None:
    """Both streams, in order and apart, and the exit code."""
    printed = frame(1, b"one\n") + frame(2, b"oh\n") + frame(1, b"two\n")
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(tmp_path / "engine"))
        door.listen()
        threading.Thread(target=serve, args=(door, printed), daemon=True).start()
        with closing(
            docker.DockerClient(base_url=f"unix://{tmp_path}/engine", version="1.41", timeout=10)
        ) as client:
            container: Any = SimpleNamespace(id="c", client=client)
            ran = execs.run(container, ["true"])

    assert ran == execs.Ran(3, b"one\ntwo\n", b"oh\n", b"one\noh\ntwo\n")

"""Carry one connection: standard input and output to a socket of the service.

The first byte on standard input says that somebody listens; then comes one line, ``connected`` or
the word and errno of what went wrong; then plain bytes both ways.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading

from .connecting import failure, opened
from .identities import become

SECONDS = 10.0


def main() -> None:
    """Connect and carry until the service or the asker closes."""
    pid, target = sys.argv[1], json.loads(sys.argv[2])
    if not os.read(0, 1):
        return
    if pid != "self" and "tcp" not in target["to"]:
        os.chroot(f"/proc/{pid}/root")
    if target["identity"]:
        become(target["identity"])
    try:
        stream = opened(target["to"], SECONDS)
    except OSError as error:
        answer = failure(error)
        _write(f"{answer['word']} {answer['errno']}\n".encode())
        return
    stream.setblocking(True)
    _write(b"connected\n")
    threading.Thread(target=_send, args=(stream,), daemon=True).start()
    with contextlib.suppress(ConnectionResetError):
        while chunk := stream.recv(1 << 16):
            _write(chunk)


def _send(stream: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := os.read(0, 1 << 16):
            stream.sendall(chunk)
        stream.shutdown(socket.SHUT_WR)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()

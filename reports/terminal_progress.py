"""Progress: hears on a Unix datagram socket what each lane is doing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

VARIABLE = "STACKPROOF_PROGRESS"
"""Where workers find the socket; lanes tell nothing where it is not set."""


class Listener:
    """Calls *heard* with each message and *idle* about once a second, in a thread of its own."""

    def __init__(self, heard: Callable[[dict[str, Any]], None], idle: Callable[[], None]) -> None:
        self._heard, self._idle = heard, idle
        self._done = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(1.0)
        self._folder = _bind(self._socket)
        self._thread = threading.Thread(target=self._listen, name="progress", daemon=True)

    def start(self) -> None:
        """Listen, and let the processes that start from now on know where."""
        if self._folder:
            os.environ[VARIABLE] = f"{self._folder}/progress"
        self._thread.start()

    def close(self) -> None:
        """Stop listening and leave nothing behind."""
        if self._done.is_set():
            return
        self._done.set()
        if self._thread.is_alive():
            with suppress(OSError):  # a message of our own, so that it does not wait for one
                self._socket.sendto(b"null", f"{self._folder}/progress")
            self._thread.join(3)
        self._socket.close()
        if self._folder:
            os.environ.pop(VARIABLE, None)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        while not self._done.is_set():
            try:
                message = json.loads(self._socket.recv(65536))
            except TimeoutError:
                message = None
            except ValueError:
                continue
            except OSError:
                return
            # What is shown must never end what is checked.
            with suppress(Exception):
                if isinstance(message, dict):
                    self._heard(message)
                self._idle()


def _bind(sock: socket.socket) -> str | None:
    """Return the new folder that *sock* is bound in, or None where no path is short enough."""
    for base in (None, "/tmp"):  # noqa: S108  mkdtemp makes a folder of our own in it
        with suppress(OSError):
            folder = tempfile.mkdtemp(prefix="stackproof-", dir=base)
            try:
                sock.bind(f"{folder}/progress")
            except OSError:  # unix(7): the path may have 107 bytes
                shutil.rmtree(folder, ignore_errors=True)
            else:
                return folder
    return None

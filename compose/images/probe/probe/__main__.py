"""Answer questions about a service: one JSON line in, one JSON line out.

A question is ``{"id": 7, "ask": "stat", ...}``; its answer is ``{"id": 7, "answer": {...}}``, or
``{"id": 7, "could_not_look": "why"}``. Answers come in the order in which they are ready.
The program ends with its standard input, so it cannot outlive whoever asks.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from . import connecting, processes, sockets
from .identities import Forks, identity_of
from .paths import View

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]
MOST_AT_ONCE = 64


class Program:
    """The questions that this program knows, and who answers each."""

    def __init__(self, pid: str, forks: Forks) -> None:
        self._view = View(pid)
        self._forks = forks
        owners = processes.Processes(pid)
        view = self._view
        # Quick ones are answered in turn; slow ones wait for somebody else, each in a thread.
        self.quick: dict[str, Callable[..., Any]] = {
            "hello": self._hello,
            "stat": view.stat,
            "statfs": view.statfs,
            "read": view.read,
            "listdir": view.listdir,
            "mountinfo": view.mountinfo,
            "cgroup": view.cgroup,
            "processes": owners.all,
            "signal": owners.signal,
            "tcp_sockets": lambda: sockets.tcp_sockets(owners.holders()),
            "unix_sockets": lambda: sockets.unix_sockets(owners.holders()),
            "socket_options": lambda **which: sockets.options(owners.holders(), **which),
        }
        self.slow: dict[str, Callable[..., Any]] = {
            "sha256": view.sha256,
            "resolve": self._resolve,
            "connect": lambda **how: self._forked("connect", how),
            "exchange": lambda **how: self._forked("exchange", how),
            "write": lambda **how: self._forked("write", how),
        }

    def answer(self, question: Answer) -> Answer:
        """Return the answer to *question*, or why nobody could look."""
        ask = question.pop("ask", None)
        number = question.pop("id", None)
        look = self.quick.get(ask) or self.slow.get(ask)
        if look is None:
            return {"id": number, "could_not_look": f"{ask}: unknown question"}
        try:
            return {"id": number, "answer": look(**question)}
        except Exception as error:  # noqa: BLE001  whatever went wrong belongs to this question
            return {"id": number, "could_not_look": f"{ask}: {type(error).__name__}: {error}"}

    def _hello(self) -> Answer:
        return {"pid": os.getpid(), "uid": os.geteuid(), "python": sys.version.split()[0]}

    def _resolve(self, name: str) -> Answer:
        self._same_resolver()
        return sockets.resolve(name)

    def _same_resolver(self) -> None:
        # getaddrinfo reads the files of this container; Docker gives both containers the same.
        for file in ("/etc/resolv.conf", "/etc/hosts"):
            if self._view.pid != "self" and View("self").read(file) != self._view.read(file):
                raise LookupError(f"the service has another {file} than the probe")

    def _forked(self, job: str, how: Answer) -> Answer:
        if "tcp" in how.get("to", ()):
            self._same_resolver()
        identity = how.pop("identity", None)
        if identity == "service":
            identity = identity_of(self._view.pid)
        root = None if self._view.pid == "self" else f"/proc/{self._view.pid}/root"
        return self._forks.run({"job": job, "identity": identity, "root": root, **how})


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(prog="probe")
    parser.add_argument("--pid", default="self", help="the process whose root is looked at")
    arguments = parser.parse_args()
    # As PID 1 of its own namespace a process gets only the signals that it asked for.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    forks = Forks(
        {"connect": connecting.connect, "exchange": connecting.exchange, "write": connecting.write}
    )
    program = Program(arguments.pid, forks)
    lock = threading.Lock()
    threads = ThreadPoolExecutor(MOST_AT_ONCE)

    def reply(question: Answer) -> None:
        line = json.dumps(program.answer(question), separators=(",", ":")).encode() + b"\n"
        with lock, contextlib.suppress(BrokenPipeError):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()

    for line in sys.stdin.buffer:
        question = json.loads(line)
        if question.get("ask") in program.slow:
            threads.submit(reply, question)
        else:
            reply(question)
    os._exit(0)  # threads that still wait for an answer have nobody left to tell


if __name__ == "__main__":
    main()

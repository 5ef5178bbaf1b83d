"""Do one job in a process of its own, as somebody else, inside somebody else's root."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LIBC = ctypes.CDLL(None, use_errno=True)
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h


def identity_of(pid: str) -> dict[str, Any]:
    """Return uid, gid, groups and effective capabilities of process *pid*: proc_pid_status(5)."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return {
        "uid": int(fields["Uid"].split()[1]),
        "gid": int(fields["Gid"].split()[1]),
        "groups": [int(group) for group in fields["Groups"].split()],
        "capabilities": int(fields["CapEff"], 16),
    }


def become(identity: dict[str, Any]) -> None:
    """Take *identity* for good; a uid other than 0 loses every capability: capabilities(7)."""
    gid = identity.get("gid", identity["uid"])
    if (os.geteuid(), os.getegid()) == (identity["uid"], gid) and identity["uid"] != 0:
        return
    os.setgroups(identity.get("groups") or [])
    os.setresgid(gid, gid, gid)
    os.setresuid(identity["uid"], identity["uid"], identity["uid"])
    if identity["uid"] == 0 and identity.get("capabilities") is not None:
        _keep_capabilities(identity["capabilities"])


def _keep_capabilities(mask: int) -> None:
    ours = identity_of("self")["capabilities"] & mask
    low, high = ours & 0xFFFFFFFF, ours >> 32
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    data = struct.pack("6I", low, low, 0, high, high, 0)
    if LIBC.capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


class Forks:
    """A process without threads that forks once a job.

    Credentials and the root belong to a process, and a process with threads must not fork:
    so this one is forked before the first thread starts.
    """

    def __init__(self, jobs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]]) -> None:
        self._jobs = jobs
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            with contextlib.suppress(BaseException):
                self._door.close()
                self._serve(theirs)
            os._exit(0)
        theirs.close()

    def run(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the job that *question* names.

        :raises LookupError: the job could not be done.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._door, [b"."], [theirs.fileno()])
            ours.sendall(json.dumps(question).encode())
            ours.shutdown(socket.SHUT_WR)
            text = _read_all(ours)
        if not text:
            raise LookupError("the process for the job ended without an answer")
        answer: dict[str, Any] = json.loads(text)
        if "could_not_look" in answer:
            raise LookupError(answer["could_not_look"])
        return answer

    def _serve(self, door: socket.socket) -> None:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps: wait(2)
        while True:
            word, fds, _, _ = socket.recv_fds(door, 16, 1)
            if not word:
                return
            if os.fork() == 0:
                try:
                    self._do(socket.socket(fileno=fds[0]))
                finally:
                    os._exit(0)
            os.close(fds[0])

    def _do(self, asker: socket.socket) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            question = json.loads(_read_all(asker))
            # A host name is looked up with this container's files, so TCP keeps this root.
            if question["root"] and "tcp" not in question.get("to", ()):
                os.chroot(question["root"])
                os.chdir("/")
            if question["identity"]:
                become(question["identity"])
            answer = self._jobs[question["job"]](question)
        except Exception as error:  # noqa: BLE001  the asker tells it
            answer = {"could_not_look": f"{type(error).__name__}: {error}"}
        asker.sendall(json.dumps(answer).encode())


def _read_all(stream: socket.socket) -> bytes:
    chunks = []
    while chunk := stream.recv(1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)

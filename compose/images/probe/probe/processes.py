"""Processes of the service's PID namespace, and who holds which socket."""

from __future__ import annotations

import contextlib
import os
import signal as signals
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
Holders = dict[int, tuple[int, int]]  # a socket's inode: (pid, descriptor)

GONE = (FileNotFoundError, ProcessLookupError)
UNSTOPPABLE = (signals.SIGKILL, signals.SIGSTOP)


class Processes:
    """The processes beside this one; its own container's are left out."""

    def __init__(self, pid: str) -> None:
        self._pid = pid

    def _pids(self) -> tuple[list[int], list[int]]:
        """Return the service's processes, and those of this container, told by their mounts."""
        pids = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        if self._pid == "self":
            return pids, []
        mounts = Path("/proc/self/ns/mnt").readlink()
        theirs: list[int] = []
        ours: list[int] = []
        for pid in pids:
            with contextlib.suppress(*GONE):
                same = Path(f"/proc/{pid}/ns/mnt").readlink() == mounts
                (ours if same else theirs).append(pid)
        return theirs, ours

    def all(self) -> Answer:
        """Return each process's ids, state letter, name and command line: proc_pid_stat(5)."""
        found = []
        for pid in self._pids()[0]:
            folder = Path(f"/proc/{pid}")
            with contextlib.suppress(*GONE):
                head, _, tail = (folder / "stat").read_text().rpartition(")")
                state, ppid = tail.split()[:2]
                status = (folder / "status").read_text()
                ids = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
                command = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                found.append({
                    "pid": pid, "ppid": int(ppid), "state": state,
                    "uid": int(ids["Uid"].split()[1]), "gid": int(ids["Gid"].split()[1]),
                    "name": head.partition("(")[2],
                    "command": [part.decode(errors="replace") for part in command],
                })  # fmt: skip
        return {"processes": found}

    def holders(self) -> Holders:
        """Return which of the service's processes holds a socket; this container's have pid 0.

        Of several holders the last one counts.
        """
        # Beside a service every process can be looked into, or the answer would have holes.
        missed = GONE if self._pid != "self" else (*GONE, PermissionError)
        theirs, ours = self._pids()
        holders: Holders = {}
        for pid in (*ours, *theirs):
            with contextlib.suppress(*missed), os.scandir(f"/proc/{pid}/fd") as entries:
                for entry in entries:
                    with contextlib.suppress(*GONE):
                        link = os.readlink(entry.path)  # noqa: PTH115  thousands
                        if link.startswith("socket:["):
                            holder = (0 if pid in ours else pid, int(entry.name))
                            holders[int(link[8:-1])] = holder
        return holders

    def signal(self, pid: int, name: str) -> Answer:
        """Send a signal; return ``sent``, ``absent``, ``denied`` or ``ignored``.

        From inside its namespace PID 1 gets only signals that it handles: pid_namespaces(7).
        """
        number = signals.Signals[name]
        try:
            if pid == 1 and not self._handles(number):
                return {"word": "ignored"}
            os.kill(pid, number)
        except (ProcessLookupError, FileNotFoundError):
            return {"word": "absent"}
        except PermissionError:
            return {"word": "denied"}
        return {"word": "sent"}

    def _handles(self, number: signals.Signals) -> bool:
        status = Path("/proc/1/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return number not in UNSTOPPABLE and bool(int(caught.split()[1], 16) >> (number - 1) & 1)

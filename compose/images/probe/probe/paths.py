"""Paths as the service sees them: its mounts, its symbolic links, its root."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
import stat
import struct
import time
from base64 import b64decode, b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .identities import LIBC

if TYPE_CHECKING:
    from collections.abc import Iterator

Answer = dict[str, Any]

OPENAT2 = 437  # one number on every architecture since Linux 5.6
RACE_SECONDS = 2.0
RESOLVE_IN_ROOT = 0x10  # openat2(2): absolute links and ".." stay below the given root
NOT_THERE = {errno.ENOENT: "absent", errno.ENOTDIR: "absent", errno.EACCES: "denied"}
KINDS = (
    ("file", stat.S_ISREG), ("directory", stat.S_ISDIR), ("symlink", stat.S_ISLNK),
    ("socket", stat.S_ISSOCK), ("fifo", stat.S_ISFIFO), ("character-device", stat.S_ISCHR),
    ("block-device", stat.S_ISBLK),
)  # fmt: skip
ENDLESS = 1 << 62  # cgroup v1 writes "no limit" as the largest multiple of the page size


class View:
    """What the process *pid* would find under a path."""

    def __init__(self, pid: str) -> None:
        self.pid = pid

    @contextmanager
    def _open(self, path: str, flags: int) -> Iterator[int]:
        try:
            root = os.open(f"/proc/{self.pid}/root", os.O_PATH)
        except OSError as error:
            raise LookupError(f"no way into the service's root: {error}") from error
        try:
            fd = _opened_below(root, path, flags)
        finally:
            os.close(root)
        try:
            yield fd
        finally:
            os.close(fd)

    def stat(self, path: str, follow: bool = False) -> Answer:
        """Return the inode's facts: inode(7)."""
        try:
            with self._open(path, os.O_PATH | (0 if follow else os.O_NOFOLLOW)) as fd:
                facts = os.fstat(fd)
                kind = next(word for word, is_kind in KINDS if is_kind(facts.st_mode))
                return {
                    "kind": kind,
                    "mode": f"{stat.S_IMODE(facts.st_mode):04o}",
                    "uid": facts.st_uid,
                    "gid": facts.st_gid,
                    "device": facts.st_dev,
                    "inode": facts.st_ino,
                    "size": facts.st_size,
                    "target": os.readlink("", dir_fd=fd) if kind == "symlink" else None,
                }
        except OSError as error:
            return {"kind": _absence(error)}

    def statfs(self, path: str) -> Answer:
        """Return the file system under *path*, with the options of the mount that leads to it."""
        try:
            with self._open(path, os.O_PATH) as fd:
                numbers = os.fstatvfs(fd)
                info = Path(f"/proc/self/fdinfo/{fd}").read_text()
        except OSError as error:
            return {"kind": _absence(error)}
        mount_id = int(dict(line.split(":", 1) for line in info.splitlines())["mnt_id"])
        mount = next(mount for mount in self._mounts() if mount["id"] == mount_id)
        return {
            "kind": mount["type"],
            "size": numbers.f_blocks * numbers.f_frsize,
            "free": numbers.f_bfree * numbers.f_frsize,
            "mounted_at": mount["target"],
            "options": mount["options"],
            "super_options": mount["super_options"],
        }

    def read(self, path: str, limit: int = 65536) -> Answer:
        """Return the first *limit* bytes of a file."""
        try:
            with self._open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY) as fd:
                data = b""
                while len(data) < limit and (chunk := os.read(fd, limit - len(data))):
                    data += chunk
                more = bool(os.read(fd, 1)) if len(data) == limit else False
        except OSError as error:
            return {"word": _absence(error)}
        return {"word": "read", "data": b64encode(data).decode(), "more": more}

    def sha256(self, path: str) -> Answer:
        """Return the SHA-256 of a whole regular file, in hexadecimal."""
        try:
            with self._open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY) as fd:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise LookupError(f"{path} is not a regular file")
                with open(fd, "rb", closefd=False) as file:
                    digest = hashlib.file_digest(file, "sha256")
                return {"word": "read", "sha256": digest.hexdigest()}
        except OSError as error:
            return {"word": _absence(error)}

    def listdir(self, path: str) -> Answer:
        """Return the names in a directory, sorted."""
        try:
            with self._open(path, os.O_RDONLY | os.O_DIRECTORY) as fd:
                return {"word": "read", "names": sorted(os.listdir(fd))}  # noqa: PTH208
        except OSError as error:
            return {"word": _absence(error)}

    def mountinfo(self) -> Answer:
        """Return the service's mounts: proc_pid_mountinfo(5)."""
        return {"mounts": self._mounts()}

    def _mounts(self) -> list[Answer]:
        mounts = []
        for line in Path(f"/proc/{self.pid}/mountinfo").read_text().splitlines():
            left, right = line.split(" - ", 1)
            number, parent, device, root, target, options = left.split(" ")[:6]
            kind, source, super_options = right.split(" ", 2)
            mounts.append({
                "id": int(number), "parent": int(parent), "device": device,
                "root": _plain(root), "target": _plain(target), "options": options.split(","),
                "type": kind, "source": _plain(source), "super_options": super_options.split(","),
            })  # fmt: skip
        return mounts

    def cgroup(self) -> Answer:
        """Return the limits that the service's own cgroup files show; None: no limit.

        Docker mounts a container's own cgroup at /sys/fs/cgroup, v1 and v2 alike. A controller
        that the kernel does not offer is among ``unknown``.
        """
        if self._text("memory.max") is not None:
            version, memory, pids = 2, self._text("memory.max"), self._text("pids.max")
            quota, period = (self._text("cpu.max") or "unknown 1").split()
        else:
            version, memory = 1, self._text("memory/memory.limit_in_bytes")
            pids = self._text("pids/pids.max")
            quota = self._text("cpu/cpu.cfs_quota_us") or "unknown"
            period = self._text("cpu/cpu.cfs_period_us") or "1"
        seen = {"memory": memory, "pids": pids, "cpus": None if quota == "unknown" else quota}
        unknown = [name for name, value in seen.items() if value is None]
        if len(unknown) == len(seen):
            raise LookupError("no cgroup file in the service's /sys/fs/cgroup")
        cpus = None if quota in ("max", "-1", "unknown") else int(quota) / int(period)
        limits = {"memory": _limit(memory), "pids": _limit(pids), "cpus": cpus}
        return {"version": version, **limits, "unknown": unknown}

    def _text(self, name: str) -> str | None:
        answer = self.read(f"/sys/fs/cgroup/{name}")
        return b64decode(answer["data"]).decode().strip() if "data" in answer else None


def _opened_below(root: int, path: str, flags: int) -> int:
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT)
    deadline = time.monotonic() + RACE_SECONDS
    while True:
        fd: int = LIBC.syscall(OPENAT2, root, os.fsencode(path), how, len(how))
        if fd >= 0:
            return fd
        code = ctypes.get_errno()
        # A rename or mount anywhere on the machine meets a ".." with EAGAIN: openat2(2).
        if code != errno.EAGAIN or time.monotonic() > deadline:
            raise OSError(code, os.strerror(code), path)


def _absence(error: OSError) -> str:
    if error.errno in NOT_THERE:
        return NOT_THERE[error.errno]
    raise LookupError(str(error)) from error


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _limit(text: str | None) -> int | None:
    return None if text is None or text == "max" or int(text) >= ENDLESS else int(text)

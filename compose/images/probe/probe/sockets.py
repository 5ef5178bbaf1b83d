"""Sockets and names of the service's network namespace."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .identities import LIBC
from .sock_diag import NAME, PEER, VFS, tcp_dump, unix_dump

if TYPE_CHECKING:
    from .processes import Holders

Answer = dict[str, Any]

PIDFD_GETFD = 438  # one number on every architecture since Linux 5.6
TCP_STATES = (
    "",
    "established",
    "syn-sent",
    "syn-received",
    "fin-wait-1",
    "fin-wait-2",
    "time-wait",
    "closed",
    "close-wait",
    "last-ack",
    "listening",
    "closing",
    "new-syn-received",
)  # fmt: skip  include/net/tcp_states.h
UNIX_STATES = {1: "established", 2: "connecting", 7: "unconnected", 10: "listening"}
UNIX_TYPES = {1: "stream", 2: "datagram", 5: "seqpacket"}


def resolve(name: str) -> Answer:
    """Return the addresses of *name*, or the resolver's word: getaddrinfo(3)."""
    words = {
        socket.EAI_NONAME: "unknown",
        socket.EAI_NODATA: "no-address",
        socket.EAI_AGAIN: "try-again",
    }
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno not in words:
            raise
        return {"word": words[error.errno], "addresses": []}
    return {"word": "resolved", "addresses": sorted({str(entry[4][0]) for entry in found})}


def tcp_sockets(holders: Holders) -> Answer:
    """Return every TCP socket, without those of the probe's own container."""
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        if family == socket.AF_INET6 and not Path("/proc/net/tcp6").exists():
            continue  # a kernel without IPv6
        for state, local, port, remote, remote_port, uid, inode in tcp_dump(family):
            pid, fd = holders.get(inode, (None, None))
            if pid == 0:
                continue
            found.append({
                "local": socket.inet_ntop(family, local), "local_port": port,
                "remote": socket.inet_ntop(family, remote), "remote_port": remote_port,
                "state": TCP_STATES[state], "uid": uid, "inode": inode, "pid": pid, "fd": fd,
            })  # fmt: skip
    return {"sockets": found}


def options(holders: Holders, port: int, state: str, names: list[str]) -> Answer:
    """Return live options of the sockets whose local port is *port*: pidfd_getfd(2).

    A timeval or linger comes as a list, any other option as a number.
    """
    found = []
    for entry in tcp_sockets(holders)["sockets"]:
        if entry["local_port"] != port or entry["state"] != state or entry["pid"] is None:
            continue
        with _borrowed(entry["pid"], entry["fd"]) as theirs:
            found.append({**entry, "options": {name: _option(theirs, name) for name in names}})
    return {"sockets": found}


def _borrowed(pid: int, fd: int) -> socket.socket:
    process = os.pidfd_open(pid)
    try:
        ours = LIBC.syscall(PIDFD_GETFD, process, fd, 0)
        if ours < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), f"descriptor {fd} of process {pid}")
    finally:
        os.close(process)
    return socket.socket(fileno=ours)


def _option(theirs: socket.socket, name: str) -> int | list[int]:
    level = socket.IPPROTO_TCP if name.startswith("TCP_") else socket.SOL_SOCKET
    number = getattr(socket, name)
    if name == "SO_LINGER":
        return list(struct.unpack("ii", theirs.getsockopt(level, number, 8)))
    if name in ("SO_RCVTIMEO", "SO_SNDTIMEO"):
        return list(struct.unpack("ll", theirs.getsockopt(level, number, 16)))
    return theirs.getsockopt(level, number)


def unix_sockets(holders: Holders) -> Answer:
    """Return every Unix socket with its peer's inode, also where that is in another namespace."""
    found = []
    for kind, state, inode, attributes in unix_dump():
        name = attributes.get(NAME, b"")
        abstract = name.startswith(b"\0")
        text = (name[1:] if abstract else name.rstrip(b"\0")).decode(errors="replace")
        file_inode = struct.unpack("=II", attributes[VFS])[0] if VFS in attributes else None
        peer = struct.unpack("=I", attributes[PEER])[0] if PEER in attributes else None
        pid, fd = holders.get(inode, (None, None))
        if pid == 0:  # ours
            continue
        found.append({
            "type": UNIX_TYPES.get(kind, str(kind)), "state": UNIX_STATES.get(state, str(state)),
            "inode": inode, "name": text or None, "abstract": abstract,
            "file_inode": file_inode, "peer": peer, "pid": pid, "fd": fd,
        })  # fmt: skip
    return {"sockets": found}

"""Sockets and names of the service's network namespace."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .identities import LIBC

if TYPE_CHECKING:
    from collections.abc import Iterator

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
NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST_DUMP = 0x301
# linux/unix_diag.h: what to show, and the attributes that show it
SHOW_NAME, SHOW_VFS, SHOW_PEER = 1, 2, 4
NAME, VFS, PEER = 0, 1, 2


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
    """Return every TCP socket: proc_pid_net(5)."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():  # a kernel without IPv6
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            part = line.split()
            local, local_port = _endpoint(part[1])
            remote, remote_port = _endpoint(part[2])
            inode = int(part[9])
            pid, fd = holders.get(inode, (None, None))
            if pid == 0:  # ours
                continue
            found.append({
                "local": local, "local_port": local_port, "remote": remote,
                "remote_port": remote_port, "state": TCP_STATES[int(part[3], 16)],
                "uid": int(part[7]), "inode": inode, "pid": pid, "fd": fd,
            })  # fmt: skip
    return {"sockets": found}


def _endpoint(text: str) -> tuple[str, int]:
    address, port = text.split(":")
    raw = bytes.fromhex(address)
    words = struct.unpack(f">{len(raw) // 4}I", raw)
    plain = struct.pack(f"={len(words)}I", *words)
    return str(ipaddress.ip_address(plain)), int(port, 16)


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
    """Return every Unix socket with its peer's inode, also where that is in another namespace.

    The kernel's sock_diag(7) answers; without it the peers would be guesses, so it must be there.
    """
    found = []
    for state, kind, inode, attributes in _dump():
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


def _dump() -> Iterator[tuple[int, int, int, dict[int, bytes]]]:
    every_state = 0xFFFFFFFF
    request = struct.pack(
        "=BBHIIIII", socket.AF_UNIX, 0, 0, every_state, 0, SHOW_NAME | SHOW_VFS | SHOW_PEER, 0, 0
    )
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(5)
        netlink.send(header + request)
        while True:
            batch = netlink.recv(1 << 17)
            while batch:
                length, kind = struct.unpack_from("=IH", batch)
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", batch, 16)[0]
                    raise OSError(code, os.strerror(code), "sock_diag")
                _, sort, state, inode = struct.unpack_from("=BBBxI", batch, 16)
                yield state, sort, inode, _attributes(batch[32:length])
                batch = batch[(length + 3) & ~3 :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found

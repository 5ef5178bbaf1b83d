"""Ask the kernel for its sockets: sock_diag(7), much faster than reading /proc/net."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST_DUMP = 0x301
EVERY_STATE = 0xFFFFFFFF
SECONDS = 5

# linux/unix_diag.h: what to show, and the attributes that show it
SHOW_NAME, SHOW_VFS, SHOW_PEER = 1, 2, 4
NAME, VFS, PEER = 0, 1, 2


def unix_dump() -> Iterator[tuple[int, int, int, dict[int, bytes]]]:
    """Yield type, state, inode and attributes of each Unix socket of this network namespace."""
    show = SHOW_NAME | SHOW_VFS | SHOW_PEER
    request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, EVERY_STATE, 0, show, 0, 0)
    for message in _dump(request):
        _, sort, state, inode = struct.unpack_from("=BBBxI", message)
        yield sort, state, inode, _attributes(message[16:])


def tcp_dump(family: int) -> Iterator[tuple[int, bytes, int, bytes, int, int, int]]:
    """Yield state, both addresses and ports, uid and inode of each TCP socket: inet_diag."""
    request = struct.pack("=BBBBI48x", family, socket.IPPROTO_TCP, 0, 0, EVERY_STATE)
    size = 4 if family == socket.AF_INET else 16
    for message in _dump(request):
        local_port, remote_port = struct.unpack_from("!HH", message, 4)
        uid, inode = struct.unpack_from("=II", message, 64)
        local, remote = message[8 : 8 + size], message[24 : 24 + size]
        yield message[1], local, local_port, remote, remote_port, uid, inode


def _dump(request: bytes) -> Iterator[bytes]:
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(SECONDS)
        netlink.send(header + request)
        while True:
            batch = netlink.recv(1 << 17)
            while batch:
                length, kind = struct.unpack_from("=IH", batch)
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", batch, 16)[0]
                    raise OSError(code, os.strerror(code), "sock_diag of this kernel")
                yield batch[16:length]
                batch = batch[(length + 3) & ~3 :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found

"""What a chat client's network interface carries: packet(7), before any socket decides on it.

And losses: a filter on a client's own socket drops packets before TCP sees them, so the client
neither acknowledges nor resets anything, as if it had vanished: socket(7), SO_ATTACH_FILTER.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import time
from typing import Any

Answer = dict[str, Any]

ALL = 0x0003  # ETH_P_ALL: linux/if_ether.h
HEADS = 128
SO_RCVBUFFORCE, ROOM = 33, 1 << 25  # packets that come while this process has no turn
SO_TIMESTAMPNS = 35  # asm-generic/socket.h, the old form: a struct timespec of two longs
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # asm-generic/socket.h
# linux/filter.h and linux/bpf_common.h: load a random word, jump, return how much to keep.
LOAD_RANDOM = (0x20, 0, 0, (-0x1000 + 56) & 0xFFFFFFFF)
KEEP_ALL, DROP = (0x06, 0, 0, 0x7FFFFFFF), (0x06, 0, 0, 0)
FLAGS = ((0x02, "syn"), (0x10, "ack"), (0x01, "fin"), (0x04, "rst"))


def lose(stream: Any, share: float) -> None:
    """Let *stream* lose this *share* of all packets that come for it; 0 ends that."""
    if share <= 0:
        stream.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        return
    # JGE: a random word below the limit skips to the drop.
    limit = int(share * 0xFFFFFFFF)
    program = [LOAD_RANDOM, (0x35, 0, 1, limit), KEEP_ALL, DROP] if share < 1 else [DROP]
    code = b"".join(struct.pack("HBBI", *one) for one in program)
    kept = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HL", len(program), ctypes.addressof(kept))
    stream.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, filter_)


class Wire:
    """The TCP packets of chosen connections, both ways, from before each was made."""

    def __init__(self) -> None:
        self._every: socket.socket | None = None
        self._seen: dict[tuple[str, int], list[Answer]] = {}

    def watch(self, host: str, port: int) -> None:
        """Keep the packets from and to this address and port of ours from now on."""
        if self._every is None:
            self._every = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
            self._every.setblocking(False)
            self._every.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._every.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
            self._every.bind(("eth0", ALL))
            asyncio.get_running_loop().add_reader(self._every, self._read)
        self._seen[host, port] = []

    def packets(self, host: str, port: int) -> list[Answer]:
        """Return what was kept: *to_us*, relative to nothing, in the order of arrival."""
        return self._seen.get((host, port), [])

    def _read(self) -> None:
        assert self._every is not None
        for _ in range(256):
            try:
                data, more, _, _ = self._every.recvmsg(HEADS, 64)
            except BlockingIOError:
                return
            self._keep(data, _arrived(more))

    def _keep(self, data: bytes, now: float) -> None:
        """Keep *data*, the heads of an IPv4 packet, if it is TCP and watched: RFC 791, 9293."""
        if len(data) < 40 or data[0] >> 4 != 4 or data[9] != socket.IPPROTO_TCP:
            return
        start = 4 * (data[0] & 15)
        source, target = socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])
        ports = struct.unpack_from("!HH", data, start)
        for ours, to_us in (((target, ports[1]), True), ((source, ports[0]), False)):
            if ours not in self._seen:
                continue
            seq, ack, offset, flags, window = struct.unpack_from("!IIBBH", data, start + 4)
            head = 4 * (offset >> 4)
            total = struct.unpack_from("!H", data, 2)[0]
            self._seen[ours].append(
                {
                    "at": now, "to_us": to_us, "seq": seq, "ack": ack, "window": window,
                    "flags": [word for bit, word in FLAGS if flags & bit],
                    "size": total - start - head,
                    "scale": _scale(data[start + 20 : start + head]) if flags & 2 else None,
                }
            )  # fmt: skip


def _arrived(more: list[tuple[int, int, bytes]]) -> float:
    """Return when the kernel got a packet, however busy this process was: CLOCK_MONOTONIC."""
    for level, kind, data in more:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("ll", data[:16])
            return seconds + nanoseconds / 1e9 - time.time() + time.monotonic()
    return time.monotonic()


def _scale(options: bytes) -> int:
    """Return the window scale of a SYN's *options*, 0 without one: RFC 7323."""
    place = 0
    while place < len(options) and options[place]:
        if options[place] == 1:
            place += 1
            continue
        if place + 1 >= len(options) or options[place + 1] < 2:
            break
        if options[place] == 3:
            return options[place + 2]
        place += options[place + 1]
    return 0

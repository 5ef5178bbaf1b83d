"""Sockets: the listening socket and the options that accepted sockets inherit from it."""

from __future__ import annotations

import platform
import socket
import struct

from .settings import Settings

BACKLOG = 128


def tune(sock: socket.socket, settings: Settings) -> None:
    """Set all documented options on *sock*.

    On a listening socket they must be there before listen(): the receive buffer decides the
    window scale of the handshake, and accept() hands all of them on.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, settings.keepidle)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, settings.keepintvl)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, settings.keepcnt)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.sndbuf)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, settings.rcvbuf)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, settings.linger))
    if platform.system() == "Linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.user_timeout_ms)


def listening(settings: Settings) -> socket.socket:
    """Return the bound socket of the chat port; raises `OSError` when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tune(sock, settings)
    sock.bind(("0.0.0.0", settings.chat_port))
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock

"""Connect, talk and write as a given user; these run in a process of their own."""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import secrets
import socket
import stat
import struct
import time
from typing import Any

Answer = dict[str, Any]

WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    errno.EAGAIN: "timeout",  # connect(2) of a Unix socket, backlog full until SO_SNDTIMEO
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENOENT: "absent",
    errno.ENOTDIR: "absent",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EPROTOTYPE: "other-type",  # a datagram socket, asked for a stream
}
RECEIVE_LIMIT = 1 << 20


def connect(question: Answer) -> Answer:
    """Return how connecting to ``to`` ended."""
    started = time.monotonic()
    try:
        opened(question["to"], question["seconds"]).close()
        answer: Answer = {"word": "connected", "errno": None}
    except OSError as error:
        answer = failure(error)
    return {**answer, "seconds": time.monotonic() - started}


def exchange(question: Answer) -> Answer:
    """Return what came back for each step of ``steps``, and how the last one ended."""
    started = time.monotonic()
    deadline = started + question["seconds"]
    received: list[str] = []
    try:
        stream = opened(question["to"], question["seconds"])
    except OSError as error:
        answer = failure(error)
    else:
        answer = {"word": "answered", "errno": None}
        with stream:
            for step in question["steps"]:
                word, data = _step(stream, step, deadline)
                received.append(base64.b64encode(data).decode())
                if word != "answered":
                    answer = {"word": word, "errno": None}
                    break
    return {**answer, "received": received, "seconds": time.monotonic() - started}


def _step(stream: socket.socket, step: Answer, deadline: float) -> tuple[str, bytes]:
    data = b""
    try:
        stream.settimeout(max(0.001, deadline - time.monotonic()))
        stream.sendall(base64.b64decode(step.get("send", "")))
        while not enough(data, step["until"]):
            stream.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = stream.recv(1 << 16)
            if not chunk:
                return ("answered" if step["until"].get("closed") else "closed"), data
            data += chunk
            if len(data) > RECEIVE_LIMIT:
                return "endless", data
    except TimeoutError:
        return "silent", data
    except (ConnectionResetError, BrokenPipeError):
        return "reset", data
    return "answered", data


def enough(data: bytes, until: Answer) -> bool:
    """Say whether *data* meets the rule: ``bytes``, ``contains`` (base64) or ``closed``."""
    if "bytes" in until:
        return len(data) >= int(until["bytes"])
    if "contains" in until:
        return base64.b64decode(until["contains"]) in data
    return False


def opened(to: Answer, seconds: float) -> socket.socket:
    """Return a stream connected to ``tcp``, ``unix`` or ``abstract``."""
    if "tcp" in to:
        host, port = to["tcp"]
        return socket.create_connection((host, port), seconds)
    stream = socket.socket(socket.AF_UNIX)
    try:
        # Not settimeout(): a non-blocking connect to a full backlog fails at once.
        whole, part = divmod(seconds, 1)
        limit = struct.pack("ll", int(whole), int(part * 1e6))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if "abstract" in to:
            stream.connect("\0" + to["abstract"])
        else:
            # sun_path holds 107 bytes: go to the folder, and name only the last part.
            folder, name = os.path.split(to["unix"])
            os.chdir(folder)
            stream.connect(name)
    except BaseException:
        stream.close()
        raise
    return stream


def failure(error: OSError) -> Answer:
    """Return the word for *error*, or raise it: then nobody could look."""
    if isinstance(error, socket.gaierror):
        return {"word": "unresolved", "errno": error.strerror}
    if isinstance(error, TimeoutError):
        return {"word": "timeout", "errno": "ETIMEDOUT"}
    if error.errno not in WORDS:
        raise error
    return {"word": WORDS[error.errno], "errno": errno.errorcode[error.errno]}


def write(question: Answer) -> Answer:
    """Return ``written``, or the name of the errno that stopped it.

    In a directory a file is made, one byte is written, and it is removed again. A file is opened
    for appending, and nothing is appended.
    """
    path = question["path"]
    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY))
            return {"word": "written"}
        name = os.path.join(path, f".stackproof-{secrets.token_hex(8)}")  # noqa: PTH118
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return {"word": errno.errorcode.get(error.errno or 0, str(error.errno))}
    try:
        os.write(fd, b".")
    except OSError as error:
        return {"word": errno.errorcode.get(error.errno or 0, str(error.errno))}
    finally:
        os.close(fd)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108
    return {"word": "written"}

"""The program with many chat clients, run as a local process against a small server."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "compose" / "images" / "probe"
COMMAND = [sys.executable, "-u", "-B", "-E", "-s", "-m", "probe.chat"]
HEAD = struct.Struct(">IB")

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Ask a program of one's own a question and return the reply."""
    with subprocess.Popen(
        COMMAND, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def ask(kind: str, **question: Any) -> Any:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps({"id": 1, "ask": kind, **question}).encode() + b"\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
            return reply.get("answer", reply)

        yield ask
        assert process.stdin
        process.stdin.close()
        assert process.wait(5) == 0


class Server:
    """Welcomes, echoes, pings and packs what is asked of it; keeps what it got."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.ends: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def place(self) -> list[Any]:
        """Where it listens."""
        return list(self.door.getsockname())

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: socket.socket) -> None:
        try:
            while head := stream.recv(HEAD.size, socket.MSG_WAITALL):
                size, flags = HEAD.unpack(head)
                payload = stream.recv(size, socket.MSG_WAITALL)
                message = json.loads(gzip.decompress(payload) if flags & 1 else payload)
                self.got.append((message["event"], message["data"]))
                self._answer(stream, message["event"], message["data"])
            self.ends.append("fin")
        except ConnectionResetError:
            self.ends.append("reset")
        stream.close()

    def _answer(self, stream: socket.socket, event: str, data: dict[str, Any]) -> None:
        if event == "hello":
            self._send(stream, "welcome", {"token": "t"})
        elif event == "echo":
            text = data["text"].encode()
            self._send(stream, "echo", {"sha256": hashlib.sha256(text).hexdigest()})
        elif event == "packed":
            self._send(stream, "packed", {"text": "x" * 1000}, packed=True)
        elif event == "ping me":
            self._send(stream, "ping", {"id": 7})
        elif event == "bye":
            stream.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _send(
        stream: socket.socket, event: str, data: dict[str, Any], *, packed: bool = False
    ) -> None:
        payload = json.dumps({"event": event, "data": data}).encode()
        payload = gzip.compress(payload) if packed else payload
        stream.sendall(HEAD.pack(len(payload), int(packed)) + payload)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of one's own."""
    made = Server()
    with closing(made.door):
        yield made


def settled(look: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not look() and time.monotonic() < end:
        time.sleep(0.01)
    return look()


def test_a_client_says_hello_and_sees_its_welcome(ask: Ask, server: Server) -> None:
    """With its data, its time and its bytes."""
    assert ask("open", name="a", to=server.place)["word"] == "connected"
    sent = ask("send", name="a", event="hello", data={"client_key": "k"})
    frame = ask("wait", name="a", events=["welcome"], after=sent["after"])["frame"]

    assert frame["data"] == {"token": "t"}
    assert sent["at"] <= frame["at"] <= time.monotonic()
    assert ask("seen", name="a")["received"] == HEAD.size + frame["wire"]


def test_nobody_at_the_door_is_told(ask: Ask) -> None:
    """A refusal is an answer."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        place = list(door.getsockname())

    assert ask("open", name="a", to=place)["word"] == "refused"


def test_a_packed_message_is_told_with_both_sizes(ask: Ask, server: Server) -> None:
    """And a long text by its digest."""
    ask("open", name="a", to=server.place)
    ask("send", name="a", event="packed", zipped=True)
    frame = ask("wait", name="a", events=["packed"])["frame"]

    assert (frame["gzip"], frame["magic"]) == (True, "1f8b08")
    assert frame["wire"] < frame["plain"]
    assert frame["data"]["text"]["size"] == 1000


def test_pings_are_answered_as_told(ask: Ask, server: Server) -> None:
    """At once by default, and not at all by a client that is to be silent."""
    ask("open", name="a", to=server.place)
    ask("open", name="silent", to=server.place, pong=None)
    for name in ("a", "silent"):
        ask("send", name=name, event="ping me")
        ask("wait", name=name, events=["ping"])

    assert settled(lambda: ("pong", {"id": 7}) in server.got)
    assert [event for event, _ in server.got].count("pong") == 1


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_a_client_goes_as_told(ask: Ask, server: Server, how: str) -> None:
    """With a FIN or with an RST."""
    ask("open", name="a", to=server.place)
    ask("close", name="a", how=how)

    assert settled(lambda: server.ends == [how]), server.ends
    assert ask("ended", name="a", seconds=0.0)["end"]["how"] == "closed"


def test_the_end_of_a_server_is_told(ask: Ask, server: Server) -> None:
    """A wait for a message ends with the connection."""
    ask("open", name="a", to=server.place)
    ask("send", name="a", event="bye")
    said = ask("wait", name="a", events=["never"], seconds=30.0)

    assert said["frame"] is None
    assert said["end"]["how"] == "fin"


def test_what_is_due_later_goes_out_then(ask: Ask, server: Server) -> None:
    """Not before."""
    ask("open", name="a", to=server.place)
    due = time.monotonic() + 0.3

    assert 0.0 <= ask("send", name="a", event="hello", due=due)["at"] - due < 1.0


def test_visits_are_all_made_at_the_same_time(ask: Ask, server: Server) -> None:
    """Each at its moment."""
    at = time.monotonic() + 0.2
    replies = ask(
        "each",
        of=[
            {"ask": "visit", "name": f"v{n}", "to": server.place, "source": "127.0.0.1",
             "at": at, "key": f"k{n}", "seconds": 5.0}
            for n in range(5)
        ],
    )["replies"]  # fmt: skip

    assert [reply["answer"]["served"] for reply in replies] == [True] * 5
    assert all(reply["answer"]["at"] >= at for reply in replies)


def test_load_counts_what_is_answered(ask: Ask, server: Server) -> None:
    """Every echo, and how long each took."""
    for name in ("a", "b"):
        ask("open", name=name, to=server.place)
    said = ask("load", names=["a", "b"], every=0.05, seconds=0.5)

    assert said["sent"] == said["answered"] in (20, 21, 22)
    assert 0 < said["taken"]["p50"] <= said["taken"]["p99"] <= said["taken"]["slowest"]


def test_an_unknown_question_is_no_answer(ask: Ask) -> None:
    """It says why nobody could look."""
    assert "unknown question" in ask("answer")["could_not_look"]

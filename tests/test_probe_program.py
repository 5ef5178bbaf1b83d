"""The probe program, run as a local process: it looks at this machine as at a service."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
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
COMMAND = [sys.executable, "-u", "-B", "-E", "-s", "-m", "probe"]

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[bytes]]:
    """Run the program until the last test here."""
    with subprocess.Popen(
        COMMAND, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.fixture
def ask(program: subprocess.Popen[bytes]) -> Ask:
    """Ask one question and return the reply."""

    def ask(kind: str, **question: Any) -> Any:
        send(program, kind, 1, **question)
        assert program.stdout
        reply: dict[str, Any] = json.loads(program.stdout.readline())
        assert reply.pop("id") == 1
        return reply.get("answer", reply)

    return ask


def send(program: subprocess.Popen[bytes], kind: str, number: int, **question: Any) -> None:
    assert program.stdin
    program.stdin.write(json.dumps({"id": number, "ask": kind, **question}).encode() + b"\n")
    program.stdin.flush()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        yield door


def tcp(door: socket.socket) -> dict[str, object]:
    return {"tcp": ["127.0.0.1", door.getsockname()[1]]}


def test_a_slow_question_holds_up_nobody(
    program: subprocess.Popen[bytes], listener: socket.socket
) -> None:
    """A question that waits for its deadline is overtaken by one that does not."""
    steps = [{"until": {"bytes": 1}}]
    send(program, "exchange", 7, to=tcp(listener), steps=steps, seconds=0.3)
    send(program, "hello", 8)
    assert program.stdout
    replies = [json.loads(program.stdout.readline()) for _ in range(2)]

    assert [reply["id"] for reply in replies] == [8, 7]
    assert replies[1]["answer"]["word"] == "silent"


def test_unknown_question(ask: Ask) -> None:
    """A question that nobody knows is not answered with a fact."""
    assert ask("weather") == {"could_not_look": "weather: unknown question"}


def test_wrong_argument(ask: Ask) -> None:
    """A misspelled argument is not answered with a fact."""
    assert "could_not_look" in ask("stat", paht="/")


def test_stat_tells_kinds(ask: Ask, tmp_path: Path) -> None:
    """A file, its link, a socket and nothing are four kinds."""
    (tmp_path / "file").write_text("12345")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(tmp_path / "door"))
        kinds = {name: ask("stat", path=str(tmp_path / name)) for name in ("link", "door", "no")}
    file = ask("stat", path=str(tmp_path / "link"), follow=True)

    assert {name: facts["kind"] for name, facts in kinds.items()} == {
        "link": "symlink",
        "door": "socket",
        "no": "absent",
    }
    assert kinds["link"]["target"] == "file"
    assert (file["kind"], file["mode"], file["size"]) == ("file", "0640", 5)
    assert (file["uid"], file["inode"]) == (os.getuid(), (tmp_path / "file").stat().st_ino)


def test_renames_elsewhere_do_not_matter(ask: Ask, tmp_path: Path) -> None:
    """A ".." is followed while somebody renames: openat2(2) says EAGAIN, and is asked again."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "target").touch()
    (tmp_path / "a").touch()
    over = threading.Event()

    def rename() -> None:
        while not over.is_set():
            (tmp_path / "a").rename(tmp_path / "b")
            (tmp_path / "b").rename(tmp_path / "a")

    renaming = threading.Thread(target=rename)
    renaming.start()
    try:
        path = str(tmp_path / "folder" / ".." / "target")
        seen = {ask("stat", path=path).get("kind") for _ in range(300)}
    finally:
        over.set()
        renaming.join()

    assert seen == {"file"}


def test_a_file_is_no_folder(ask: Ask, tmp_path: Path) -> None:
    """What lies below a file is absent."""
    (tmp_path / "file").touch()

    assert ask("stat", path=str(tmp_path / "file" / "x")) == {"kind": "absent"}


def test_statfs_names_the_mount(ask: Ask) -> None:
    """/proc is a file system of its own kind, mounted at /proc."""
    answer = ask("statfs", path="/proc/version")

    assert (answer["kind"], answer["mounted_at"]) == ("proc", "/proc")


def test_read_stops_at_its_limit(ask: Ask, tmp_path: Path) -> None:
    """A longer file is cut, and says so."""
    (tmp_path / "file").write_bytes(b"abcdef")
    answer = ask("read", path=str(tmp_path / "file"), limit=4)
    whole = ask("read", path=str(tmp_path / "file"), limit=6)

    assert (base64.b64decode(answer["data"]), answer["more"]) == (b"abcd", True)
    assert (base64.b64decode(whole["data"]), whole["more"]) == (b"abcdef", False)


def test_read_of_a_fifo_does_not_hang(ask: Ask, tmp_path: Path) -> None:
    """A FIFO without a writer ends at once."""
    os.mkfifo(tmp_path / "fifo")

    assert ask("read", path=str(tmp_path / "fifo"))["data"] == ""


def test_sha256(ask: Ask, tmp_path: Path) -> None:
    """The digest is that of the whole file."""
    data = os.urandom(100_000)
    (tmp_path / "file").write_bytes(data)

    assert ask("sha256", path=str(tmp_path / "file"))["sha256"] == hashlib.sha256(data).hexdigest()


def test_listdir(ask: Ask, tmp_path: Path) -> None:
    """Names come sorted; a folder that is not there is absent, not empty."""
    for name in "bca":
        (tmp_path / name).touch()

    assert ask("listdir", path=str(tmp_path)) == {"word": "read", "names": ["a", "b", "c"]}
    assert ask("listdir", path=str(tmp_path / "no")) == {"word": "absent"}


def test_write_leaves_nothing(ask: Ask, tmp_path: Path) -> None:
    """A folder is written to and is empty again; a file keeps its content."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("as it was")

    assert ask("write", path=str(tmp_path / "folder")) == {"word": "written"}
    assert ask("write", path=str(tmp_path / "file")) == {"word": "written"}
    assert list((tmp_path / "folder").iterdir()) == []
    assert (tmp_path / "file").read_text() == "as it was"
    assert ask("write", path=str(tmp_path / "no")) == {"word": "ENOENT"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_stranger_may_not(ask: Ask, tmp_path: Path) -> None:
    """Another uid finds a closed folder closed, for writing and for connecting."""
    tmp_path.chmod(0o700)
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(tmp_path / "door"))
        door.listen()
        to = {"unix": str(tmp_path / "door")}
        stranger = ask("connect", to=to, seconds=1, identity={"uid": 12345, "gid": 12345})
        owner = ask("connect", to=to, seconds=1)

    assert (stranger["word"], stranger["errno"]) == ("denied", "EACCES")
    assert owner["word"] == "connected"
    writes = ask("write", path=str(tmp_path), identity={"uid": 12345, "gid": 12345})
    assert writes == {"word": "EACCES"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_root_without_capabilities_may_not(ask: Ask, tmp_path: Path) -> None:
    """Root whose capabilities were dropped cannot write into a stranger's folder."""
    os.chown(tmp_path, 12345, 12345)
    tmp_path.chmod(0o700)
    bare = {"uid": 0, "gid": 0, "groups": [], "capabilities": 0}

    assert ask("write", path=str(tmp_path), identity=bare) == {"word": "EACCES"}


def test_connect_words(ask: Ask, listener: socket.socket) -> None:
    """An open port, a closed one, no path and no name have four words."""
    open_port, closed = tcp(listener), tcp(listener)
    assert ask("connect", to=open_port, seconds=1)["word"] == "connected"
    listener.close()

    assert ask("connect", to=closed, seconds=1)["word"] == "refused"
    assert ask("connect", to={"unix": "/no/such/door"}, seconds=1)["word"] == "absent"
    assert ask("connect", to={"abstract": "stackproof-no"}, seconds=1)["word"] == "refused"
    assert ask("connect", to={"tcp": ["x.invalid", 1]}, seconds=1)["word"] == "unresolved"


def test_stale_socket_file(ask: Ask, tmp_path: Path) -> None:
    """A socket file whose server has gone refuses."""
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(tmp_path / "door"))

    assert ask("connect", to={"unix": str(tmp_path / "door")}, seconds=1)["word"] == "refused"


def test_full_backlog(ask: Ask, tmp_path: Path) -> None:
    """A server that never accepts lets a client wait until the deadline."""
    to = {"unix": str(tmp_path / "door")}
    with (
        closing(socket.socket(socket.AF_UNIX)) as door,
        closing(socket.socket(socket.AF_UNIX)) as first,
    ):
        door.bind(to["unix"])
        door.listen(0)
        first.connect(to["unix"])
        answer = ask("connect", to=to, seconds=0.2)

    assert answer["word"] == "timeout"
    assert 0.15 < answer["seconds"] < 1


def test_long_unix_path(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path of more than 107 bytes is connected to all the same."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    monkeypatch.chdir(folder)
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind("door")
        door.listen()
        answer = ask("connect", to={"unix": str(folder / "door")}, seconds=1)

    assert answer["word"] == "connected"


def test_exchange_ends(ask: Ask, listener: socket.socket) -> None:
    """An answer, a close before it and a reset are told apart."""
    endings = []
    for behave in (lambda s: s.sendall(s.recv(9)[::-1]), lambda s: s.recv(9), lambda s: None):

        def serve(behave: Callable[[socket.socket], object] = behave) -> None:
            with closing(listener.accept()[0]) as stream:
                time.sleep(0.05)
                behave(stream)

        threading.Thread(target=serve, daemon=True).start()
        send_hello = {"send": base64.b64encode(b"hello").decode(), "until": {"bytes": 5}}
        answer = ask("exchange", to=tcp(listener), steps=[send_hello], seconds=2)
        endings.append((answer["word"], base64.b64decode(answer["received"][0])))

    assert endings == [("answered", b"olleh"), ("closed", b""), ("reset", b"")]


def test_resolve(ask: Ask) -> None:
    """localhost resolves."""
    answer = ask("resolve", name="localhost")

    assert answer["word"] == "resolved"
    assert "127.0.0.1" in answer["addresses"]


def test_tcp_sockets(ask: Ask, listener: socket.socket) -> None:
    """A listening socket is listed with its address, its inode and who holds it."""
    port = listener.getsockname()[1]
    inode = os.fstat(listener.fileno()).st_ino
    found = [s for s in ask("tcp_sockets")["sockets"] if s["inode"] == inode]

    assert [(s["local"], s["local_port"], s["state"]) for s in found] == [
        ("127.0.0.1", port, "listening")
    ]
    assert (found[0]["pid"], found[0]["fd"]) == (os.getpid(), listener.fileno())


def test_unix_peers(ask: Ask) -> None:
    """Both ends of a pair name each other as peers."""
    left, right = socket.socketpair()
    with left, right:
        inodes = [os.fstat(end.fileno()).st_ino for end in (left, right)]
        answer = ask("unix_sockets")
    if "could_not_look" in answer:
        pytest.skip(f"this kernel has no unix_diag: {answer}")
    peers = {s["inode"]: s["peer"] for s in answer["sockets"]}

    assert [peers[inode] for inode in inodes] == inodes[::-1]


def test_socket_options(ask: Ask, listener: socket.socket) -> None:
    """Options are those of the live socket of the other process."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\5\0\0\0")
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77)
    port = listener.getsockname()[1]
    names = ["SO_LINGER", "TCP_KEEPIDLE"]
    answer = ask("socket_options", port=port, state="listening", names=names)
    if "could_not_look" in answer:
        pytest.skip(f"this machine does not let one process look into another: {answer}")

    assert [s["options"] for s in answer["sockets"]] == [{"SO_LINGER": [1, 5], "TCP_KEEPIDLE": 77}]


def test_processes_and_signals(ask: Ask) -> None:
    """A child is listed with its command line, and can be ended."""
    with subprocess.Popen(["sleep", "60"]) as child:
        found = {p["pid"]: p for p in ask("processes")["processes"]}
        words = [ask("signal", pid=child.pid, name="SIGTERM")["word"]]
        child.wait(5)
        words.append(ask("signal", pid=child.pid, name="SIGTERM")["word"])

    assert found[child.pid]["command"] == ["sleep", "60"]
    assert found[child.pid]["ppid"] == os.getpid()
    assert words == ["sent", "absent"]


def test_it_ends_with_its_input() -> None:
    """The program ends at once when nobody can ask any more, also amid a question."""
    silent = {"id": 1, "ask": "connect", "to": {"tcp": ["x.invalid", 1]}, "seconds": 30}
    began = time.monotonic()
    done = subprocess.run(
        COMMAND, cwd=FOLDER, input=json.dumps(silent).encode() + b"\n", timeout=10, check=False,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip

    assert done.returncode == 0
    assert time.monotonic() - began < 3


def test_relay_carries_both_ways(tmp_path: Path) -> None:
    """The relay program says that it is connected, and then carries bytes and the close."""
    with closing(socket.socket(socket.AF_UNIX)) as door:
        door.bind(str(tmp_path / "door"))
        door.listen()

        def serve() -> None:
            with closing(door.accept()[0]) as stream:
                said = b""
                while chunk := stream.recv(1 << 16):
                    said += chunk
                stream.sendall(said.upper())

        threading.Thread(target=serve, daemon=True).start()
        target = json.dumps({"to": {"unix": str(tmp_path / "door")}, "identity": None})
        done = subprocess.run(
            [*COMMAND[:-1], "probe.relay", "self", target],
            cwd=FOLDER, input=b"." + b"abc" * 100_000, capture_output=True, timeout=10, check=True,
        )  # fmt: skip

    assert done.stdout == b"connected\n" + b"ABC" * 100_000

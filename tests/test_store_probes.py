from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import SimpleNamespace
from typing import Any, ClassVar

import psycopg
import pytest
import redis as library

from fixtures.credentials import Credentials
from fixtures.evidence import Evidence, Unobservable
from fixtures.minio_console import MinioConsole
from fixtures.postgres import ASKED, NO_ANSWER, REFUSED, Login, Postgres, _failed
from fixtures.probe_sessions import CouldNotLook
from fixtures.redaction import Redactor
from fixtures.redis import Redis, reply
from fixtures.s3 import S3
from fixtures.statements import Statements


@dataclass(frozen=True)
class Account:
    service: str = "store"
    port: int = 1
    user: str = "STORE_USER"
    password: str = "STORE_PASSWORD"
    database: str = "STORE_DB"


ENV = {"STORE_USER": "someone", "STORE_PASSWORD": "Pw0123456789", "STORE_DB": "things"}


def lane(place: tuple[str, int] | None, folder: Path | None = None) -> Any:
    return SimpleNamespace(
        published=lambda *_: place,
        guarded=False,
        require_copy=lambda _: None,
        env=ENV | {"OTHER_PASSWORD": "Pw9876543210"},
        redactor=Redactor(),
        source=SimpleNamespace(
            folder=folder,
            env_files=(folder / ".env.example",) if folder else (),
            source=SimpleNamespace(env_files=None),
        ),
    )


def evidence() -> Evidence:
    return Evidence(Redactor())


@contextmanager
def serving(server: Any) -> Iterator[tuple[str, int]]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        server.server_close()


class Resp(StreamRequestHandler):
    """Answers commands by their first word, as a Redis that wants a password does."""

    replies: ClassVar[dict[str, bytes]] = {
        "PING": b"-NOAUTH Authentication required.\r\n",
        "AUTH": b"+OK\r\n",
        "GET": b"$5\r\nab\r\nc\r\n",
        "QUIT": b"",
    }

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                length = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(length + 2)[:-2].decode())
            answer = self.replies[words[0]]
            if not answer:
                return
            self.wfile.write(answer)


def test_raw_replies_are_read_one_by_one() -> None:
    with serving(ThreadingTCPServer(("127.0.0.1", 0), Resp)) as place:
        probe = Redis(lane(place), evidence())

        seen = probe.raw(Account(), ("PING",), ("AUTH", "x"), ("GET", "k"), ("AUTH", "x"))
        closed = probe.raw(Account(), ("QUIT",))

    assert seen == ("-NOAUTH Authentication required.", "+OK", "$5", "+OK")
    assert closed == ("no answer",)


def test_a_server_that_is_not_there_is_an_answer() -> None:
    with serving(ThreadingTCPServer(("127.0.0.1", 0), Resp)) as place:
        pass

    assert Redis(lane(None), evidence()).raw(Account(), ("PING",)) == ("not published",)
    assert Redis(lane(place), evidence()).raw(Account(), ("PING",)) == ("connection refused",)
    assert Redis(lane(None), evidence()).setting(Account(), "dir") == "not published"
    assert Postgres(lane(None), evidence()).login(Account()).word == "not published"
    assert S3(lane(None), evidence()).buckets(Account()).word == "not published"
    assert S3(lane(None), evidence()).anonymous(Account(), "GET", "/") == "not published"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (library.AuthenticationError("invalid password"), "not logged in"),
        (library.ResponseError("NOPERM no permission"), "NOPERM"),
        (library.ConnectionError("reset"), "no answer"),
        (library.TimeoutError("slow"), "no answer"),
    ],
)
def test_errors_of_redis_are_answers(error: Exception, word: str) -> None:
    def ask() -> None:
        raise error

    assert reply(ask).word == word


@pytest.mark.parametrize(
    ("said", "needs", "used", "word"),
    [
        ('FATAL:  password authentication failed for user "u"', False, True, REFUSED),
        ("FATAL:  kein pg_hba.conf-Eintrag", False, False, REFUSED),
        ("fe_sendauth: no password supplied", True, True, ASKED),
        ("Connection refused", False, False, NO_ANSWER),
    ],
)
def test_a_failed_login_says_how_far_it_came(said: str, needs: bool, used: bool, word: str) -> None:
    class Failed(psycopg.OperationalError):
        pgconn: Any = SimpleNamespace(needs_password=needs, used_password=used)

    error = Failed(said)

    assert _failed(error).word == word


def test_nothing_answers_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixtures.waits.SETTLE", 0.0)
    with serving(ThreadingTCPServer(("127.0.0.1", 0), Resp)) as place:
        pass

    assert Postgres(lane(place), evidence()).login(Account()).word == NO_ANSWER


class Web(BaseHTTPRequestHandler):
    """A console, and a store that hides one bucket and shows the other."""

    def do_GET(self) -> None:
        pages = {
            "/": (200, "text/html; charset=utf-8", "<html><title>MinIO Console</title>"),
            "/private/x": (403, "application/xml", "<Error><Code>AccessDenied</Code></Error>"),
            "/public/x": (200, "text/plain", "open"),
        }
        if self.path == "/api/v1/buckets":
            cookie = "token" in self.headers.get("Cookie", "")
            self.answer(200 if cookie else 403, "application/json", "{}")
        else:
            self.answer(*pages[self.path])

    def do_POST(self) -> None:
        wanted = {"accessKey": "someone", "secretKey": "right"}
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(204 if given == wanted else 401, "application/json", "")

    def answer(self, status: int, kind: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 204:
            self.send_header("Set-Cookie", "token=1")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None: ...


def test_console_opens_with_the_right_secret_only() -> None:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Web)) as (host, port):
        url, console = f"http://{host}:{port}", MinioConsole(evidence())

        page = console.page(url)
        right, wrong = (console.login(url, "someone", secret) for secret in ("right", "wrong"))
    gone = console.page(url)

    assert page == {"status": "200", "type": "text/html", "title": "MinIO Console"}
    assert right == {"login": "204", "buckets": "200"}
    assert wrong == {"login": "401", "buckets": "403"}
    assert gone["status"].startswith("no answer")


def test_unsigned_answers_carry_the_code_of_s3() -> None:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Web)) as place:
        probe = S3(lane(place), evidence())

        assert probe.anonymous(Account(), "GET", "/private/x") == "403 AccessDenied"
        assert probe.anonymous(Account(), "GET", "/public/x") == "200"


def test_wrong_values_are_never_the_right_one(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("STORE_USER=someone\nSTORE_PASSWORD=change-me\n")
    probe = Credentials(lane(None, tmp_path), evidence())

    assert probe.wrong("STORE_PASSWORD") == {
        "the template": "change-me",
        "another last character": "Pw012345678x",
        "OTHER_PASSWORD": "Pw9876543210",
    }
    assert probe.wrong("STORE_USER") == {"another last character": "someonx"}


def test_keys_of_others_are_spared_where_the_lane_is_guarded() -> None:
    """Nothing is sent: the check ends as unobservable."""

    def refuse(what: str) -> None:
        raise Unobservable(what)

    attached = lane(None)
    attached.require_copy = refuse
    probe = Redis(attached, evidence())

    assert probe.ask(Account(), "GET", "cart").word == "not published"
    assert probe.ask(Account(), "DEL", "stackproof:1").word == "not published"
    for command in (("DEL", "cart"), ("CONFIG", "SET", "save", ""), ("FLUSHALL",)):
        with pytest.raises(Unobservable, match=command[0]):
            probe.ask(Account(), *command)
    with pytest.raises(Unobservable, match="SET"):
        probe.raw(Account(), ("AUTH", "x"), ("SET", "cart", "1"))


def info(error: Exception | None) -> Any:
    """Return the section of a server that answers, or fails with *error*."""
    probe = Redis(lane(None), evidence())

    def told(_: str) -> Any:
        if error is not None:
            raise error
        return {"redis_version": "7", "db0": {"keys": 1}}

    probe.client = lambda *_, **__: SimpleNamespace(info=told)  # type: ignore[assignment,method-assign]
    return probe.section(Account(), "all")


def test_a_section_is_empty_only_where_the_server_says_so() -> None:
    """One that has no INFO answers; one that is away, or lets nobody in, tells nothing."""
    assert info(None) == {"redis_version": "7", "db0.keys": 1}
    assert info(library.ResponseError("unknown command 'INFO', with args")) == {}
    for error in (
        library.ConnectionError("not published"),
        library.TimeoutError("Timeout reading from socket"),
        library.AuthenticationError("WRONGPASS invalid"),
        library.ResponseError("NOPERM this user has no permissions"),
    ):
        with pytest.raises(CouldNotLook, match="INFO all"):
            info(error)


@pytest.mark.parametrize("word", [REFUSED, NO_ANSWER, ASKED, "not published"])
def test_statements_are_tried_only_after_a_login(word: str) -> None:
    """Without one there is no statement that could have ended otherwise than promised."""
    postgres: Any = SimpleNamespace(open=lambda _: Login(word, "said"))
    probe = Statements(postgres, evidence())

    with pytest.raises(CouldNotLook, match=f"store: {word} said"):
        probe.each(Account(), [], ["SELECT 1"])

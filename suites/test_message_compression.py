"""Message compression: which messages of a chat server are compressed, and which are not."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .chat import ChatService

if TYPE_CHECKING:
    from fixtures.chat import Chat
    from fixtures.chat_client import ChatClient, Frame
    from fixtures.chat_server import ChatServer
    from fixtures.chat_servers import ChatServers
    from fixtures.promises import Promise

KIND = "message"
GZIP = "1f8b08"
"""Magic number and method: RFC 1952, 2.3."""
BINARY = "no JSON"


@dataclass(frozen=True, slots=True)
class Above:
    server: ChatService
    bytes: int
    """The size of the message."""
    wire_below: float
    """The largest share of its size that goes over the wire."""


@pytest.mark.promise(KIND, expect=Above)
def test_long_message_is_compressed(
    promise: Promise[Above], chat: Chat, chat_servers: ChatServers
) -> None:
    """A long text travels as gzip, takes less of the wire, and comes out as it went in."""
    expect = promise.expect
    client = chat.open(chat_servers.own(expect.server).chat)
    text = "abcdefghij" * (expect.bytes // 10)
    frame = client.ask("mirror", {"text": text})
    client.close()

    assert frame is not None
    assert (frame.gzip, frame.magic) == (True, GZIP), f"it begins with {frame.magic}"
    assert frame.wire < expect.wire_below * frame.plain, f"{frame.wire} of {frame.plain} bytes"
    assert frame.data["text"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sizes:
    server: ChatService
    plain: list[int]
    """Sizes in bytes that go plain."""
    gzip: list[int]
    """Sizes in bytes that go compressed."""


@pytest.mark.promise(KIND, expect=Sizes)
def test_sizes(promise: Promise[Sizes], chat: Chat, chat_servers: ChatServers) -> None:
    """Of messages of nothing but zeros, these sizes go plain, and those go compressed."""
    expect = promise.expect
    client = chat.open(chat_servers.own(expect.server).chat)
    seen = {size: _blob(client, size) for size in [*expect.plain, *expect.gzip]}
    client.close()

    for size, frame in seen.items():
        assert frame.plain == size, f"asked for {size} bytes, got {frame.plain}"
    assert [size for size, frame in seen.items() if frame.gzip] == expect.gzip


@dataclass(frozen=True, slots=True)
class Useful:
    server: ChatService
    bytes: int
    """The size of each message."""
    plain: list[float]
    """Random shares with which it goes plain."""
    gzip: list[float]
    """Random shares with which it goes compressed."""


@pytest.mark.promise(KIND, expect=Useful)
def test_only_if_useful(promise: Promise[Useful], chat: Chat, chat_servers: ChatServers) -> None:
    """Of messages of which such a part is random, these go plain, and those go compressed."""
    expect = promise.expect
    client = chat.open(chat_servers.own(expect.server).chat)
    parts = [*expect.plain, *expect.gzip]
    seen = {part: _blob(client, expect.bytes, part) for part in parts}
    client.close()

    assert [part for part, frame in seen.items() if frame.gzip] == expect.gzip
    for part in expect.plain:
        assert seen[part].wire == expect.bytes, f"{seen[part].wire} bytes on the wire"


@dataclass(frozen=True, slots=True)
class Inflates:
    server: ChatService
    text_bytes: int
    """The size of the text that is understood."""


@pytest.mark.promise(KIND, expect=Inflates)
def test_received(promise: Promise[Inflates], chat: Chat, chat_servers: ChatServers) -> None:
    """What a client compressed is understood exactly; what cannot be inflated is refused.

    And so is what inflates to more than a message may hold; others are served meanwhile.
    """
    server = chat_servers.own(promise.expect.server)
    client, bad, bomb, other = chat.open_all(server.chat, [""] * 4)
    text = "가나다라" * (promise.expect.text_bytes // 12)
    sent = client.send("echo", {"text": text}, zipped=True)
    answer = client.wait(("echo",), sent.after)
    garbage = b"\x1f\x8b\x08" + bytes(range(200))
    head = len(garbage).to_bytes(4, "big") + b"\x01"
    bad.send("", raw=base64.b64encode(head + garbage).decode())
    bomb.send("echo", {"text": "z" * 5_000_000}, zipped=True)
    refused = [one.wait(("error",), 0, 2.0) or one.ended(2.0) for one in (bad, bomb)]
    echoed = [one.seen().of("echo") for one in (bad, bomb)]
    alive = other.ask("echo", {"text": "still there"})
    for one in (client, bad, bomb, other):
        one.close()

    assert answer is not None, "a compressed message is not answered"
    assert answer.data["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert echoed == [[], []], "what cannot be inflated was processed"
    assert None not in refused, "garbage, or a bomb, is not refused"
    assert alive is not None, "others are not served"


@dataclass(frozen=True, slots=True)
class Saves:
    server: ChatService
    saves: float
    """The share of bytes that is saved at least."""
    without: dict[str, str]
    """Variables that switch compression off."""


@pytest.mark.promise(KIND, expect=Saves)
def test_bandwidth(promise: Promise[Saves], chat: Chat, chat_servers: ChatServers) -> None:
    """The same chat takes so much less of the wire with compression than without."""
    expect = promise.expect
    usual = _bytes(chat, chat_servers.own(expect.server))
    with chat_servers.like(expect.server, expect.without) as server:
        plain = _bytes(chat, server)

    saved = 1 - usual / plain
    assert saved >= expect.saves, f"{usual} instead of {plain} bytes: {saved:.0%} less"


def _bytes(chat: Chat, server: ChatServer) -> int:
    """Return the bytes that a client gets in a chat: messages of up to 1,500 characters."""
    client = chat.open(server.chat, pong=None)
    before = client.seen().received
    words = [
        "오늘",
        "저녁에",
        "뭐",
        "먹을까요?",
        "I",
        "think",
        "we",
        "should",
        "meet",
        "at",
        "seven.",
        "좋아요!",
        "See",
        "you",
        "there.",
    ]
    for number in range(200):
        count = 5 + number * 7 % 60 if number % 20 else 250
        text = " ".join(words[(number + place * place) % len(words)] for place in range(count))
        assert client.ask("mirror", {"text": text}) is not None, "a message is not answered"
    received = client.seen().received - before
    client.close()
    return received


def _blob(client: ChatClient, size: int, random: float = 0.0) -> Frame:
    """Return the answer of so many bytes, of which such a part is random."""
    frame = client.ask("blob", {"size": size, "random": random}, (BINARY,))
    assert frame is not None, f"{size} bytes do not come"
    return frame

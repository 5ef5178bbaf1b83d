"""Many chat clients in one process: one JSON line in, one JSON line out, as `__main__` has it."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import ipaddress
import json
import socket
import struct
import sys
import time
from typing import Any

from .chat_client import Answer, Client, packed
from .chat_doors import Door
from .chat_load import load
from .chat_wire import Wire, lose

SIOCGIFADDR, SIOCSIFADDR, SIOCGIFNETMASK, SIOCSIFNETMASK = 0x8915, 0x8916, 0x891B, 0x891C
RATHER = 120.0


def word(error: OSError) -> str:
    """Return the word for what kept a connection from being made."""
    words = {TimeoutError: "timeout", ConnectionRefusedError: "refused"}
    return words.get(type(error)) or ("reset" if isinstance(error, ConnectionError) else str(error))


class Program:
    """The questions that this program knows."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.doors: dict[str, Door] = {}
        self.wire = Wire()

    async def hello(self) -> Answer:
        """Say that it runs."""
        return {"python": sys.version.split()[0]}

    async def addresses(self, count: int) -> Answer:
        """Give this container *count* more addresses of its network, from its upper end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:

            def ask(request: int, label: str, value: str = "0.0.0.0") -> str:
                # struct ifreq with a sockaddr_in: netdevice(7).
                asked = struct.pack("16sH2x4s8x", label.encode(), 2, socket.inet_aton(value))
                return socket.inet_ntoa(fcntl.ioctl(control, request, asked)[20:24])

            own, mask = ask(SIOCGIFADDR, "eth0"), ask(SIOCGIFNETMASK, "eth0")
            network = ipaddress.ip_network(f"{own}/{mask}", strict=False)
            made = [str(network.broadcast_address - 2 - number) for number in range(count)]
            for number, one in enumerate(made):
                ask(SIOCSIFADDR, f"eth0:{number}", one)
                ask(SIOCSIFNETMASK, f"eth0:{number}", mask)
        return {"own": own, "made": made}

    async def open(
        self, name: str, to: list[Any], source: str | None = None, seconds: float = 5.0,
        pong: float | None = 0.0, rcvbuf: int | None = None, watched: bool = False,
    ) -> Answer:  # fmt: skip
        """Connect *name* to *to*; ``connected``, ``refused``, ``reset``, ``timeout``.

        *watched*: keep its packets, see `packets`.
        """
        began = time.monotonic()
        stream = socket.socket()
        try:
            stream.setblocking(False)
            if rcvbuf is not None:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            if source is not None:
                stream.bind((source, 0))
                if watched:
                    self.wire.watch(*stream.getsockname())
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.sock_connect(stream, (to[0], to[1])), seconds)
            _, client = await loop.create_connection(lambda: Client(pong), sock=stream)
        except OSError as error:
            stream.close()
            return {"word": word(error), "at": began, "seconds": time.monotonic() - began}
        self.clients[name] = client
        host, port = stream.getsockname()
        seconds = time.monotonic() - began
        return {"word": "connected", "at": began, "seconds": seconds, "host": host, "port": port}

    async def send(
        self, name: str, event: str = "", data: Any = None, zipped: bool = False, raw: str = "",
        times: int = 1, due: float = 0.0,
    ) -> Answer:  # fmt: skip
        """Send one event, or *raw* bytes (base64) so many *times*; return the next frame's number.

        It goes out at the moment *due*. *sent* is False where the connection has ended before.
        """
        await self.until(due)
        client = self.clients[name]
        plain = json.dumps({"event": event, "data": data or {}}, ensure_ascii=False).encode()
        frame = base64.b64decode(raw) if raw else packed(plain, zipped)
        after, now = len(client.frames), time.monotonic()
        for _ in range(times):
            client.write(frame)
            if times > 1:
                await asyncio.sleep(0)
        return {"sent": client.end is None, "at": now, "after": after, "bytes": len(frame) * times}

    async def wait(
        self, name: str, events: list[str], after: int = 0, seconds: float = RATHER
    ) -> Answer:
        """Return the first frame from number *after* on of one of *events* (any, if none)."""
        client = self.clients[name]
        number = await client.until(events, after, seconds)
        frame = None if number is None else client.frames[number]
        return {"frame": frame, "end": client.end, "next": -1 if number is None else number + 1}

    async def ended(self, name: str, seconds: float) -> Answer:
        """Return how the connection ended, ``end`` is None while it is open."""
        client = self.clients[name]
        await client.until(["\0"], 0, seconds)
        return {"end": client.end}

    async def seen(self, name: str, after: int = 0) -> Answer:
        """Return all frames from number *after* on, and the bytes both ways."""
        one = self.clients[name]
        counts = {"sent": one.sent, "received": one.received}
        return {"frames": one.frames[after:], "end": one.end, **counts}

    async def become(
        self, name: str, pong: float | None = None, reading: bool | None = None
    ) -> Answer:
        """Answer pings after *pong* seconds (None: never), and read or do not."""
        client = self.clients[name]
        client.pong = pong
        if reading is True and not client.transport.is_reading():
            client.transport.resume_reading()
        if reading is False:
            client.transport.pause_reading()
        return {}

    async def visit(
        self, name: str, to: list[Any], source: str, at: float, key: str, seconds: float
    ) -> Answer:
        """At the moment *at*, connect, say hello as *key* and leave; say if it was welcome."""
        await self.until(at)
        opened = await self.open(name, to, source)
        served, took = False, 0.0
        if opened["word"] == "connected":
            await self.send(name, "hello", {"client_key": key})
            served = (await self.wait(name, ["welcome"], 0, seconds))["frame"] is not None
            took = time.monotonic() - opened["at"]
            await self.close(name)
        return {"at": opened["at"], "word": opened["word"], "served": served, "took": took}

    async def until(self, at: float) -> Answer:
        """Wait for the moment *at*; return what the clock says then."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        return {"at": time.monotonic()}

    async def close(self, name: str, how: str = "fin") -> Answer:
        """End the connection with a FIN, or with an RST (``reset``): socket(7), SO_LINGER."""
        transport = self.clients[name].transport
        if how == "reset" and not transport.is_closing():
            stream = transport.get_extra_info("socket")
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        await self.clients[name].until(["\0"], 0, 5.0)
        return {"at": time.monotonic()}

    async def lose(self, name: str, share: float) -> Answer:
        """Let the client lose this *share* of what comes for it: see `chat_wire.lose`."""
        lose(self.clients[name].transport.get_extra_info("socket"), share)
        return {"at": time.monotonic()}

    async def packets(self, host: str, port: int) -> Answer:
        """Return the packets of a watched client."""
        return {"packets": self.wire.packets(host, port)}

    async def door(self, name: str) -> Answer:
        """Begin to listen in place of a server; the door is shut at first."""
        self.doors[name] = Door()
        return {"port": await self.doors[name].listen()}

    async def turn(self, name: str, to_open: bool) -> Answer:
        """Open a door, or shut it."""
        self.doors[name].turn(to_open=to_open)
        return {"at": time.monotonic()}

    async def visitors(self, name: str) -> Answer:
        """Return who came to a door, and the messages that were taken in there."""
        return {"visits": self.doors[name].visits, "notes": self.doors[name].notes}

    async def load(self, names: list[str], **how: Any) -> Answer:
        """Let *names* ask again and again: see `chat_load.load`."""
        return await load({name: self.clients[name] for name in names}, **how)

    async def each(self, of: list[Answer]) -> Answer:
        """Answer several questions at once."""
        return {"replies": await asyncio.gather(*(self.answer(question) for question in of))}

    async def answer(self, question: Answer) -> Answer:
        """Return the answer to *question*, or why nobody could look."""
        ask, number = question.pop("ask", ""), question.pop("id", None)
        try:
            if ask.startswith("_") or ask == "answer":
                raise LookupError("unknown question")
            return {"id": number, "answer": await getattr(self, ask)(**question)}
        except Exception as error:  # noqa: BLE001  whatever went wrong belongs to this question
            return {"id": number, "could_not_look": f"{ask}: {type(error).__name__}: {error}"}


async def main() -> None:
    """Serve until the standard input ends."""
    program, running = Program(), set()
    lines = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def reply(question: Answer) -> None:
        answer = json.dumps(await program.answer(question), separators=(",", ":"))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()

    while line := await lines.readline():
        task = asyncio.create_task(reply(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


if __name__ == "__main__":
    asyncio.run(main())

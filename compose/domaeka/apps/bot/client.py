"""Client: stays connected, answers pings, sends what is queued, and moves when it is asked to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from typing import Any

from . import frames
from .backoff import ExponentialBackoff
from .outbox import Outbox
from .settings import Settings

ANSWERS = 5.0
"""Seconds for the answers of an old server before a client moves on to the new one."""


class Client:
    """One client, from `start` to `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.outbox = Outbox(settings.queue_ttl)
        self.events: list[dict[str, Any]] = []
        self._place = (settings.server_host, settings.server_port)
        self._backoff = ExponentialBackoff(
            settings.backoff_base, settings.backoff_max, settings.backoff_jitter
        )
        self._wait: float | None = None
        """What a server that ends asked for, instead of the backoff."""
        self._writer: asyncio.StreamWriter | None = None
        self._welcome = False
        self._moving = False
        self._said = 0
        """The last number that it said of its own accord."""
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._move: asyncio.Task[None] | None = None
        self._talk: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and stay connected."""
        self._task = asyncio.create_task(self._run())
        if self.settings.note_every:
            self._talk = asyncio.create_task(self._say_something())

    async def stop(self) -> None:
        """End for good."""
        for task in (self._task, self._move, self._talk):
            if task is not None:
                task.cancel()
        if self._writer is not None:
            self._writer.close()

    def send(self, number: int) -> None:
        """Queue message *number*."""
        self.outbox.put(number)
        self._more.set()

    def shown(self) -> dict[str, Any]:
        """Return where it is, and all that has happened."""
        return {
            "connected": self._welcome,
            "place": list(self._place),
            "said": self._said,
            "queued": len(self.outbox),
            "unanswered": sorted(self.outbox.unanswered),
            "dropped": self.outbox.dropped,
            "events": self.events,
        }

    def _tell(self, event: str, **data: Any) -> None:
        self.events.append({"event": event, "at": time.time(), **data})

    async def _run(self) -> None:
        while True:
            sending = None
            self._tell("connecting", place=list(self._place))
            try:
                await self._connect()
                sending = asyncio.create_task(self._send_queued())
                await self._listen()
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                self._tell("disconnected", why=type(error).__name__)
            finally:
                self._welcome = False
                if sending is not None:
                    sending.cancel()
                self._hang_up()
            self.outbox.take_back()
            if self._moving:
                self._moving = False
                continue
            delay = self._backoff.get_delay() if self._wait is None else self._wait
            self._wait = None
            self._tell("waiting", seconds=delay)
            await asyncio.sleep(delay)

    async def _connect(self) -> None:
        source = (self.settings.source, 0) if self.settings.source else None
        opening = asyncio.open_connection(*self._place, local_addr=source)
        self._reader, self._writer = await asyncio.wait_for(opening, self.settings.connect_timeout)
        hello = {"client_key": self.settings.client_key}
        self._writer.write(frames.event("hello", hello))

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _listen(self) -> None:
        while True:
            event, data = await frames.read(self._reader)
            if event == "ping":
                self._write("pong", {"id": data["id"]})
            elif event == "welcome":
                # Not before: a server may accept a connection and serve it not.
                self._backoff.reset()
                self._welcome = True
                self._tell("welcome", place=list(self._place))
                self._more.set()
            elif event == "noted":
                self.outbox.answered(int(data["number"]))
            elif event == "serverShutdown":
                self._tell(event, **data)
                self._wait = float(data["reconnect_after"])
            elif event == "serverMigration":
                self._tell(event, **data)
                if not self._welcome:
                    self._place = (str(data["new_host"]), int(data["new_port"]))
                    self._moving = True
                else:
                    self._move = asyncio.create_task(self._move_on(data))

    async def _move_on(self, data: dict[str, Any]) -> None:
        """Move to another server when it is time, with no message under way."""
        await asyncio.sleep(float(data["migrate_after"]))
        self._tell("holding")
        self._welcome = False  # what is queued from now on waits for the new server
        deadline = time.monotonic() + ANSWERS
        while self.outbox.unanswered and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        self._place = (str(data["new_host"]), int(data["new_port"]))
        self._moving = True
        self._tell("moving", place=list(self._place))
        self._hang_up()

    async def _say_something(self) -> None:
        for number in itertools.count(1):
            self._said = number
            self.send(number)
            await asyncio.sleep(self.settings.note_every)

    async def _send_queued(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._welcome and (message := self.outbox.next()) is not None:
                self._write("note", {"number": message.number})

    def _write(self, event: str, data: dict[str, Any]) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write(frames.event(event, data))

"""Connections: one client each, with its queue, its sender and its socket."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from . import frames
from .closing import FLUSH, Closing
from .frames import Frame
from .priorities import MessagePriority, PriorityMessageQueue
from .quality import ConnectionMetrics
from .state import State


class Connection:
    """A client that is served."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, state: State
    ) -> None:
        self.reader, self.writer, self._state = reader, writer, state
        self.ip, port = writer.get_extra_info("peername")[:2]
        self.key = f"{self.ip}:{port}"
        self.socket: Any = writer.get_extra_info("socket")
        self._closing = Closing(writer)
        self.gzip = True
        self.queue = PriorityMessageQueue()
        self.quality = ConnectionMetrics(state.settings.rtt_samples)
        # With a mark of 0, drain() waits until the kernel has everything: what is not there yet
        # waits in the queue, where a more urgent message can overtake it.
        writer.transport.set_write_buffer_limits(high=0)
        self._sender = asyncio.create_task(self._send_all())

    async def send(
        self, event: str, data: dict[str, Any], priority: MessagePriority = MessagePriority.HIGH
    ) -> None:
        """Queue an event for the client."""
        await self.queue.put(priority, Frame(0, frames.message(event, data)))

    async def send_bytes(self, payload: bytes) -> None:
        """Queue bytes that are no event."""
        await self.queue.put(MessagePriority.HIGH, Frame(frames.BINARY, payload))

    async def receive(self) -> Frame:
        """Return the client's next frame, inflated.

        Raises what `frames.read` and `Compressor.decompress` raise.
        """
        frame = await frames.read(self.reader, self._state.settings.max_message)
        self.quality.received(frame.size)
        self._state.metrics.received(frame.size)
        if frame.flags & frames.COMPRESSED:
            plain = self._state.compressor.decompress(frame.payload)
            return Frame(frame.flags & ~frames.COMPRESSED, plain)
        return frame

    async def handed_over(self, within: float = FLUSH) -> None:
        """Wait until nothing is queued here any more, or for *within* seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while len(self.queue) and loop.time() < deadline:
            await asyncio.sleep(0.005)

    async def flushed(self, within: float = FLUSH) -> None:
        """Wait until the queue is empty and the kernel has everything, or for *within* seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while loop.time() < deadline and not self.writer.transport.is_closing():
            if not len(self.queue) and not self.writer.transport.get_write_buffer_size():
                return
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """End the connection; what is queued in the kernel still goes out, for a while."""
        self._sender.cancel()
        await self._closing.close()

    async def _send_all(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                frame: Frame = await self.queue.get()
                if self.gzip:
                    payload, small = self._state.compressor.compress_if_needed(frame.payload)
                    if small:
                        frame = Frame(frame.flags | frames.COMPRESSED, payload)
                self.writer.write(frames.encoded(frame))
                self.quality.sent(frame.size)
                self._state.metrics.sent(frame.size)
                await self.writer.drain()

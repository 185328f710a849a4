"""Waiting in the event loop for what threads make."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from fastapi import Request

from rhapsode.rendering.speech_stream import SpeechStream
from rhapsode.rendering.streamed_part import StreamedPart


class Listener:
    """Hears a text while it is spoken. For one event loop, in which it is made before the text is begun."""

    def __init__(self, stream: SpeechStream) -> None:
        self._stream = stream
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        stream.when_changed(self._wake)

    def _wake(self) -> None:
        # The maker goes on when the server has ended.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def ready(self) -> None:
        """Wait until an answer may begin. Raises: what the text failed with."""
        while not self._stream.is_ready:
            await self._change()

    async def parts(self) -> AsyncIterator[StreamedPart]:
        """Every part, as soon as it may be sent. Raises: what the text failed with."""
        ordinal = 0
        while ordinal < self._stream.part_count:
            part = self._stream.find_part(ordinal)
            if part is None:
                await self._change()
            else:
                yield part
                ordinal += 1

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed.clear()


async def note_leaving(request: Request, gone: threading.Event) -> None:
    """Say when a client has left. request: its body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()

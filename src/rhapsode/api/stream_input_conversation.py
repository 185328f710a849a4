"""One WebSocket on which a text comes and its sound goes.

The event loop only moves bytes. Stretches are spoken one after the other, each in a thread, and none is begun before
the client has taken the one before; what comes meanwhile waits, up to what one connection may send.
"""

import asyncio
import threading
from dataclasses import dataclass
from functools import partial

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from rhapsode.access.quotas import paid_by
from rhapsode.api.own_threads import OwnThreads
from rhapsode.api.stream_input_messages import parse_message
from rhapsode.api.stream_input_models import StreamInputMessage, piece_message
from rhapsode.api.websockets import WebSocketRefused
from rhapsode.rendering.live_session import LiveSession
from rhapsode.rendering.turns import Withdrawn
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ApiKeyId, WorkspaceId
from rhapsode.studio.limits import LIVE_READ_WAIT_S, MAX_LIVE_SESSIONS
from rhapsode.text.arriving import ArrivingText

THREADS = OwnThreads("live-speech", MAX_LIVE_SESSIONS)
"""Where texts that arrive are spoken, and all else is done for them that takes a moment."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for what is spoken; a key of None pays nothing."""

    records: Records
    workspace_id: WorkspaceId
    key_id: ApiKeyId | None


class Conversation:
    """Between the first message and the last; to be held once."""

    def __init__(
        self,
        websocket: WebSocket,
        session: LiveSession,
        text: ArrivingText,
        payer: Payer,
        *,
        inactivity_s: float,
    ) -> None:
        self._websocket = websocket
        self._session = session
        self._text = text
        self._payer = payer
        self._inactivity_s = inactivity_s
        self._news = asyncio.Event()
        self._is_over = threading.Event()

    def take_in(self, message: StreamInputMessage) -> None:
        """Hear what the client says. Raises: TextTooLong."""
        if self._text.is_ended:
            return
        if message.text:
            early = bool(message.try_trigger_generation)
            self._text.add(message.text, flush=bool(message.flush), early=early)
        else:
            self._text.end()

    async def hold(self) -> None:
        """Speak what comes, until the client says that this was all.

        Raises: WebSocketDisconnect, when it has left; WebSocketRefused, and whatever speaking raises.
        """
        reading = asyncio.create_task(self._read())
        try:
            while not self._text.is_over:
                if not await self._speak_next():
                    await self._wait()
                if reading.done():
                    reading.result()
        except Withdrawn:
            if reading.done():
                reading.result()
            raise WebSocketDisconnect(1001) from None
        finally:
            self._is_over.set()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        """Hear everything at once, also while something is spoken: who leaves isn't spoken for any more."""
        try:
            while True:
                self.take_in(await next_message(self._websocket))
                self._news.set()
        finally:
            self._is_over.set()
            self._news.set()

    async def _wait(self) -> None:
        """Until something has come that wasn't there at the last look."""
        if self._text.is_over:
            return
        try:
            async with asyncio.timeout(self._inactivity_s):
                await self._news.wait()
        except TimeoutError:
            msg = (
                f"No text has come for {self._inactivity_s:g} seconds, so this ends. A single space keeps a "
                "connection open."
            )
            raise WebSocketRefused(msg, code="input_timeout_exceeded", http_status=400) from None
        self._news.clear()

    async def _speak_next(self) -> bool:
        """Speak and send the next stretch; False where none is due."""
        text = self._text.take()
        if text is None:
            return False
        for message in await THREADS.run(partial(self._spoken, text)):
            await send_text(self._websocket, message)
        return True

    def _spoken(self, text: str) -> list[str]:
        payer = self._payer
        with paid_by(payer.records, payer.workspace_id, payer.key_id, len(text)):
            pieces = self._session.speak(text, is_wanted=lambda: not self._is_over.is_set())
        return [piece_message(piece) for piece in pieces]


async def next_message(websocket: WebSocket) -> StreamInputMessage:
    """What a client says next. Raises: WebSocketDisconnect; WebSocketRefused; InvalidInput."""
    event = await websocket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1005))
    return parse_message(event)


async def send_text(websocket: WebSocket, message: str) -> None:
    """Send a message when the one before it is on its way: no more of them are in memory.

    Raises: WebSocketDisconnect, also of a client that doesn't read.
    """
    try:
        async with asyncio.timeout(LIVE_READ_WAIT_S):
            await websocket.send_text(message)
    except TimeoutError:
        raise WebSocketDisconnect(1001) from None

"""A response whose bytes come to exist while it is sent: read in threads, awaited without one."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping

import anyio
import structlog
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Send

from rhapsode.api.blocks_response import readers
from rhapsode.api.loggable import loggable
from rhapsode.rendering.listening import Listening
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import ConversionId
from rhapsode.telemetry.metrics import ERRORS

_log = structlog.get_logger()
_LOOK_S = 2.0
"""How soon what nobody tells of is noticed: commits of other processes, and clients that have left."""


class LiveBlocks:
    """The blocks of an iterator that gives None where there is nothing yet. For one event loop."""

    def __init__(
        self, blocks: Iterator[bytes | None], listening: Listening, conversion_id: ConversionId
    ) -> None:
        self._blocks = blocks
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._held = contextlib.ExitStack()
        self._held.enter_context(listening.told(conversion_id, self._hear))

    def _hear(self) -> None:
        # The server may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._news.set)

    async def first(self, request: Request) -> bytes:
        """The first block. Raises: ClientDisconnect, when nobody waits for it any more; what the iterator raises."""
        try:
            while (block := await self._look()) is None:
                if await request.is_disconnected():
                    raise ClientDisconnect
                await self._wait()
        except BaseException:
            self.close()
            raise
        return block

    async def following(self) -> bytes:
        """The next block, or none at the end. Raises: what the iterator raises."""
        while (block := await self._look()) is None:
            await self._wait()
        return block

    def close(self) -> None:
        """Hear no more of it."""
        self._held.close()

    async def _look(self) -> bytes | None:
        self._news.clear()
        reading = self._loop.run_in_executor(readers, next, self._blocks, b"")
        try:
            return await asyncio.shield(reading)
        finally:
            # A thread can't be told to stop: it has to be waited for, also when the client has left.
            with anyio.CancelScope(shield=True):
                await asyncio.gather(reading, return_exceptions=True)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _LOOK_S)


class LiveResponse(StreamingResponse):
    """Sends blocks until there are no more. One that fails in between is never a complete answer."""

    def __init__(self, request: Request, headers: Mapping[str, str], first: bytes, rest: LiveBlocks) -> None:
        super().__init__(iter(()), headers=headers)
        self._request = request
        self._first = first
        self._rest = rest

    async def stream_response(self, send: Send) -> None:
        """Send everything, each block when it exists."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            block = self._first
            while block:
                await send({"type": "http.response.body", "body": block, "more_body": True})
                block = await self._rest.following()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except RhapsodeError as error:
            # A response that isn't ended makes the server close the connection.
            ERRORS.add(1, error.code, type(error).__name__)
            _log.warning("stream.broken_off", path=loggable(self._request.url.path), error=str(error))
        finally:
            self._rest.close()

"""A response of blocks, read as long as the client stays: in the event loop, or in threads where that waits."""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio
import structlog
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Send

from rhapsode.api.direct import ClientGone, find_writer
from rhapsode.api.loggable import loggable
from rhapsode.storage.stretches import MOST_AT_ONCE, Reading
from rhapsode.studio.errors import RhapsodeError
from rhapsode.telemetry.metrics import DOWNLOADS_RUNNING, ERRORS

T = TypeVar("T")

_log = structlog.get_logger()
# Two at a time: more read no faster, and keep each other and everybody else from the interpreter. While eight
# clients got the snapshot of a novel, other requests took 62 ms at the 99th percentile, and 209 ms with six.
readers = ThreadPoolExecutor(2, thread_name_prefix="reader")
_SLOW_S = 0.1


class BlocksResponse(StreamingResponse):
    """Sends one block after the other. What is made for it is made in a thread while the block before is sent.

    first: was read already, so that what is wrong before it could be said in words.
    Damage further on ends the connection short of its Content-Length or of its last chunk.
    """

    def __init__(
        self,
        request: Request,
        headers: Mapping[str, str],
        first: bytes,
        rest: Generator[bytes] | Reading,
        *,
        status_code: int = 200,
    ) -> None:
        super().__init__(rest, status_code=status_code, headers=headers)
        self._request = request
        self._block = first
        self._rest = rest
        self._ahead: asyncio.Future[bytes] | None = None
        self._planning: asyncio.Future[None] | None = None
        self._is_slow = False
        self._writer = find_writer(request.scope)

    async def stream_response(self, send: Send) -> None:
        """Send everything. Whatever ends it, the reading has stopped and its source is closed afterwards."""
        with DOWNLOADS_RUNNING.one_more():
            await self._stream(send)

    async def _stream(self, send: Send) -> None:
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            while self._block:
                await self._send_block(send)
                self._block = await self._write_on() or await self._next_block()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except RhapsodeError as error:
            # A response that isn't ended makes the server close the connection.
            ERRORS.add(1, error.code, type(error).__name__)
            _log.error("download.cut_short", path=loggable(self._request.url.path), error=str(error))
        except ClientGone:
            pass
        finally:
            if self._writer is not None:
                self._writer.close()
            with anyio.CancelScope(shield=True):
                begun = (future for future in (self._ahead, self._planning) if future is not None)
                await asyncio.gather(*begun, return_exceptions=True)
                await asyncio.to_thread(self._rest.close)

    async def _send_block(self, send: Send) -> None:
        """Send a block, which nothing here holds any longer; of a client that was slow once, wait until it has it.

        Sending waits for the block before it alone: a slow client would have two or three of them in memory.
        """
        began_at_s = time.monotonic()
        await send({"type": "http.response.body", "body": self._take(), "more_body": True})
        self._is_slow = self._is_slow or time.monotonic() - began_at_s > _SLOW_S
        if self._is_slow:
            await send({"type": "http.response.body", "body": b"", "more_body": True})

    def _take(self) -> bytes:
        block, self._block = self._block, b""
        return block

    async def _write_on(self) -> bytes:
        """Send what the system has in memory without a thread, which costs more than reading.

        What has to be sent as usual is returned; b"" where a thread has to read.
        """
        while isinstance(self._rest, Reading):
            self._look_ahead(self._rest)
            parts = self._rest.next_now(1 if self._is_slow else MOST_AT_ONCE)
            if parts is None:
                if self._planning is None:
                    break
                await self._until_planned()
                continue
            if self._writer is None:
                return b"".join(parts)
            began_at_s = time.monotonic()
            if not await self._writer.write(parts):
                return b"".join(parts)
            self._is_slow = self._is_slow or time.monotonic() - began_at_s > _SLOW_S
            # A client that reads as fast would keep everybody else from their turn.
            await asyncio.sleep(0)
        return b""

    def _look_ahead(self, reading: Reading) -> None:
        """Have the records asked for what comes later, while there is still something to be sent."""
        if self._planning is not None and self._planning.done():
            self._planning.result()
            self._planning = None
        if self._planning is None and reading.wants_to_look_ahead:
            self._planning = self._in_thread(reading.look_ahead)

    async def _until_planned(self) -> None:
        if self._planning is not None:
            await asyncio.shield(self._planning)
            self._planning = None

    async def _next_block(self) -> bytes:
        await self._until_planned()
        # Shielded, because a thread can't be told to stop: it has to be waited for above.
        block = await asyncio.shield(self._ahead or self._read_ahead())
        self._ahead = None if isinstance(self._rest, Reading) else self._read_ahead()
        return block

    def _read_ahead(self) -> asyncio.Future[bytes]:
        self._ahead = self._in_thread(next, self._rest, b"")
        return self._ahead

    @staticmethod
    def _in_thread(work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(readers, work, *arguments)

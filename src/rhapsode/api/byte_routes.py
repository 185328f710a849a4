"""Responses that are bytes, whatever their number: read in threads, a little ahead of the client, and checked.

An error is a response of its own as long as nothing was sent. Afterwards the connection ends short of its
Content-Length or of its last chunk, so that no client takes half a file for a whole one.
"""

import asyncio
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from urllib.parse import quote

import anyio
import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Send

from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.delivery.blocks import PASSED_BYTES, gathered
from rhapsode.delivery.zip_layout import clean_title
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.limits import BLOCK_BYTES

_log = structlog.get_logger()
# Two at a time: more read no faster, and keep each other and everybody else from the interpreter. While eight
# clients got the snapshot of a novel, other requests took 62 ms at the 99th percentile, and 209 ms with six.
readers = ThreadPoolExecutor(2, thread_name_prefix="reader")

# Nothing is sent before it is whole.
_FIRST_BYTES = 2**15

OCTET_STREAM = "application/octet-stream"
AUDIO_CONTENT: Mapping[str, Mapping[str, object]] = {
    each.media_type: {"schema": {"type": "string", "format": "binary"}} for each in OUTPUT_FORMATS.values()
}
"""What the description of a route says of audio in any output format, the usual one first."""
_OTHER_NAMES: Mapping[str, frozenset[str]] = {
    "application/zip": frozenset({"application/x-zip", "application/x-zip-compressed"}),
    "audio/mpeg": frozenset({"audio/mp3", "audio/*"}),
    "audio/wav": frozenset({"audio/x-wav", "audio/wave", "audio/*"}),
}


def bytes_response(
    request: Request,
    *,
    size_bytes: int | None,
    media_type: str,
    filename: str | None,
    content: Iterator[bytes],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """All bytes of a file, as a download. For routes that run in threads: the first block is read at once.

    size_bytes: of the whole file; None where that isn't known, and it is sent in chunks.
    filename: what a person would call the file, with its extension; None for what isn't a file.
    content: checked blocks in order. It is read in one thread at a time, and closed when the client leaves.
    headers: what else is said of it.
    Raises: what `content` raises before its first block.
    """
    said = {"content-type": media_type, **headers}
    if size_bytes is not None:
        said["content-length"] = str(size_bytes)
    if filename is not None:
        said["content-disposition"] = content_disposition(filename)
    # What is made while it is sent takes longer, and has others wait for a thread.
    block_bytes = PASSED_BYTES if size_bytes is not None else BLOCK_BYTES
    blocks = gathered(content, first_bytes=_FIRST_BYTES, block_bytes=block_bytes)
    return _BlocksResponse(request, said, next(blocks, b""), blocks)


def content_disposition(filename: str) -> str:
    """The header of a download: the name in ASCII for old readers, and as it is for all others.

    filename: with its extension; what file systems refuse is taken out. Source: RFC 6266, section 4.3.
    """
    stem, _, extension = filename.rpartition(".")
    name = f"{clean_title(stem) or 'download'}.{extension}"
    plain = name.encode("ascii", errors="replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def negotiated_type(request: Request, precise: str) -> str:
    """The media type of a POST download: `precise` where the client's Accept names it, else octet-stream.

    The original's reference pages say octet-stream, and that is what its clients are written for.
    Source: RFC 9110, section 12.5.1.
    """
    accepted = set(_accepted(request.headers.get("accept", "")))
    if precise in accepted:
        return precise
    others = accepted & _OTHER_NAMES.get(precise, frozenset())
    if not others:
        return OCTET_STREAM
    # A client that knows zip by another name is answered with that name.
    return precise if precise.startswith("audio/") else min(others)


def _accepted(accept: str) -> Iterator[str]:
    for given in accept.lower().split(","):
        media_range, *parameters = (part.strip() for part in given.split(";"))
        if not any(
            parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for parameter in parameters
        ):
            yield media_range


class _BlocksResponse(StreamingResponse):
    """Sends one block while the next is read in a thread."""

    def __init__(
        self, request: Request, headers: Mapping[str, str], first: bytes, rest: Generator[bytes]
    ) -> None:
        super().__init__(rest, headers=headers)
        self._request = request
        self._first = first
        self._rest = rest

    async def stream_response(self, send: Send) -> None:
        """Send everything. Whatever ends it, the reading has stopped and its source is closed afterwards."""
        ahead = self._read_ahead()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            block = self._first
            while block:
                await send({"type": "http.response.body", "body": block, "more_body": True})
                # Shielded, because a thread can't be told to stop: it has to be waited for below.
                block = await asyncio.shield(ahead)
                ahead = self._read_ahead()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except RhapsodeError as error:
            # A response that isn't ended makes the server close the connection.
            _log.error("download.cut_short", path=self._request.url.path, error=str(error))
        finally:
            with anyio.CancelScope(shield=True):
                await asyncio.gather(ahead, return_exceptions=True)
                await asyncio.to_thread(self._rest.close)

    def _read_ahead(self) -> asyncio.Future[bytes]:
        return asyncio.get_running_loop().run_in_executor(readers, next, self._rest, b"")

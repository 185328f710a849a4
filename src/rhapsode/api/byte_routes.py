"""Responses that are bytes, whatever their number: read a little ahead of the client, and checked.

An error is a response of its own as long as nothing was sent. Afterwards the connection ends short of its
Content-Length or of its last chunk, so that no client takes half a file for a whole one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from rhapsode.api.blocks_response import BlocksResponse
from rhapsode.api.conditions import Validators, find_refusal, may_continue
from rhapsode.api.errors import error_response
from rhapsode.api.ranges import ByteRange, RangeNotSatisfiable, find_range, unsatisfied_range
from rhapsode.api.redirects import find_redirect
from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.delivery.blocks import gathered
from rhapsode.delivery.download import Download
from rhapsode.delivery.zip_layout import clean_title
from rhapsode.storage.stretches import Reading
from rhapsode.studio.limits import BLOCK_BYTES

# Nothing is sent before it is whole.
_FIRST_BYTES = 2**15
_TAG_BYTES = 16
_READING = ("GET", "HEAD")

Disposition = Literal["attachment", "inline"]

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
    media_type: str,
    content: Iterator[bytes],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Bytes whose number nobody knows, in chunks. For routes that run in threads: the first block is read at once.

    content: read in one thread at a time, and closed when the client leaves.    headers: what else is said of it.
    Raises: what `content` raises before its first block.
    """
    # What is made while it is sent takes longer, and has others wait for a thread.
    blocks = gathered(content, first_bytes=_FIRST_BYTES, block_bytes=BLOCK_BYTES)
    return BlocksResponse(request, {"content-type": media_type, **headers}, next(blocks, b""), blocks)


def download_response(
    request: Request,
    download: Download,
    *,
    media_type: str | None = None,
    disposition: Disposition = "attachment",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """A file, the part of it that is asked for, or what HTTP says in place of its bytes.

    For routes that run in threads: the first block is read at once.
    media_type: where it isn't the file's own.    disposition: inline for what a page shows.
    headers: what else is said of it.

    Conditions and ranges are those of GET and HEAD alone. A POST is answered whole whatever it says: by RFC 9110 an
    If-None-Match that is met would make it 412, which is right where a POST changes something and would be a failed
    download here; and it has the address in `Content-Location` for whoever wants to go on.
    Raises: what reading raises before its first block.    Source: RFC 9110, sections 9.3.2, 13.2.2, 14.2 and 15.3.7.
    """
    validators = Validators(f'"{download.digest[:_TAG_BYTES].hex()}"', download.modified_at_ms // 1000)
    known = _what_is_known(validators) | dict(headers)
    said = known | {
        "content-type": media_type or download.media_type,
        "content-disposition": content_disposition(download.filename, disposition),
    }
    part = None
    if request.method in _READING:
        elsewhere = find_redirect(request, download, validators.etag, said)
        if elsewhere is not None:
            return elsewhere
        refusal = find_refusal(request.headers, validators)
        if refusal is not None:
            return _refused(request, refusal, known)
        try:
            part = _find_part(request, download.size_bytes, validators)
        except RangeNotSatisfiable:
            return _unsatisfied(request, download.size_bytes)
    return _bytes_sent(request, download, part, said)


def own_address(request: Request, path: str, **query: str | Sequence[str]) -> str:
    """What `Content-Location` says: where the same bytes are had by GET, below whatever path the server is at."""
    asked = f"?{urlencode(query, doseq=True)}" if query else ""
    return quote(request.scope.get("root_path", "") + path) + asked


def _what_is_known(validators: Validators) -> dict[str, str]:
    """What is said also where no bytes are sent. They may be kept, if their owner asks each time: for the key."""
    return {
        "etag": validators.etag,
        "last-modified": validators.last_modified,
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
    }


def _refused(request: Request, status: Literal[304, 412], known: Mapping[str, str]) -> Response:
    if status == 304:
        return Response(status_code=304, headers=known)
    message = "The file isn't the one that If-Match or If-Unmodified-Since names."
    return error_response(request, http_status=412, code="precondition_failed", message=message)


def _find_part(request: Request, size_bytes: int, validators: Validators) -> ByteRange | None:
    """The part to be sent; None for all. Raises: RangeNotSatisfiable."""
    wanted = request.headers.getlist("range")
    if request.method != "GET" or len(wanted) != 1 or not may_continue(request.headers, validators):
        return None
    return find_range(wanted[0], size_bytes)


def _unsatisfied(request: Request, size_bytes: int) -> Response:
    message = f"The file has {size_bytes} bytes, and none of those that Range asks for."
    response = error_response(request, http_status=416, code="range_not_satisfiable", message=message)
    response.headers["content-range"] = unsatisfied_range(size_bytes)
    return response


def _bytes_sent(
    request: Request, download: Download, part: ByteRange | None, said: Mapping[str, str]
) -> Response:
    sent = part or ByteRange(0, download.size_bytes)
    headers = {**said, "content-length": str(sent.size_bytes)}
    if part is not None:
        headers["content-range"] = part.content_range(download.size_bytes)
    if request.method == "HEAD" or not sent.size_bytes:
        return Response(headers=headers)
    content = download.read(sent.start, sent.end)
    blocks = content if isinstance(content, Reading) else gathered(content, first_bytes=_FIRST_BYTES)
    first = _first_of(blocks, min(_FIRST_BYTES, sent.size_bytes))
    return BlocksResponse(request, headers, first, blocks, status_code=200 if part is None else 206)


def _first_of(blocks: Iterator[bytes], wanted_bytes: int) -> bytes:
    """The beginning of a file: a head that stands before damage is no reason to begin."""
    first = next(blocks, b"")
    while len(first) < wanted_bytes and (block := next(blocks, b"")):
        first += block
    return first


def content_disposition(filename: str, disposition: Disposition = "attachment") -> str:
    """The header of a download: the name in ASCII for old readers, and as it is for all others.

    filename: what file systems refuse is taken out of it.    Source: RFC 6266, section 4.3 and appendix D.
    """
    stem, _, extension = filename.rpartition(".")
    kept = clean_title(extension)
    named = "." in filename and kept
    name = f"{clean_title(stem) or 'download'}.{kept}" if named else clean_title(filename) or "download"
    # Some readers take a percent sign for the beginning of an encoded character, though it isn't one here.
    plain = re.sub(r"[?%]", "_", name.encode("ascii", errors="replace").decode())
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


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

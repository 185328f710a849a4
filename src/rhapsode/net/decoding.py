"""Bodies of responses, decoded with a limit on every side of the decoder."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = zlib.MAX_WBITS | 16
ACCEPTED_ENCODING = "gzip"
"""The only one that is asked for, as Accept-Encoding says it: every other is another decoder to guard."""


def read_decoded(chunks: Iterable[bytes], *, encoding: str, limit_bytes: int) -> bytes:
    """The whole of a body.

    encoding: the value of Content-Encoding, empty for none.
    limit_bytes: how long it may be, both as it is sent and as it is meant; no more than that is ever held.
    Raises: ValueError, when it is longer, cut off, or in another encoding; zlib.error.
    """
    sent = _limited(chunks, limit_bytes)
    match encoding.strip().lower():
        case "" | "identity":
            plain: Iterator[bytes] = sent
        case "gzip" | "x-gzip":
            plain = _inflated(sent, limit_bytes)
        case _:
            msg = "the body is in an encoding that wasn't asked for"
            raise ValueError(msg)
    return b"".join(_limited(plain, limit_bytes))


def _limited(chunks: Iterable[bytes], limit_bytes: int) -> Iterator[bytes]:
    size_bytes = 0
    for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            msg = "the body is too long"
            raise ValueError(msg)
        yield chunk


def _inflated(chunks: Iterable[bytes], limit_bytes: int) -> Iterator[bytes]:
    """Each chunk makes at most one byte more than the limit, which then is known to be exceeded."""
    inflater = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        yield inflater.decompress(chunk, limit_bytes + 1)
    if not inflater.eof:
        msg = "the body is cut off"
        raise ValueError(msg)

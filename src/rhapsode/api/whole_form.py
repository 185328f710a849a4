"""Forms that were cut off on their way are refused, whatever they were to do."""

from collections.abc import AsyncGenerator

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.formparsers import MultiPartException

_END_BYTES = 4096  # a boundary is at most 70 characters long, and little may follow the last one


class WholeForm(Request):
    """A request whose form must be whole: the parser takes one for whole that was cut off."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, as it comes. Raises: MultiPartException, when the last boundary is missing at its end."""
        end = b""
        async for chunk in super().stream():
            end = (end + chunk)[-_END_BYTES:]
            yield chunk
        kind, options = parse_options_header(self.headers.get("content-type"))
        if kind == b"multipart/form-data" and b"--%b--" % options.get(b"boundary", b"") not in end:
            # The only kind of error at which the parser closes the files it has begun.
            msg = "The form ends too early: its last boundary is missing. Send it again, whole."
            raise MultiPartException(msg)

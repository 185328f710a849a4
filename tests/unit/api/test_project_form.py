"""The form that makes a project."""

import asyncio
import tracemalloc
from collections.abc import Iterator

from fastapi import Request
from starlette.types import Message

from rhapsode.api.project_form import read_project_form

BOOK_BYTES = 24 * 2**20
_BLOCK_BYTES = 2**16
_HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nTides\r\n'
    b'--x\r\nContent-Disposition: form-data; name="from_document"; filename="tides.txt"\r\n\r\n'
)


def body() -> Iterator[bytes]:
    """A form with a book, piece by piece."""
    yield _HEAD
    for _ in range(BOOK_BYTES // _BLOCK_BYTES):
        yield b"x" * _BLOCK_BYTES
    yield b"\r\n--x--\r\n"


def form_request() -> Request:
    pieces = body()

    async def receive() -> Message:
        piece = next(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def measure() -> tuple[int, int]:
    """The most memory that reading the form took, and how long its file is."""
    async with read_project_form(form_request()) as (form, file):
        assert form.name == "Tides"
        assert file is not None
        return tracemalloc.get_traced_memory()[1], len(file.read())


def test_a_document_waits_on_disk() -> None:
    """It comes into memory with whoever has a turn to import it, however many others wait."""
    tracemalloc.start()
    try:
        peak_bytes, file_bytes = asyncio.run(measure())
    finally:
        tracemalloc.stop()
    assert file_bytes == BOOK_BYTES
    assert peak_bytes < BOOK_BYTES / 4

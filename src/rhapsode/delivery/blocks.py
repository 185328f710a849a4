"""Bytes on their way out: in blocks of a good size, and read while those before them are passed on."""

import contextlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from rhapsode.storage.stretches import Reading

PASSED_BYTES = 2**19
"""What is passed on at once: threads change hands for few blocks, and nobody waits long for one to be sent."""

_KEPT_BYTES = 8 * PASSED_BYTES


def gathered(
    content: Iterator[bytes], *, first_bytes: int = PASSED_BYTES, block_bytes: int = PASSED_BYTES
) -> Generator[bytes]:
    """The same bytes in blocks of at least `block_bytes` but for the last: a segment is often smaller.

    first_bytes: of the first, where nothing is passed on before that is whole.
    """
    _keep_memory()
    held: list[bytes] = []
    held_bytes, wanted_bytes = 0, first_bytes
    try:
        for block in content:
            held.append(block)
            held_bytes += len(block)
            if held_bytes >= wanted_bytes:
                yield b"".join(held)
                held, held_bytes, wanted_bytes = [], 0, block_bytes
        if held_bytes:
            yield b"".join(held)
    finally:
        if isinstance(content, Generator | Reading):
            content.close()


def _keep_memory() -> None:
    """Let glibc keep the memory of a few blocks for the next ones; nothing comes of it elsewhere.

    It returns free memory to the system when there is twice as much as the largest piece that it was ever returned
    itself, and would take that of nearly every block anew, page by page: a fourth of a download's processor time.
    """
    bytes(_KEPT_BYTES)


def read_ahead(blocks: Generator[bytes]) -> Generator[bytes]:
    """The same blocks, each read in a thread while the one before it is used. None of them is empty."""
    with contextlib.closing(blocks), ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
        ahead = reader.submit(next, blocks, b"")
        while block := ahead.result():
            ahead = reader.submit(next, blocks, b"")
            yield block


def cut(blocks: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """Of joined blocks, the bytes from `start` to before `end`; nothing is read behind them."""
    began = 0
    for block in blocks:
        if kept := block[max(start - began, 0) : max(end - began, 0)]:
            yield kept
        began += len(block)
        if began >= end:
            return

"""Blocks of a good size, and blocks that are read ahead."""

import contextlib
import threading
from collections.abc import Generator, Iterator

import pytest

from rhapsode.delivery.blocks import gathered, read_ahead
from rhapsode.studio.errors import DataDamaged


class Source:
    """Gives `sizes` bytes at a time, each block of another letter, and then fails if told so."""

    def __init__(self, *sizes: int, fails: bool = False) -> None:
        self.content = b"".join(bytes([ordinal % 256]) * size for ordinal, size in enumerate(sizes))
        self.sizes = sizes
        self.fails = fails
        self.given = 0
        self.closed = threading.Event()
        self.thread: threading.Thread | None = None

    def blocks(self) -> Generator[bytes]:
        try:
            for ordinal, size in enumerate(self.sizes):
                self.given += 1
                self.thread = threading.current_thread()
                yield bytes([ordinal % 256]) * size
            if self.fails:
                msg = "A block differs from its checksum."
                raise DataDamaged(msg)
        finally:
            self.closed.set()


def test_small_blocks_are_joined() -> None:
    """Until there is enough, the first time a little; nothing is cut, and the rest comes last."""
    source = Source(3, 4, 0, 5, 20, 1, 2)
    blocks = list(gathered(source.blocks(), first_bytes=2, block_bytes=8))
    assert [len(block) for block in blocks] == [3, 9, 20, 3]
    assert b"".join(blocks) == source.content
    assert source.closed.is_set()


def test_no_blocks_stay_none() -> None:
    """Nothing is made of nothing."""
    assert list(gathered(iter([b""]))) == []
    assert list(read_ahead(gathered(iter(())))) == []


def test_what_reads_nothing_more_closes_the_source() -> None:
    """Whoever stops in the middle leaves no file open."""
    source = Source(*[10] * 100)
    blocks = gathered(source.blocks(), first_bytes=10, block_bytes=10)
    next(blocks)
    blocks.close()
    assert source.closed.is_set()
    assert source.given == 1


def test_blocks_read_ahead_are_the_same() -> None:
    """In their order, and read in a thread that ends with them."""
    source = Source(*range(1, 300))
    assert b"".join(read_ahead(source.blocks())) == source.content
    assert source.closed.is_set()
    assert source.thread is not None
    assert not source.thread.is_alive()


def test_an_error_comes_in_place_of_its_block() -> None:
    """Everything before it is passed on first."""
    source, passed = Source(5, 6, 7, fails=True), bytearray()

    def pass_on(blocks: Iterator[bytes]) -> None:
        for block in blocks:
            passed.extend(block)

    with pytest.raises(DataDamaged):
        pass_on(read_ahead(source.blocks()))
    assert passed == source.content
    assert source.closed.is_set()


def test_whoever_reads_ahead_stops_with_the_reader() -> None:
    """One block ahead, and none after the end."""
    source = Source(*[10] * 100)
    with contextlib.closing(read_ahead(source.blocks())) as blocks:
        next(blocks)
    assert source.closed.is_set()
    assert source.given == 2
    assert source.thread is not None
    assert not source.thread.is_alive()

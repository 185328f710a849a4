"""Bodies of responses."""

import gzip
import tracemalloc
import zlib

import pytest

from rhapsode.net.decoding import read_decoded

LIMIT_BYTES = 100_000
TEXT = b"The lamp turns. " * 500


def chunked(body: bytes, size: int = 700) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize("encoding", ["", "identity", "Identity "])
def test_a_plain_body_is_as_it_was_sent(encoding: str) -> None:
    """However it was cut."""
    assert read_decoded(chunked(TEXT), encoding=encoding, limit_bytes=LIMIT_BYTES) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP"])
def test_a_compressed_body_is_inflated(encoding: str) -> None:
    """However it was cut, down to single bytes."""
    body = chunked(gzip.compress(TEXT), 1)
    assert read_decoded(body, encoding=encoding, limit_bytes=LIMIT_BYTES) == TEXT


def test_the_limit_is_exact() -> None:
    """A body as long as may be is taken, and one byte more refuses it; compressed or not."""
    for encoding, pack in (("", bytes), ("gzip", gzip.compress)):
        assert len(read_decoded([pack(b"a" * 5000)], encoding=encoding, limit_bytes=5000)) == 5000
        with pytest.raises(ValueError, match="too long"):
            read_decoded([pack(b"a" * 5001)], encoding=encoding, limit_bytes=5000)


def test_a_bomb_takes_no_more_than_the_limit() -> None:
    """What would be 200 MB is given up after a hundredth of a megabyte, in one chunk or many."""
    bomb = gzip.compress(bytes(200 * 2**20), 9)
    for body in ([bomb], chunked(bomb)):
        tracemalloc.start()
        with pytest.raises(ValueError, match="too long"):
            read_decoded(body, encoding="gzip", limit_bytes=LIMIT_BYTES)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 10 * LIMIT_BYTES + len(bomb)


def test_much_that_means_nothing_is_refused() -> None:
    """A compressed body that is longer than it may be is given up, even if nothing comes out of it."""
    nothing = zlib.compressobj(0, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    empty_blocks = nothing.compress(b"") + b"".join(nothing.flush(zlib.Z_FULL_FLUSH) for _ in range(10))
    body = [empty_blocks, *([b"\x00\x00\x00\xff\xff"] * LIMIT_BYTES)]
    with pytest.raises(ValueError, match="too long"):
        read_decoded(body, encoding="gzip", limit_bytes=LIMIT_BYTES)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "compress", "?"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """Nobody asked for them."""
    with pytest.raises(ValueError, match="wasn't asked for"):
        read_decoded([b"x"], encoding=encoding, limit_bytes=LIMIT_BYTES)


def test_a_compressed_body_that_is_cut_off_is_refused() -> None:
    """It may lack the end of the story."""
    with pytest.raises(ValueError, match="cut off"):
        read_decoded([gzip.compress(TEXT)[:-1]], encoding="gzip", limit_bytes=LIMIT_BYTES)


def test_what_isnt_compressed_is_refused() -> None:
    """A server that says one thing and sends another."""
    with pytest.raises(zlib.error):
        read_decoded([TEXT], encoding="gzip", limit_bytes=LIMIT_BYTES)

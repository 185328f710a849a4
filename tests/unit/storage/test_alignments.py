"""Alignments as bytes."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.storage.alignments import original_samples, pack_alignment
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import DataDamaged

boundaries = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=200).map(sorted)


@given(boundaries)
def test_an_alignment_comes_back(samples: list[int]) -> None:
    """Packing and reading gives the same boundaries."""
    packed = pack_alignment(Alignment(tuple(samples)))
    text = "x" * (len(samples) - 1)

    assert original_samples(text, (), packed, sample_rate_hz=44_100).tolist() == samples


def test_the_bytes_are_as_documented() -> None:
    """The bytes are deflated 32-bit little-endian steps, the first of them from sample 0."""
    packed = pack_alignment(Alignment((5, 5, 705, 1000)))

    assert zlib.decompress(packed) == struct.pack("<4I", 5, 0, 700, 295)


def test_a_long_alignment_is_small() -> None:
    """A segment of 2,000 characters costs less than 4 KiB, half of what its steps take."""
    alignment = Alignment(tuple(i * 700 + (i * i) % 331 for i in range(2_001)))

    assert len(pack_alignment(alignment)) < 4_096


@pytest.mark.parametrize("packed", [b"", b"rubbish", zlib.compress(b""), zlib.compress(b"abc")])
def test_bytes_that_are_no_alignment_are_damage(packed: bytes) -> None:
    """Bytes that don't inflate to at least one whole step are refused."""
    with pytest.raises(DataDamaged):
        original_samples("", (), packed, sample_rate_hz=44_100)

"""FLAC files that are made from their beginning to their end, read back by libsndfile, FFmpeg and mutagen."""

import io
from collections.abc import Callable
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from rhapsode.audio.flac_stream import FlacEncoder, flac_head
from rhapsode.audio.tags import Mark, Tags
from rhapsode.audio.vorbis_comments import list_comments, picture_block

Samples = NDArray[np.int16]
COMMENTS = list_comments(
    Tags("Die Gezeiten — 潮汐", author="Ida Strand"),
    [Mark("Ⅰ. Ebbe", 0, 1), Mark("🌊", 158_760_441, 2)],
    date=None,
)


def tagged(content: bytes) -> Any:
    """A file as mutagen reads it."""
    return mutagen.File(io.BytesIO(content))


def flac(samples: Samples, step: int, picture: bytes | None = None) -> bytes:
    encoder = FlacEncoder()
    blocks = [encoder.encode(samples[at : at + step]) for at in range(0, samples.size, step)]
    return flac_head(samples.size, COMMENTS, picture) + b"".join(blocks) + encoder.finish()


@pytest.mark.parametrize("length", [0, 1, 4_607, 4_608, 4_609, 30_000])
def test_every_sample_comes_back(tone: Callable[[float, int], Samples], length: int) -> None:
    """However the sound was cut, the bytes are the same, and the head knows how many samples come."""
    samples = tone(440, length)
    content = flac(samples, 1_000)
    assert content == flac(samples, 7_777)
    assert tagged(content).info.total_samples == length
    if length:
        read, rate_hz = soundfile.read(io.BytesIO(content), dtype="int16")
        assert rate_hz == 44_100
        assert np.array_equal(read, samples)


def test_a_file_says_what_it_is(tone: Callable[[float, int], Samples]) -> None:
    """Tags, cover and marks, in any script; an hour has sixty minutes."""
    cover = bytes(range(256)) * 30
    read = tagged(flac(tone(440, 9_000), 9_000, picture_block("image/png", cover)))
    assert read.tags is not None
    tags = dict(read.tags)
    assert (tags["title"], tags["artist"]) == (["Die Gezeiten — 潮汐"], ["Ida Strand"])
    assert (tags["chapter000name"], tags["chapter001name"]) == (["Ⅰ. Ebbe"], ["🌊"])
    assert tags["chapter001"] == ["01:00:00.010"]
    assert [(p.data, p.mime, p.type) for p in read.pictures] == [(cover, "image/png", 3)]


def test_a_picture_that_is_too_large_is_left_out() -> None:
    """A block ends at 16 MiB; the file without a cover is better than none."""
    content = flac_head(0, COMMENTS, picture_block("image/png", bytes(2**24)))
    assert len(content) < 1_000
    assert tagged(content).pictures == []

"""Ogg Opus files of joined packets, read back by FFmpeg and mutagen."""

import base64
import io
import struct
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import av
import mutagen
import mutagen.flac
import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.audio.encoding import OPUS_48
from rhapsode.audio.ogg_opus import OggOpusWriter
from rhapsode.audio.packet_grid import packets_last
from rhapsode.audio.packets import encode_packets
from rhapsode.audio.tags import Mark, Tags
from rhapsode.audio.vorbis_comments import list_comments, picture_block

TAGS = Tags("Die Gezeiten — 潮汐", book="Tides", author="Ida Strand", narrator="Tone Low", language="de")
MARKS = [Mark("Ⅰ. Ebbe", 0, 22_050), Mark("🌊", 22_050, 44_100)]
SOUND = encode_packets((np.sin(np.arange(44_100) / 20) * 9_000).astype(np.int16), OPUS_48)


def tagged(content: bytes) -> Any:
    """A file as mutagen reads it."""
    return mutagen.File(io.BytesIO(content))


def packets() -> list[bytes]:
    return [SOUND.content[start:end] for start, end in pairwise(accumulate(SOUND.sizes, initial=0))]


def opus(picture: bytes | None = None) -> bytes:
    writer = OggOpusWriter()
    head = writer.head(list_comments(TAGS, MARKS, date="1895"), picture)
    return head + b"".join(writer.write([packet]) for packet in packets()) + writer.finish()


def test_a_file_says_what_it_is() -> None:
    """Tags, cover and marks are comments that mutagen and FFmpeg read back, on as many pages as they take."""
    cover = bytes(range(256)) * 600
    content = opus(picture_block("image/jpeg", cover))
    read = tagged(content)
    assert read.tags is not None
    tags = dict(read.tags)
    assert (tags["title"], tags["artist"], tags["composer"]) == (
        [TAGS.title],
        ["Ida Strand"],
        ["Tone Low"],
    )
    assert (tags["date"], tags["chapter001"]) == (["1895"], ["00:00:00.500"])
    read_picture: Any = mutagen.flac.Picture
    picture = read_picture(base64.b64decode(tags["metadata_block_picture"][0]))
    assert (picture.data, picture.mime, picture.type) == (cover, "image/jpeg", 3)
    with av.open(io.BytesIO(content), format="ogg") as file:
        marks = [(c["metadata"]["title"], c["start"] * float(c["time_base"] or 0)) for c in file.chapters()]
    assert marks == [("Ⅰ. Ebbe", 0), ("🌊", 0.5)]


def test_it_lasts_as_long_as_its_packets(decode: Callable[..., NDArray[np.float64]]) -> None:
    """Less the delay, which the head says: decoders begin with the first sample of the sound."""
    content = opus()
    assert decode(content, "ogg").size == packets_last(len(SOUND.sizes), OPUS_48)
    assert tagged(content).info.length == pytest.approx(packets_last(len(SOUND.sizes), OPUS_48) / 48_000)


def test_pages_say_where_they_are() -> None:
    """One after the other, none longer than a second, the first and the last marked, however they were written."""
    writer = OggOpusWriter()
    content = (
        writer.head(list_comments(TAGS, MARKS, date="1895"), None) + writer.write(packets()) + writer.finish()
    )
    assert content == opus()
    at, pages = 0, []
    while at < len(content):
        flags, position, serial, number, segments = struct.unpack_from("<5xBqIIxxxxB", content, at)
        pages.append((flags, position, number))
        at += 27 + segments + sum(content[at + 27 : at + 27 + segments])
        assert serial == struct.unpack_from("<I", content, 14)[0]
    assert [number for _, _, number in pages] == list(range(len(pages)))
    assert [flags for flags, _, _ in pages] == [2, *[0] * (len(pages) - 2), 4]
    positions = [position for _, position, _ in pages]
    assert positions[:2] == [0, 0]
    assert positions[-1] == 960 * len(SOUND.sizes)
    assert max(b - a for a, b in pairwise(positions)) <= 48_000

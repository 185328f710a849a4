"""M4B files, read back by FFmpeg and mutagen."""

import io
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import av
import mutagen
import numpy as np
import pytest

from rhapsode.audio.encoding import AAC_64
from rhapsode.audio.m4b import m4b_head
from rhapsode.audio.packet_grid import packet_marks, packets_last
from rhapsode.audio.packets import encode_silence
from rhapsode.audio.tags import CoverShape, Mark, Tags

TAGS = Tags(
    "Die Gezeiten — 潮汐",
    book="Tides",
    author="Ida Strand",
    narrator="Tone Low",
    language="de",
    isbn_number="9780000000002",
    description="Wer am Meer wohnt, hört es nicht mehr. " * 20,
)
COVER = b"\xff\xd8\xff\xe0" + bytes(3_000)
SILENCE = encode_silence(40, AAC_64)


def tagged(content: bytes) -> Any:
    """A file as mutagen reads it."""
    return mutagen.File(io.BytesIO(content))


def m4b(
    marks: Sequence[Mark], tags: Tags = TAGS, cover: bytes | None = None, date: str | None = None
) -> bytes:
    """A file of a second of silence."""
    shape = None if cover is None else CoverShape("image/jpeg", len(cover))
    head = m4b_head(tags, np.array(SILENCE.sizes), marks, date=date, cover=shape)
    assert head.cover_bytes == len(cover or b"")
    return head.before_cover + (cover or b"") + head.after_cover + SILENCE.content


def chapters(content: bytes) -> list[tuple[str, int, int]]:
    """As FFmpeg finds them, in samples at 44.1 kHz."""
    with av.open(io.BytesIO(content)) as file:
        return [(c["metadata"]["title"], c["start"], c["end"]) for c in file.chapters()]


def even_marks(titles: Sequence[str]) -> list[Mark]:
    length = packets_last(len(SILENCE.sizes), AAC_64)
    bounds = [length * number // len(titles) for number in range(len(titles) + 1)]
    return [Mark(title, *bound) for title, bound in zip(titles, pairwise(bounds), strict=True)]


def test_a_file_says_what_it_is() -> None:
    """Every tag is read back by mutagen, whatever script it is in; the description is there cut and whole."""
    content = m4b(even_marks(["One"]), date="1895-05-07", cover=COVER)
    read = tagged(content)
    assert read.tags is not None
    tags = dict(read.tags)
    assert tags["\xa9nam"] == [TAGS.title]
    assert tags["\xa9alb"] == ["Tides"]
    assert tags["\xa9ART"] == tags["aART"] == ["Ida Strand"]
    assert tags["\xa9wrt"] == tags["\xa9nrt"] == ["Tone Low"]
    assert tags["\xa9day"] == ["1895-05-07"]
    assert tags["\xa9gen"] == ["Audiobook"]
    assert tags["stik"] == [2]
    assert tags["ldes"] == [TAGS.description]
    assert 240 < len(tags["desc"][0].encode()) <= 255
    assert [bytes(value) for value in tags["----:com.apple.iTunes:ISBN"]] == [b"9780000000002"]
    assert [(bytes(cover), cover.imageformat) for cover in tags["covr"]] == [(COVER, 13)]
    assert read.info.length == pytest.approx(40 * 1024 / 44_100)


def test_what_nobody_said_is_not_there() -> None:
    """A file without cover, author or date has no empty ones."""
    read = tagged(m4b(even_marks(["One"]), Tags("Tides")))
    assert read.tags is not None
    assert set(read.tags) == {"\xa9nam", "\xa9gen", "stik"}


def test_it_lasts_as_long_as_its_sound() -> None:
    """From the first sample that isn't the encoder's delay to the last, as the edit list says."""
    with av.open(io.BytesIO(m4b(even_marks(["One"]))), mode="r") as file:
        (audio,) = file.streams.audio
        assert (audio.duration, audio.start_time, audio.rate) == (packets_last(40, AAC_64), 0, 44_100)
        assert audio.codec_context.profile == "LC"
        assert sum(frame.samples for frame in file.decode(audio)) == packets_last(40, AAC_64)


def test_chapters_are_marked_twice() -> None:
    """To the sample in the track that FFmpeg reads, and in the list that mutagen reads."""
    titles = ["Ⅰ. Ebbe", "🌊", "a" * 300]
    marks = even_marks(titles)
    content = m4b(marks)
    assert chapters(content) == [(mark.title, mark.start_sample, mark.end_sample) for mark in marks]
    listed = tagged(content).chapters
    assert [chapter.title for chapter in listed] == [*titles[:2], "a" * 255]
    assert [chapter.start for chapter in listed] == pytest.approx(
        [mark.start_sample / 44_100 for mark in marks], abs=1e-7
    )


def test_three_hundred_chapters_are_all_marked() -> None:
    """The list has room for 255; the track has all of them."""
    marks = even_marks([f"Chapter {number}" for number in range(300)])
    content = m4b(marks)
    assert [title for title, _, _ in chapters(content)] == [mark.title for mark in marks]
    assert len(tagged(content).chapters) == 255


def test_the_head_comes_first() -> None:
    """A player knows everything before the first byte of sound, and the sound is the end of the file."""
    content = m4b(even_marks(["One"]), cover=COVER)
    at, names = 0, []
    while at < len(content):
        size_bytes, name = struct.unpack_from(">I4s", content, at)
        names.append(name)
        at += size_bytes
    assert (at, names) == (len(content), [b"ftyp", b"moov", b"mdat"])
    assert content.endswith(SILENCE.content)


def test_beyond_four_gib_places_have_64_bits() -> None:
    """So have times beyond 27 hours: where each second's first packet is can still be said."""
    seconds = 28 * 3600
    sizes = np.full(seconds * 43, 1_000, np.uint16)
    head = m4b_head(Tags("Tides"), sizes, packet_marks(["One", "Two"], [43, len(sizes) - 43], AAC_64))
    name = head.before_cover.index(b"co64")
    (count,) = struct.unpack_from(">I", head.before_cover, name + 8)
    offsets = np.frombuffer(head.before_cover, ">u8", count, name + 12)
    first = len(head.before_cover) + len(head.after_cover)
    assert count == seconds
    assert np.array_equal(offsets, first + 43_000 * np.arange(seconds, dtype=np.int64))
    assert struct.unpack_from(">I4sQ", head.after_cover)[::2] == (
        1,
        len(head.after_cover) + 1_000 * len(sizes),
    )
    edit = head.before_cover.index(b"elst")
    assert struct.unpack_from(">BxxxIQQ", head.before_cover, edit + 4) == (
        1,
        1,
        packets_last(len(sizes), AAC_64),
        1024,
    )


def test_equal_books_have_equal_heads() -> None:
    """No clock is in any of it."""
    assert m4b(even_marks(["One", "Two"])) == m4b(even_marks(["One", "Two"]))

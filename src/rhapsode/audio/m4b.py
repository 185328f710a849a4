"""An M4B file around AAC packets: all that comes before them, `moov` first, so that players begin at once.

The packets are those of joined segments (audio.packets), and follow the head as they are. The edit list takes the
encoder's delay away, so that times are exact to the sample. Chapter marks are there twice, as a track of texts (as
Apple's players read them) and as a list (as Nero's did).
Sources: ISO/IEC 14496-12 (boxes); QuickTime File Format (text tracks, chapter lists).
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.head import Head
from rhapsode.audio.m4b_tags import metadata_box
from rhapsode.audio.m4b_tracks import CHAPTER_TRACK, UNITY_MATRIX, audio_track, chapter_track
from rhapsode.audio.mp4_boxes import MAX_U32, box, box_header, cut_utf8, full_box, timed_box
from rhapsode.audio.tags import CoverShape, Mark, Tags

_HEAD_ROOM = 2**30
"""More than any head has: whether places in the file need 64 bits is known before the head is."""

_NORMAL_RATE, _FULL_VOLUME = 0x1_0000, 0x100
_MAX_NERO_MARKS, _MAX_NERO_TITLE_BYTES = 255, 255
_NERO_TICKS_PER_S = 10_000_000
_MAX_TITLE_BYTES = 2**15
_UTF_8_FOLLOWS = struct.pack(">I4sI", 12, b"encd", 0x100)
"""Behind a text of a text track: which encoding it has."""


def m4b_head(
    tags: Tags,
    packet_sizes: NDArray[np.integer],
    marks: Sequence[Mark],
    *,
    date: str | None = None,
    cover: CoverShape | None = None,
) -> Head:
    """What comes before packets of these sizes, in bytes, one or more.

    marks: in order, without gaps, from sample 0 on, in samples at 44.1 kHz, one or more.
    date: when the work came out, YYYY or YYYY-MM-DD.    cover: of a type in `m4b_tags.COVER_TYPES`.
    """
    titles = [_title_sample(mark.title) for mark in marks]
    payload_bytes = sum(map(len, titles)) + int(packet_sizes.sum(dtype=np.int64))
    is_wide = payload_bytes + _HEAD_ROOM > MAX_U32
    start, media = _file_type(), box_header("mdat", payload_bytes)
    user = _user_data(tags, marks, date=date, cover=cover)

    def movie(first_byte: int) -> Head:
        tracks = (
            audio_track(
                packet_sizes,
                first_byte + sum(map(len, titles)),
                is_wide=is_wide,
                language=tags.language,
            ),
            chapter_track([*map(len, titles)], marks, first_byte, is_wide=is_wide, language=tags.language),
        )
        return _wrapped("moov", _movie_header(marks[-1].end_sample), *tracks, last=user)

    # How large the tables are doesn't depend on where they point to.
    first_byte = len(start) + movie(0).size_bytes + len(media)
    made = movie(first_byte)
    return Head(start + made.before_cover, made.cover_bytes, media + b"".join(titles))


def _title_sample(title: str) -> bytes:
    text = cut_utf8(title, _MAX_TITLE_BYTES)
    return struct.pack(">H", len(text)) + text + _UTF_8_FOLLOWS


def _file_type() -> bytes:
    return box("ftyp", b"M4B ", bytes(4), b"M4B M4A mp42isom")


def _movie_header(length: int) -> bytes:
    rest = struct.pack(">IH10x", _NORMAL_RATE, _FULL_VOLUME) + UNITY_MATRIX + bytes(24)
    next_track = struct.pack(">I", CHAPTER_TRACK + 1)
    return timed_box("mvhd", "TTIT", 0, 0, SAMPLE_RATE_HZ, length, rest=rest + next_track)


def _user_data(tags: Tags, marks: Sequence[Mark], *, date: str | None, cover: CoverShape | None) -> Head:
    return _wrapped("udta", _nero_chapters(marks), last=metadata_box(tags, date=date, cover=cover))


def _wrapped(name: str, *content: bytes, last: Head) -> Head:
    """A box that ends with something that ends with a cover."""
    before = b"".join(content)
    header = box_header(name, len(before) + last.size_bytes)
    return Head(header + before + last.before_cover, last.cover_bytes, last.after_cover)


def _nero_chapters(marks: Sequence[Mark]) -> bytes:
    """As many as the list has room for; players of longer books read the track."""
    listed = marks[:_MAX_NERO_MARKS]
    return full_box("chpl", bytes(4), bytes([len(listed)]), *map(_nero_chapter, listed), version=1)


def _nero_chapter(mark: Mark) -> bytes:
    title = cut_utf8(mark.title, _MAX_NERO_TITLE_BYTES)
    ticks = (2 * mark.start_sample * _NERO_TICKS_PER_S + SAMPLE_RATE_HZ) // (2 * SAMPLE_RATE_HZ)
    return struct.pack(">QB", ticks, len(title)) + title

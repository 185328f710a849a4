import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import soundfile
from mutagen.mp3 import MP3
from numpy.typing import NDArray

from rhapsode.audio.encode import encode_pause, encode_segment
from rhapsode.audio.encoding import ENCODINGS, MP3_128, MP3_192, PCM, SAMPLE_BYTES, Encoding
from rhapsode.audio.grid import segment_frames, stream_samples
from rhapsode.audio.head import mp3_head, wav_head
from rhapsode.audio.tags import CoverShape, Mark, Tags

Samples = NDArray[np.int16]
Tone = Callable[[float, int], Samples]
Decode = Callable[[bytes], NDArray[np.float64]]


def _png(side: int) -> bytes:
    """A square of one grey."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    rows = (b"\0" + b"\x80" * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


TAGS = Tags("Chapter One", book="Book", author="Author", track=1, track_count=9)
COVER = _png(64)
PAUSE_FRAMES = 4


@dataclass(frozen=True)
class Chapter:
    """A file of joined segments, and for each segment its samples and the sample where it must be heard."""

    content: bytes
    frames: int
    segments: tuple[tuple[int, Samples], ...]


def _chapter(tone: Tone, encoding: Encoding, segment_count: int) -> Chapter:
    random = np.random.default_rng(5)
    pieces, segments, frames = [], [], 0
    for number in range(segment_count):
        samples = tone(150 + 41 * number, int(random.integers(2000, 14_000)))
        segments.append((frames * 1152, samples))
        pieces.append(encode_segment(samples, encoding))
        frames += segment_frames(samples.size)
        if number % 5 == 4:
            pieces.append(encode_pause(PAUSE_FRAMES, encoding))
            frames += PAUSE_FRAMES
    return Chapter(_file(encoding, frames, b"".join(pieces)), frames, tuple(segments))


def _file(encoding: Encoding, frames: int, stream: bytes) -> bytes:
    if encoding is PCM:
        return wav_head(TAGS, frames=frames).before_cover + stream[: -PCM.end_cut_bytes]
    cover = CoverShape("image/png", len(COVER))
    marks = [Mark("Opening", 0, 44_100), Mark("Rest", 44_100, stream_samples(frames))]
    head = mp3_head(TAGS, encoding, frames=frames, stream_bytes=len(stream), marks=marks, cover=cover)
    return head.before_cover + COVER + head.after_cover + stream


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=lambda encoding: encoding.name)
def test_a_chapter_lasts_exactly_what_the_grid_says(tone: Tone, decode: Decode, encoding: Encoding) -> None:
    """Sixty segments and twelve pauses, joined, decode to (K - 1) * 1152 samples in every encoding."""

    chapter = _chapter(tone, encoding, 60)
    assert decode(chapter.content).size == stream_samples(chapter.frames)


def test_another_decoder_agrees(tone: Tone) -> None:
    """The decoder in libsndfile (mpg123) trims the same file to the same length."""

    chapter = _chapter(tone, MP3_128, 12)
    assert soundfile.info(io.BytesIO(chapter.content)).frames == stream_samples(chapter.frames)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=lambda encoding: encoding.name)
def test_every_segment_is_heard_at_its_frame(tone: Tone, decode: Decode, encoding: Encoding) -> None:
    """Each of sixty segments correlates with what is heard from its frame times 1152 on, and nowhere near."""

    chapter = _chapter(tone, encoding, 60)
    heard = decode(chapter.content)

    for start, samples in chapter.segments:
        original = samples.astype(np.float64)
        shifts = {
            shift: float(np.corrcoef(original[8:-8], heard[start + 8 + shift :][: original.size - 16])[0, 1])
            for shift in range(-8, 9)
        }
        assert max(shifts, key=lambda shift: shifts[shift]) == 0
        assert shifts[0] > 0.99


def test_mp3_and_wav_of_one_chapter_last_equally(tone: Tone, decode: Decode) -> None:
    """The same segments take the same time in every format, so that one alignment is true for all."""

    lengths = {decode(_chapter(tone, encoding, 7).content).size for encoding in (MP3_128, MP3_192, PCM)}
    assert len(lengths) == 1


def test_mutagen_reads_length_and_tags(tone: Tone) -> None:
    """A tag reader finds the exact duration, the words, the cover and the chapter marks."""

    chapter = _chapter(tone, MP3_192, 7)
    file: Any = MP3(io.BytesIO(chapter.content))  # type: ignore[no-untyped-call]

    assert file.info.length == pytest.approx(stream_samples(chapter.frames) / 44_100, abs=1e-6)
    assert (str(file["TIT2"]), str(file["TRCK"])) == ("Chapter One", "1/9")
    assert file["APIC:"].data == COVER
    assert [str(mark.sub_frames["TIT2"]) for mark in file.tags.getall("CHAP")] == ["Opening", "Rest"]


def test_a_head_knows_its_size() -> None:
    """The size of a head counts the cover, though the head does not hold it."""

    plain = mp3_head(TAGS, MP3_128, frames=2, stream_bytes=835)
    covered = mp3_head(TAGS, MP3_128, frames=2, stream_bytes=835, cover=CoverShape("image/png", 5000))

    assert plain.size_bytes == len(plain.before_cover) + len(plain.after_cover)
    assert covered.size_bytes == len(covered.before_cover) + 5000 + len(covered.after_cover)
    assert covered.after_cover == plain.after_cover


def test_a_wav_head_fits_its_segments() -> None:
    """A WAV head announces exactly the bytes that are left of the segments after the cut."""

    pieces = encode_pause(3, PCM) + encode_pause(4, PCM)
    head = wav_head(TAGS, frames=7)
    announced = int.from_bytes(head.before_cover[-4:], "little")
    assert announced == len(pieces) - PCM.end_cut_bytes == stream_samples(7) * SAMPLE_BYTES
    assert (head.cover_bytes, head.after_cover) == (0, b"")

"""FLAC, of the stored speech as the snapshot has it: what its WAV would be, without loss."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from rhapsode.audio.encoding import SAMPLE_BYTES
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.vorbis_comments import list_comments
from rhapsode.delivery.formats.book import describe, need_chapters, picture_of
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource
from rhapsode.delivery.formats.wav import wav_of
from rhapsode.rendering.assemble import chapter_marks

if TYPE_CHECKING:
    from rhapsode.audio.flac_stream import FlacEncoder


def _make(source: ExportSource) -> Iterator[ExportPart]:
    # FFmpeg takes half a second to import, and memory, which a server needs for nothing else.
    from rhapsode.audio.flac_stream import FlacEncoder, flac_head

    need_chapters(source)
    description = describe(source)
    sample_count = stream_samples(sum(chapter.frame_count for chapter in source.chapters))
    comments = list_comments(description.tags, chapter_marks(source.chapters), date=description.date)
    yield flac_head(sample_count, comments, picture_of(source, description))
    yield from _frames(source, FlacEncoder(), sample_count * SAMPLE_BYTES)


def _frames(source: ExportSource, encoder: "FlacEncoder", data_bytes: int) -> Iterator[bytes]:
    wav, left_bytes = wav_of(source), data_bytes
    # Segments have whole samples, and so have the blocks that they are read in.
    for block in wav.read(wav.size_bytes - data_bytes, wav.size_bytes):
        yield encoder.encode(np.frombuffer(block, "<i2"))
        left_bytes -= len(block)
        source.note_progress(1 - left_bytes / data_bytes)
    yield encoder.finish()


FLAC = ExportFormat("flac", "flac", "audio/flac", 1, _make)

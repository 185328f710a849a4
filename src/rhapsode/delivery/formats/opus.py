"""Opus in Ogg, of segments that are encoded once: their packets are put on new pages."""

from collections.abc import Iterator

import numpy as np

from rhapsode.audio.encoding import OPUS_48
from rhapsode.audio.ogg_opus import OggOpusWriter
from rhapsode.audio.packet_grid import packet_marks
from rhapsode.audio.vorbis_comments import list_comments
from rhapsode.delivery.formats.book import EncodedChapter, describe, encode_book, picture_of
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource
from rhapsode.storage.packs import read_segment
from rhapsode.storage.segments import StoredSegment


def _make(source: ExportSource) -> Iterator[ExportPart]:
    chapters = encode_book(source, OPUS_48)
    description = describe(source)
    writer = OggOpusWriter()
    marks = packet_marks(
        [chapter.name for chapter in chapters], [chapter.frame_count for chapter in chapters], OPUS_48
    )
    yield writer.head(
        list_comments(description.tags, marks, date=description.date), picture_of(source, description)
    )
    yield from _pages(source, chapters, writer)
    yield writer.finish()


def _pages(
    source: ExportSource, chapters: list[EncodedChapter], writer: OggOpusWriter
) -> Iterator[ExportPart]:
    for chapter in chapters:
        for segment in chapter.segments:
            yield writer.write(_packets(read_segment(source.blobs, segment.location), segment))


def _packets(content: bytes, segment: StoredSegment) -> Iterator[bytes]:
    start = 0
    for size_bytes in np.frombuffer(segment.packet_sizes or b"", "<u2").tolist():
        yield content[start : start + size_bytes]
        start += size_bytes


OPUS = ExportFormat("opus", "opus", "audio/ogg", 1, _make)

"""M4B: AAC with chapter marks, cover and tags, joined from segments that are encoded once."""

from collections.abc import Iterator

import numpy as np

from rhapsode.audio.encoding import AAC_64
from rhapsode.audio.m4b import m4b_head
from rhapsode.audio.packet_grid import packet_marks
from rhapsode.delivery.formats.book import describe, encode_book
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource, KeptStretch
from rhapsode.delivery.formats.kept import kept_head


def _make(source: ExportSource) -> Iterator[ExportPart]:
    chapters = encode_book(source, AAC_64)
    description = describe(source)
    segments = [segment for chapter in chapters for segment in chapter.segments]
    sizes = np.frombuffer(b"".join(segment.packet_sizes or b"" for segment in segments), "<u2")
    marks = packet_marks(
        [chapter.name for chapter in chapters], [chapter.frame_count for chapter in chapters], AAC_64
    )
    head = m4b_head(description.tags, sizes, marks, date=description.date, cover=description.cover_shape)
    yield from kept_head(head, description.cover)
    for segment in segments:
        yield KeptStretch(segment.key, segment.location.size_bytes)


M4B = ExportFormat("m4b", "m4b", "audio/mp4", 1, _make)

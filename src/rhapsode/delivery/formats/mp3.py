"""MP3: one file with chapter marks, cover and tags. Of a lossless book it is encoded; of any other, it is there."""

from collections.abc import Iterator

from rhapsode.audio.encoding import ENCODINGS, MP3_192
from rhapsode.audio.head import mp3_head
from rhapsode.delivery.formats.book import describe, encode_book, need_chapters
from rhapsode.delivery.formats.format import ExportFormat, ExportPart, ExportSource, KeptStretch
from rhapsode.delivery.formats.kept import kept_head, kept_segments
from rhapsode.rendering.assemble import chapter_marks


def _make(source: ExportSource) -> Iterator[ExportPart]:
    need_chapters(source)
    encoding = ENCODINGS[source.snapshot.encoding]
    if encoding.bitrate_kbps is None:
        encoding, stretches = MP3_192, _encoded(source)
    else:
        stretches = kept_segments(source)
    description = describe(source)
    head = mp3_head(
        description.tags,
        encoding,
        # The same in every encoding of projects, as the marks are.
        frames=sum(chapter.frame_count for chapter in source.chapters),
        stream_bytes=sum(stretch.size_bytes for stretch in stretches),
        marks=chapter_marks(source.chapters),
        cover=description.cover_shape,
    )
    yield from kept_head(head, description.cover)
    yield from stretches


def _encoded(source: ExportSource) -> list[KeptStretch]:
    return [
        KeptStretch(segment.key, segment.location.size_bytes)
        for chapter in encode_book(source, MP3_192)
        for segment in chapter.segments
    ]


MP3 = ExportFormat("mp3", "mp3", "audio/mpeg", 1, _make)

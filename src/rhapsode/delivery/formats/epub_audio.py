"""The chapters of a book as MP3 files, each made of what is there already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS, MP3_192
from rhapsode.audio.head import mp3_head
from rhapsode.audio.tags import Tags
from rhapsode.delivery.formats.book import EncodedChapter, encode_book, need_chapters
from rhapsode.delivery.formats.format import ExportPart, ExportSource, KeptStretch
from rhapsode.storage import segments, snapshots
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.snapshot import ChapterSnapshot


@dataclass(frozen=True, slots=True)
class ChapterAudio:
    """A chapter's MP3 file."""

    size_bytes: int
    crc32: int
    parts: tuple[ExportPart, ...]


def chapter_audio(source: ExportSource) -> list[ChapterAudio]:
    """Each chapter's file: the snapshot's own, or of a lossless one an MP3 of the same length.

    Raises: InvalidInput, when there is no chapter; what `encode_book` raises.
    """
    need_chapters(source)
    if ENCODINGS[source.snapshot.encoding].bitrate_kbps is None:
        return [_encoded(chapter) for chapter in encode_book(source, MP3_192)]
    with source.records.read(source.workspace_id) as tx:
        return [_stored(tx, chapter) for chapter in source.chapters]


def _stored(tx: Transaction, chapter: ChapterSnapshot) -> ChapterAudio:
    head = chapter.head
    parts: list[ExportPart] = [head.content]
    if head.cover_offset is not None and head.cover_key is not None:
        cover = segments.find_segments(tx, [head.cover_key]).get(head.cover_key)
        if cover is None:
            msg = "The cover of a snapshot is missing. Convert the project again."
            raise DataDamaged(msg)
        parts = [
            head.content[: head.cover_offset],
            KeptStretch(cover.key, cover.location.size_bytes),
            head.content[head.cover_offset :],
        ]
    spoken = snapshots.get_parts(tx, chapter.chapter_snapshot_id)
    parts += (KeptStretch(part.segment_key, part.size_bytes) for part in spoken)
    return ChapterAudio(chapter.file_size_bytes, chapter.file_crc32, tuple(parts))


def _encoded(chapter: EncodedChapter) -> ChapterAudio:
    stretches = [KeptStretch(each.key, each.location.size_bytes) for each in chapter.segments]
    head = mp3_head(
        Tags(chapter.name),
        MP3_192,
        frames=chapter.frame_count,
        stream_bytes=sum(stretch.size_bytes for stretch in stretches),
    )
    literal = head.before_cover + head.after_cover
    checksums = list(_checksums(literal, chapter))
    return ChapterAudio(sum(size for _, size in checksums), crc32_of_join(checksums), (literal, *stretches))


def _checksums(literal: bytes, chapter: EncodedChapter) -> Iterator[tuple[int, int]]:
    yield crc32_of(literal), len(literal)
    segments_of_chapter: Sequence[segments.StoredSegment] = chapter.segments
    yield from ((each.crc32, each.location.size_bytes) for each in segments_of_chapter)

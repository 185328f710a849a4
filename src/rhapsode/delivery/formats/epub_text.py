"""What a snapshot says, and when, as a book that is read along takes it."""

import uuid
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery.alignments import TimedText, iterate_timed
from rhapsode.delivery.formats.book import Description
from rhapsode.delivery.formats.format import ExportSource
from rhapsode.documents.readalong.spoken import SpokenBlock, SpokenBook, SpokenChapter
from rhapsode.storage import snapshots
from rhapsode.storage.block_looks import BlockLook, list_block_looks
from rhapsode.storage.packs import read_segment
from rhapsode.studio.ids import BlockId
from rhapsode.studio.snapshot import ChapterSnapshot, SnapshotPart
from rhapsode.text.pauses import without_breaks
from rhapsode.text.sentences import list_sentences

_MILLISECONDS = 1000
_LEVELS = {"h1": 1, "h2": 2, "h3": 3}


def spoken_book(source: ExportSource, description: Description) -> SpokenBook:
    """All chapters of a source with the time of each character. Raises: DataDamaged."""
    tags, cover = description.tags, description.cover
    created = datetime.fromtimestamp(source.snapshot.created_at_ms // _MILLISECONDS, UTC)
    language = source.project.language.replace("_", "-") or "und"
    return SpokenBook(
        title=tags.title,
        author=tags.author,
        language=language,
        narrator=tags.narrator or "",
        modified=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        identifier=uuid.uuid5(uuid.NAMESPACE_OID, source.project.project_id).urn,
        chapters=tuple(_chapters(source, language)),
        description=tags.description,
        isbn_number=tags.isbn_number,
        cover=None if cover is None else (cover.media_type or "", read_segment(source.blobs, cover.location)),
    )


def _chapters(source: ExportSource, language: str) -> Iterator[SpokenChapter]:
    looks = _looks(source)
    for chapter in source.chapters:
        with source.records.read(source.workspace_id) as tx:
            parts = snapshots.get_parts(tx, chapter.chapter_snapshot_id)
        timed = iterate_timed(source.records, source.workspace_id, chapter.chapter_snapshot_id)
        yield _chapter(chapter, [part for part in parts if part.text], list(timed), looks, language)


def _looks(source: ExportSource) -> Mapping[BlockId | None, BlockLook]:
    """Which blocks are headings, for a book that is made of the text. Of an original, its own pages say so."""
    if source.project.document_key is not None:
        return {}
    with source.records.read(source.workspace_id) as tx:
        return {look.block_id: look for look in list_block_looks(tx, source.project.project_id)}


@dataclass(slots=True)
class _Gathered:
    """A block while its parts are put together."""

    block_id: BlockId | None
    texts: list[str] = field(default_factory=list)
    times_ms: "array[int]" = field(default_factory=lambda: array("Q"))

    @property
    def text(self) -> str:
        """What is read of it: tags that ask for silence aren't."""
        return without_breaks("".join(self.texts))


def _chapter(
    chapter: ChapterSnapshot,
    parts: Sequence[SnapshotPart],
    timed: Sequence[TimedText],
    looks: Mapping[BlockId | None, BlockLook],
    language: str,
) -> SpokenChapter:
    blocks: list[_Gathered] = []
    for part, piece in zip(parts, timed, strict=True):
        if part.speech_key is None:
            continue
        if not blocks or blocks[-1].block_id != part.block_id:
            blocks.append(_Gathered(part.block_id))
        blocks[-1].texts.append(piece.text)
        blocks[-1].times_ms.extend(_in_ms(piece))
    duration_ms = stream_samples(chapter.frame_count) * _MILLISECONDS // SAMPLE_RATE_HZ
    return SpokenChapter(
        chapter.name,
        duration_ms,
        tuple(_block(block, looks.get(block.block_id), language) for block in blocks if block.text.strip()),
    )


def _in_ms(piece: TimedText) -> list[int]:
    """When each character begins, rounded once, so that what ends where another begins does so on the wire too."""
    milliseconds: list[int] = (
        (piece.samples[:-1] * _MILLISECONDS + SAMPLE_RATE_HZ // 2) // SAMPLE_RATE_HZ
    ).tolist()
    return milliseconds


def _block(block: _Gathered, look: BlockLook | None, language: str) -> SpokenBlock:
    text = block.text
    level = _LEVELS.get(look.sub_type, 0) if look is not None else 0
    own = None if look is None else look.language
    sentences = tuple(list_sentences(text, language=own or language))
    return SpokenBlock(text, sentences, block.times_ms, level, own)

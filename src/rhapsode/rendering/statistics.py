"""How much of a project's text has been converted as it is now, and who reads it."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rhapsode.rendering.draft import Sources, choose_reading
from rhapsode.rendering.reading import Reading, source_key_of
from rhapsode.storage.outlines import NodeOutline
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import UnknownLanguage, UnknownVoice
from rhapsode.studio.ids import BlockId, ChapterId, VoiceId


@dataclass(frozen=True, slots=True)
class ConvertedCount:
    """An amount of characters (code points) or paragraphs, and how much of it a take says as it is now."""

    converted: int = 0
    unconverted: int = 0

    def plus(self, count: int, *, is_converted: bool) -> "ConvertedCount":
        """The same with so much more of one kind."""
        if is_converted:
            return ConvertedCount(self.converted + count, self.unconverted)
        return ConvertedCount(self.converted, self.unconverted + count)


Reader = tuple[BlockKind, str | None, VoiceId | None]
"""What decides who reads a node, and how: the kind and language of its block, and its own voice."""


@dataclass(frozen=True, slots=True)
class ChapterStatistics:
    """What a chapter's text amounts to. voices: characters by voice, in reading order.

    Source: schema ChapterStatisticsResponseModel.
    """

    paragraphs: ConvertedCount
    voices: Mapping[VoiceId, ConvertedCount]

    @property
    def characters(self) -> ConvertedCount:
        """Those of all voices."""
        counts = self.voices.values()
        return ConvertedCount(sum(c.converted for c in counts), sum(c.unconverted for c in counts))


NOTHING = ChapterStatistics(ConvertedCount(), {})
"""Of a chapter without text."""


def measure_chapters(nodes: Iterable[NodeOutline], sources: Sources) -> Mapping[ChapterId, ChapterStatistics]:
    """The statistics of every chapter that has text. sources: their `takes` aren't used.

    What nobody here can read, because its voice is gone, counts as not converted.
    """
    read_by = functools.cache(functools.partial(find_reading, sources=sources))
    voices: dict[ChapterId, dict[VoiceId, ConvertedCount]] = defaultdict(dict)
    blocks: dict[ChapterId, dict[BlockId, bool]] = defaultdict(dict)
    for node in nodes:
        if not node.text.strip():
            continue
        voice_id, reading = read_by(reader_of(node))
        says = is_converted(node, reading)
        counts = voices[node.chapter_id]
        counts[voice_id] = counts.get(voice_id, ConvertedCount()).plus(len(node.text), is_converted=says)
        chapter = blocks[node.chapter_id]
        chapter[node.block_id] = chapter.get(node.block_id, True) and says
    return {
        chapter_id: ChapterStatistics(_paragraphs(blocks[chapter_id]), voices[chapter_id])
        for chapter_id in blocks
    }


def reader_of(node: NodeOutline) -> Reader:
    """Equal for nodes that are read alike, whatever their text."""
    return node.kind, node.language, node.voice_id


def find_reading(reader: Reader, *, sources: Sources) -> tuple[VoiceId, Reading | None]:
    """The voice that a project names for a reader, and how it reads; None where nobody here can."""
    kind, language, voice_id = reader
    named = sources.project.voice_of(kind, voice_id)
    try:
        return named, choose_reading(kind, language, voice_id, sources)
    except (UnknownVoice, UnknownLanguage):
        return named, None


def is_converted(node: NodeOutline, reading: Reading | None) -> bool:
    """Whether the current take of a node is what a reading would give it, or stays whatever that is."""
    if node.keeps_take:
        return True
    if reading is None or node.source_key is None:
        return False
    return node.source_key == source_key_of(node.text, reading)


def _paragraphs(blocks: Mapping[BlockId, bool]) -> ConvertedCount:
    converted = sum(blocks.values())
    return ConvertedCount(converted, len(blocks) - converted)

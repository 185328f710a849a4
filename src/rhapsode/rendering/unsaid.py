"""What of a project's blocks no take says as they are now, found out again only where something has changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rhapsode.rendering.draft import Sources
from rhapsode.rendering.plan import ChapterPlan
from rhapsode.rendering.reading import Reading, source_key_of
from rhapsode.rendering.statistics import Reader, find_reading, is_converted, reader_of
from rhapsode.storage.outlines import NodeOutline, list_chapter_node_outlines
from rhapsode.storage.records import Transaction
from rhapsode.storage.watched import ChapterRevision
from rhapsode.studio.ids import BlockId, ChapterId, VoiceId

UNREADABLE = b""
"""The source of what nobody here can read, because its voice is gone."""

Unsaid = Mapping[BlockId, frozenset[bytes]]
"""Of each block that is heard, in order, the keys of the sources that no take says yet; none of what is converted."""


@dataclass(slots=True)
class UnsaidBlocks:
    """Remembers what it has found of each chapter, with its content id and who reads it. For one thread at a time."""

    contents: dict[ChapterId, str | None] = field(default_factory=dict)
    readings: dict[Reader, tuple[VoiceId, Reading | None]] = field(default_factory=dict)
    found: dict[ChapterId, Unsaid] = field(default_factory=dict)

    def look(
        self, tx: Transaction, chapters: Sequence[ChapterRevision], sources: Sources
    ) -> Mapping[ChapterId, Unsaid]:
        """Of each chapter that has text. sources: their `takes` aren't used."""
        # Not by what the project says: engines and voices come and go beside it.
        if any(find_reading(reader, sources=sources) != known for reader, known in self.readings.items()):
            self.contents, self.readings = {}, {}
        contents = {chapter.chapter_id: chapter.content_id for chapter in chapters}
        kept = {each for each, content_id in contents.items() if self.contents.get(each, "") == content_id}
        changed = [each for each in contents if each not in kept]
        nodes = list_chapter_node_outlines(tx, sources.project.project_id, changed) if changed else []
        self.found = {each: unsaid for each, unsaid in self.found.items() if each in kept}
        self.found |= self._measure(nodes, sources)
        self.contents = contents
        return self.found

    def _measure(self, nodes: Sequence[NodeOutline], sources: Sources) -> Mapping[ChapterId, Unsaid]:
        found: dict[ChapterId, dict[BlockId, frozenset[bytes]]] = defaultdict(dict)
        for node in nodes:
            if node.text.strip():
                blocks = found[node.chapter_id]
                before = blocks.get(node.block_id, frozenset())
                blocks[node.block_id] = before | self._sources_of(node, sources)
        return found

    def _sources_of(self, node: NodeOutline, sources: Sources) -> frozenset[bytes]:
        reader = reader_of(node)
        if reader not in self.readings:
            self.readings[reader] = find_reading(reader, sources=sources)
        key = find_unsaid_source(node, self.readings[reader][1])
        return frozenset() if key is None else frozenset({key})


def find_unsaid_source(node: NodeOutline, reading: Reading | None) -> bytes | None:
    """The key of the source of a node that no take says yet; None where one does."""
    if is_converted(node, reading):
        return None
    return UNREADABLE if reading is None else source_key_of(node.text, reading)


@dataclass(frozen=True, slots=True)
class PlannedSources:
    """What the plan of a chapter makes anew: segments by block and source.    audio_keys: of the whole chapter."""

    audio_keys: frozenset[bytes]
    segments: Mapping[tuple[BlockId, bytes], frozenset[bytes]]

    def made(self, existing: set[bytes]) -> set[tuple[BlockId, bytes]]:
        """The sources of which all segments exist."""
        return {source for source, keys in self.segments.items() if keys <= existing}


def planned_sources(plan: ChapterPlan) -> PlannedSources:
    """What a plan makes, by what it says."""
    sources = {node_id: take.source_key for node_id, take in plan.takes}
    segments: dict[tuple[BlockId, bytes], set[bytes]] = defaultdict(set)
    for part in plan.parts:
        if part.block_id is not None and part.node_id in sources:
            segments[part.block_id, sources[part.node_id]].add(part.segment_key)
    return PlannedSources(
        frozenset(plan.audio_keys), {source: frozenset(keys) for source, keys in segments.items()}
    )


def converted_blocks(unsaid: Unsaid, made: set[tuple[BlockId, bytes]]) -> frozenset[BlockId]:
    """The blocks whose sound exists as they are now: said by a take, or made by a conversion that hasn't ended."""
    return frozenset(
        block_id
        for block_id, sources in unsaid.items()
        if all((block_id, source) in made for source in sources)
    )

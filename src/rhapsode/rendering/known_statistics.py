"""The statistics of a project's chapters, measured again only where something has changed.

Clients poll a project, and a novel has thousands of nodes.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rhapsode.rendering.draft import Sources
from rhapsode.rendering.reading import Reading
from rhapsode.rendering.statistics import (
    ChapterStatistics,
    Reader,
    find_reading,
    measure_chapters,
    reader_of,
)
from rhapsode.storage.outlines import ChapterOutline, list_chapter_node_outlines
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ProjectId, VoiceId

_REMEMBERED_PROJECTS = 64
"""Those that are polled or edited at about the same time; a novel's statistics take 50 kB."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was measured last, and all that it depends on.

    contents: the content ids of the chapters.    readings: of all readers in them.    statistics: of those with text.
    """

    contents: Mapping[ChapterId, str | None] = field(default_factory=dict)
    readings: Mapping[Reader, tuple[VoiceId, Reading | None]] = field(default_factory=dict)
    statistics: Mapping[ChapterId, ChapterStatistics] = field(default_factory=dict)


@dataclass(slots=True)
class _Memory:
    """Of one project. Threads replace what it has as a whole, and never change it."""

    known: _Known = field(default_factory=_Known)


@functools.lru_cache(maxsize=_REMEMBERED_PROJECTS)
def _memory_of(_project_id: ProjectId) -> _Memory:
    return _Memory()


def find_statistics(
    tx: Transaction, chapters: Sequence[ChapterOutline], sources: Sources
) -> Mapping[ChapterId, ChapterStatistics]:
    """The statistics of those of a project's narrated chapters that have text, as `measure_chapters` has them.

    chapters: as they are in this transaction, which only reads.
    """
    memory = _memory_of(sources.project.project_id)
    memory.known = known = _brought_up_to_date(tx, memory.known, chapters, sources)
    return known.statistics


def _brought_up_to_date(
    tx: Transaction, before: _Known, chapters: Sequence[ChapterOutline], sources: Sources
) -> _Known:
    # Not by what the project says of voices, dictionaries and languages: engines and voices come and go beside it.
    if any(find_reading(reader, sources=sources) != reading for reader, reading in before.readings.items()):
        before = _Known()
    contents = {chapter.chapter_id: chapter.content_id for chapter in chapters}
    if contents == before.contents:
        return before
    kept = {c for c, content_id in contents.items() if before.contents.get(c, "") == content_id}
    nodes = list_chapter_node_outlines(tx, sources.project.project_id, [c for c in contents if c not in kept])
    readers = {reader_of(node) for node in nodes} - before.readings.keys()
    return _Known(
        contents,
        {**before.readings, **{reader: find_reading(reader, sources=sources) for reader in readers}},
        {
            **{c: counted for c, counted in before.statistics.items() if c in kept},
            **measure_chapters(nodes, sources),
        },
    )

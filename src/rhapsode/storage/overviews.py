"""Queries on many projects at once, for a list of them: as many however many there are."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from cachetools import LRUCache

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import WHITE_SPACE, chunks, fetch_at_once, in_values
from rhapsode.studio.ids import ChapterId, ConversionId, ProjectId


@dataclass(frozen=True, slots=True)
class ProjectText:
    """How much there is of what is narrated. character_count: code points."""

    chapter_count: int = 0
    character_count: int = 0


# Whoever has a shelf of novels looks at it often, and to count a hundred of them again takes a second. A chapter's
# text is what it was as long as its content id is.
_counted: LRUCache[tuple[ChapterId, str | None], int] = LRUCache(maxsize=100_000)
_lock = threading.Lock()


def measure_texts(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, ProjectText]:
    """What is narrated of each of the projects."""
    chapter = schema.chapters.c
    narrated = sa.select(chapter.project_id, chapter.chapter_id, chapter.content_id).where(
        chapter.workspace_id == tx.workspace_id,
        in_values(tx.connection, chapter.project_id, project_ids),
        chapter.deleted_at_ms.is_(None),
        chapter.narrated,
    )
    found = dict.fromkeys(project_ids, ProjectText())
    rows = fetch_at_once(tx.connection, narrated)
    counts = _count_remembered(tx, [(chapter_id, content_id) for _, chapter_id, content_id in rows])
    for project_id, chapter_id, _ in rows:
        before = found[project_id]
        found[project_id] = ProjectText(before.chapter_count + 1, before.character_count + counts[chapter_id])
    return found


def _count_remembered(
    tx: Transaction, contents: Sequence[tuple[ChapterId, str | None]]
) -> dict[ChapterId, int]:
    with _lock:
        counts = {content[0]: _counted[content] for content in contents if content in _counted}
    counts |= _count_characters(tx, [chapter_id for chapter_id, _ in contents if chapter_id not in counts])
    with _lock:
        _counted.update({content: counts[content[0]] for content in contents})
    return counts


def _count_characters(tx: Transaction, chapter_ids: Sequence[ChapterId]) -> dict[ChapterId, int]:
    """Those of the blocks that are narrated, by chapter; nodes of white space have none, as in a conversion."""
    block, node = schema.blocks.c, schema.nodes.c
    counts = dict.fromkeys(chapter_ids, 0)
    if chapter_ids:
        counted = (
            sa.select(block.chapter_id, sa.func.sum(sa.func.length(node.text)))
            .join_from(schema.blocks, schema.nodes, node.block_id == block.block_id)
            .where(
                block.workspace_id == tx.workspace_id,
                in_values(tx.connection, block.chapter_id, chapter_ids),
                block.narrated,
                sa.func.trim(node.text, WHITE_SPACE) != "",
            )
            .group_by(block.chapter_id)
        )
        counts |= {chapter_id: int(count) for chapter_id, count in tx.connection.execute(counted)}
    return counts


def find_newest_lengths(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, int]:
    """The frames of the newest snapshot of each project that has one."""
    snapshot = schema.project_snapshots.c
    found: dict[ProjectId, int] = {}
    for chunk in chunks(project_ids):
        newest = (
            sa.select(sa.func.max(snapshot.project_snapshot_id))
            .where(snapshot.workspace_id == tx.workspace_id, snapshot.project_id.in_(chunk))
            .group_by(snapshot.project_id)
        )
        lengths = sa.select(snapshot.project_id, snapshot.frame_count).where(
            snapshot.workspace_id == tx.workspace_id, snapshot.project_snapshot_id.in_(newest)
        )
        found |= {ProjectId(project_id): frames for project_id, frames in tx.connection.execute(lengths)}
    return found


def find_last_failures(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, str]:
    """Why something of a project couldn't be converted, where nothing has come of it since.

    That is the newest error of a last conversion, of the whole project or, after that, of a chapter.
    """
    conversion = schema.conversions.c
    found: dict[ProjectId, str] = {}
    for chunk in chunks(project_ids):
        last = (
            sa.select(sa.func.max(conversion.conversion_id))
            .where(
                conversion.workspace_id == tx.workspace_id,
                conversion.project_id.in_(chunk),
                conversion.state.in_(("succeeded", "failed")),
            )
            .group_by(conversion.project_id, conversion.chapter_id)
        )
        rows = tx.connection.execute(
            sa.select(
                conversion.project_id, conversion.conversion_id, conversion.chapter_id, conversion.error
            ).where(conversion.workspace_id == tx.workspace_id, conversion.conversion_id.in_(last))
        ).all()
        found |= _failures(rows)
    return found


def _failures(rows: Iterable[Any]) -> dict[ProjectId, str]:
    """Newer ones come later. What a whole project has converted says all chapters again."""
    failures: dict[ProjectId, str] = {}
    for row in sorted(rows, key=lambda row: row.conversion_id):
        project_id = ProjectId(row.project_id)
        if row.chapter_id is None:
            failures.pop(project_id, None)
        if row.error is not None:
            failures[project_id] = row.error
    return failures


def measure_shares(tx: Transaction, conversion_ids: Sequence[ConversionId]) -> Mapping[ConversionId, float]:
    """How much of the audio that conversions want is there, 0 to 1, of those that want any."""
    reference, segment = schema.segment_references.c, schema.segments.c
    found: dict[ConversionId, float] = {}
    for chunk in chunks(conversion_ids):
        rows = tx.connection.execute(
            sa.select(reference.owner_id, sa.func.count(), sa.func.count(segment.pack_id))
            .join_from(schema.segment_references, schema.segments, reference.segment_id == segment.segment_id)
            .where(
                segment.workspace_id == tx.workspace_id,
                reference.owner_id.in_(chunk),
                segment.kind == "audio",
            )
            .group_by(reference.owner_id)
        )
        found |= {ConversionId(owner_id): existing / wanted for owner_id, wanted, existing in rows}
    return found

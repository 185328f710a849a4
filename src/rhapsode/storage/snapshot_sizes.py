"""All snapshots of a project or a chapter, with how long and how large they are: one query or two, however many."""

from collections import defaultdict
from typing import Any, NamedTuple

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.snapshots import ChapterFile
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId


class SizedChapter(NamedTuple):
    """A chapter of a project's snapshot. stream_bytes: of its segments, whole."""

    file: ChapterFile
    chapter_id: ChapterId
    frame_count: int
    stream_bytes: int


class SizedProjectSnapshot(NamedTuple):
    """A project's snapshot. head_bytes: what stands before the sound of its single file, its cover included.

    chapters: in order.
    """

    project_snapshot_id: ProjectSnapshotId
    name: str
    encoding: str
    frame_count: int
    created_at_ms: int
    head_bytes: int
    chapters: tuple[SizedChapter, ...]


class SizedChapterSnapshot(NamedTuple):
    """A chapter's snapshot."""

    chapter_snapshot_id: ChapterSnapshotId
    name: str
    frame_count: int
    created_at_ms: int
    file_size_bytes: int


def list_sized_projects(
    tx: Transaction,
    project_id: ProjectId,
    *,
    after: ProjectSnapshotId | None = None,
    count: int | None = None,
) -> list[SizedProjectSnapshot]:
    """The snapshots of a project, newest first.

    after: which one they follow, even if it is there no more; None for the first.    count: at most; None for all.
    """
    snapshot, cover = schema.project_snapshots.c, schema.segments.c
    has_cover = sa.and_(cover.workspace_id == tx.workspace_id, cover.key == snapshot.cover_key)
    rows = tx.connection.execute(
        sa.select(
            snapshot.project_snapshot_id,
            snapshot.name,
            snapshot.encoding,
            snapshot.frame_count,
            snapshot.created_at_ms,
            sa.func.length(snapshot.head) + sa.func.coalesce(cover.size_bytes, 0),
        )
        .join_from(schema.project_snapshots, schema.segments, has_cover, isouter=True)
        .where(
            snapshot.workspace_id == tx.workspace_id,
            snapshot.project_id == project_id,
            _follows(snapshot.project_snapshot_id, after),
        )
        .order_by(snapshot.project_snapshot_id.desc())
        .limit(count)
    ).all()
    chapters = _chapters_of(tx, project_id, oldest=rows[-1][0], newest=rows[0][0]) if rows else {}
    return [SizedProjectSnapshot(*row, chapters=tuple(chapters.get(row[0], ()))) for row in rows]


def _follows(snapshot_id: sa.ColumnElement[Any], after: str | None) -> sa.ColumnElement[bool]:
    """Whether a snapshot stands behind another where the newest comes first."""
    return sa.true() if after is None else snapshot_id < after


def _chapters_of(
    tx: Transaction, project_id: ProjectId, *, oldest: str, newest: str
) -> dict[str, list[SizedChapter]]:
    """The chapters of the snapshots of a project from one to another, by the snapshot, in order."""
    snapshot, listed = schema.project_snapshots.c, schema.project_snapshot_chapters.c
    chapter = schema.chapter_snapshots.c
    rows = tx.connection.execute(
        sa.select(
            listed.project_snapshot_id,
            *(chapter[name] for name in ChapterFile._fields),
            chapter.chapter_id,
            chapter.frame_count,
            chapter.stream_bytes,
        )
        .join_from(
            schema.project_snapshots,
            schema.project_snapshot_chapters,
            listed.project_snapshot_id == snapshot.project_snapshot_id,
        )
        .join(schema.chapter_snapshots, chapter.chapter_snapshot_id == listed.chapter_snapshot_id)
        .where(
            snapshot.workspace_id == tx.workspace_id,
            snapshot.project_id == project_id,
            snapshot.project_snapshot_id.between(oldest, newest),
        )
        .order_by(listed.project_snapshot_id, listed.ordinal)
    )
    found: defaultdict[str, list[SizedChapter]] = defaultdict(list)
    for snapshot_id, *said in rows:
        file_end = len(ChapterFile._fields)
        found[snapshot_id].append(SizedChapter(ChapterFile(*said[:file_end]), *said[file_end:]))
    return found


def list_sized_chapters(
    tx: Transaction,
    project_id: ProjectId,
    chapter_id: ChapterId,
    *,
    after: ChapterSnapshotId | None = None,
    count: int | None = None,
) -> list[SizedChapterSnapshot]:
    """The snapshots of a chapter, newest first. after, count: as of projects."""
    snapshot = schema.chapter_snapshots.c
    rows = tx.connection.execute(
        sa.select(*(snapshot[name] for name in SizedChapterSnapshot._fields))
        .where(
            snapshot.workspace_id == tx.workspace_id,
            snapshot.project_id == project_id,
            snapshot.chapter_id == chapter_id,
            _follows(snapshot.chapter_snapshot_id, after),
        )
        .order_by(snapshot.chapter_snapshot_id.desc())
        .limit(count)
    )
    return [SizedChapterSnapshot(*row) for row in rows]

"""Queries on snapshots, which are inserted and read, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any, NamedTuple

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, count_references
from rhapsode.storage.rows import in_values, insert_all
from rhapsode.storage.snapshot_document import (
    chapter_digest,
    pack_document,
    project_digest,
    unpack_document,
)
from rhapsode.studio.errors import DataDamaged, SnapshotNotFound
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart

_CHAPTER_COLUMNS = (
    "chapter_snapshot_id",
    "project_id",
    "chapter_id",
    "name",
    "encoding",
    "frame_count",
    "plan_digest",
    "stream_bytes",
    "file_size_bytes",
    "file_crc32",
    "created_at_ms",
)
_PROJECT_COLUMNS = ("project_snapshot_id", "project_id", "name", "encoding", "frame_count", "created_at_ms")
_HEAD_COLUMNS = ("head", "cover_offset", "cover_key")


def insert_chapter_snapshot(
    tx: Transaction, snapshot: ChapterSnapshot, parts: Sequence[SnapshotPart]
) -> None:
    """Keep a chapter snapshot and refer to every segment it needs, alignments included.

    Raises: DataDamaged, when the records don't know one of them.
    """
    document = pack_document(parts)
    tx.connection.execute(
        schema.chapter_snapshots.insert().values(
            workspace_id=tx.workspace_id,
            document=document,
            digest=chapter_digest(snapshot, document),
            **{name: getattr(snapshot, name) for name in _CHAPTER_COLUMNS},
            **_head_values(snapshot.head),
        )
    )
    needed = needed_keys(snapshot.head, parts)
    add_references(tx, ((snapshot.chapter_snapshot_id, key) for key in needed))
    if count_references(tx, snapshot.chapter_snapshot_id) != len(needed):
        msg = "A segment that a snapshot needs is no longer there. Convert again."
        raise DataDamaged(msg)


def needed_keys(head: FileHead, parts: Sequence[SnapshotPart]) -> list[bytes]:
    """Keys of all segments that a chapter's file and alignment are made of, each once."""
    keys = [part.segment_key for part in parts]
    keys += [part.speech_key for part in parts if part.speech_key is not None]
    return list(dict.fromkeys([*keys, *_cover_keys(head)]))


def _cover_keys(head: FileHead) -> list[bytes]:
    return [] if head.cover_key is None else [head.cover_key]


def insert_project_snapshot(tx: Transaction, snapshot: ProjectSnapshot) -> None:
    """Keep a project snapshot and the list of its chapters, and refer to its cover."""
    tx.connection.execute(
        schema.project_snapshots.insert().values(
            workspace_id=tx.workspace_id,
            digest=project_digest(snapshot),
            **{name: getattr(snapshot, name) for name in _PROJECT_COLUMNS},
            **_head_values(snapshot.head),
        )
    )
    rows = [
        {
            "project_snapshot_id": snapshot.project_snapshot_id,
            "ordinal": ordinal,
            "workspace_id": tx.workspace_id,
            "chapter_snapshot_id": chapter_snapshot_id,
        }
        for ordinal, chapter_snapshot_id in enumerate(snapshot.chapter_snapshot_ids)
    ]
    insert_all(tx.connection, schema.project_snapshot_chapters, rows)
    add_references(tx, ((snapshot.project_snapshot_id, key) for key in _cover_keys(snapshot.head)))


def _head_values(head: FileHead) -> dict[str, Any]:
    return {"head": head.content, "cover_offset": head.cover_offset, "cover_key": head.cover_key}


def _chapter_snapshots(tx: Transaction) -> sa.Select[Any]:
    columns = (schema.chapter_snapshots.c[name] for name in (*_CHAPTER_COLUMNS, *_HEAD_COLUMNS))
    return sa.select(*columns).where(schema.chapter_snapshots.c.workspace_id == tx.workspace_id)


def _chapter_snapshot(row: sa.Row[Any]) -> ChapterSnapshot:
    # A book may have a thousand chapters, and looking each column up by its name takes as long as asking for them.
    values = dict(zip(_CHAPTER_COLUMNS, row, strict=False))
    return ChapterSnapshot(**values, head=FileHead(*row[len(_CHAPTER_COLUMNS) :]))


def list_latest_chapter_snapshots(tx: Transaction, project_id: ProjectId) -> dict[ChapterId, ChapterSnapshot]:
    """The newest snapshot of each chapter that has one."""
    snapshot = schema.chapter_snapshots.c
    newest = (
        sa.select(sa.func.max(snapshot.chapter_snapshot_id))
        .where(snapshot.workspace_id == tx.workspace_id, snapshot.project_id == project_id)
        .group_by(snapshot.chapter_id)
    )
    rows = tx.connection.execute(_chapter_snapshots(tx).where(snapshot.chapter_snapshot_id.in_(newest)))
    return {row.chapter_id: _chapter_snapshot(row) for row in rows}


def get_chapter_snapshot(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> ChapterSnapshot:
    """Raises SnapshotNotFound."""
    row = tx.connection.execute(
        _chapter_snapshots(tx).where(schema.chapter_snapshots.c.chapter_snapshot_id == chapter_snapshot_id)
    ).first()
    if row is None:
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise SnapshotNotFound(msg)
    return _chapter_snapshot(row)


def list_chapters(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> list[ChapterSnapshot]:
    """The chapters of a project's snapshot, in order; none when it isn't there."""
    listed = schema.project_snapshot_chapters
    rows = tx.connection.execute(
        _chapter_snapshots(tx)
        .join(listed, listed.c.chapter_snapshot_id == schema.chapter_snapshots.c.chapter_snapshot_id)
        .where(listed.c.workspace_id == tx.workspace_id, listed.c.project_snapshot_id == project_snapshot_id)
        .order_by(listed.c.ordinal)
    ).all()
    return [_chapter_snapshot(row) for row in rows]


class ChapterFile(NamedTuple):
    """What an archive has to say of a chapter's file: see ChapterSnapshot."""

    chapter_snapshot_id: ChapterSnapshotId
    name: str
    encoding: str
    file_size_bytes: int
    file_crc32: int


def list_chapter_files(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> list[ChapterFile]:
    """The files of a project's snapshot, in order; none when it isn't there."""
    return list(starmap(ChapterFile, _list_columns(tx, project_snapshot_id, ChapterFile._fields)))


def _list_columns(
    tx: Transaction, project_snapshot_id: ProjectSnapshotId, names: Sequence[str]
) -> Sequence[sa.Row[Any]]:
    """Some columns of the chapters of a project's snapshot, in order."""
    listed, chapter = schema.project_snapshot_chapters.c, schema.chapter_snapshots.c
    return tx.connection.execute(
        sa.select(*(chapter[name] for name in names))
        .join_from(
            schema.project_snapshot_chapters,
            schema.chapter_snapshots,
            chapter.chapter_snapshot_id == listed.chapter_snapshot_id,
        )
        .where(listed.workspace_id == tx.workspace_id, listed.project_snapshot_id == project_snapshot_id)
        .order_by(listed.ordinal)
    ).all()


class StoredFile(NamedTuple):
    """What a chapter's file is made of. document: see storage.snapshot_document."""

    encoding: str
    head: FileHead
    document: bytes


def list_stored_files(tx: Transaction, ids: Sequence[ChapterSnapshotId]) -> list[StoredFile]:
    """Those of chapters' snapshots, in the order of the ids. Raises: SnapshotNotFound."""
    snapshot = schema.chapter_snapshots.c
    rows = tx.connection.execute(
        sa.select(
            snapshot.chapter_snapshot_id,
            snapshot.encoding,
            snapshot.document,
            *(snapshot[name] for name in _HEAD_COLUMNS),
        ).where(
            snapshot.workspace_id == tx.workspace_id,
            in_values(tx.connection, snapshot.chapter_snapshot_id, ids),
        )
    )
    found = {row[0]: StoredFile(row[1], FileHead(*row[3:]), row[2]) for row in rows}
    if missing := next((each for each in ids if each not in found), None):
        msg = f"There is no chapter snapshot {missing}."
        raise SnapshotNotFound(msg)
    return [found[each] for each in ids]


def get_project_snapshot(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> ProjectSnapshot:
    """Raises SnapshotNotFound."""
    table, listed = schema.project_snapshots, schema.project_snapshot_chapters
    row = tx.connection.execute(
        sa.select(table).where(
            table.c.workspace_id == tx.workspace_id, table.c.project_snapshot_id == project_snapshot_id
        )
    ).first()
    if row is None:
        msg = f"There is no project snapshot {project_snapshot_id}."
        raise SnapshotNotFound(msg)
    chapter_ids = tx.connection.execute(
        sa.select(listed.c.chapter_snapshot_id)
        .where(listed.c.workspace_id == tx.workspace_id, listed.c.project_snapshot_id == project_snapshot_id)
        .order_by(listed.c.ordinal)
    ).scalars()
    values = {name: row._mapping[name] for name in _PROJECT_COLUMNS}
    return ProjectSnapshot(
        **values,
        head=FileHead(row.head, row.cover_offset, row.cover_key),
        chapter_snapshot_ids=tuple(chapter_ids),
    )


def list_chapter_frames(
    tx: Transaction, project_snapshot_id: ProjectSnapshotId
) -> list[tuple[ChapterSnapshotId, int]]:
    """The chapters of a project's snapshot and how many frames each has, in order."""
    rows = _list_columns(tx, project_snapshot_id, ["chapter_snapshot_id", "frame_count"])
    return [(row.chapter_snapshot_id, row.frame_count) for row in rows]


def has_lost_alignments(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> bool:
    """Whether speech that any of its chapters refers to has no alignment, of which nothing is read."""
    listed, reference = schema.project_snapshot_chapters.c, schema.segment_references.c
    segment = schema.segments.c
    lost = sa.and_(segment.kind == "speech", segment.alignment.is_(None))
    joined = schema.project_snapshot_chapters.join(
        schema.segment_references, reference.owner_id == listed.chapter_snapshot_id
    ).join(schema.segments, segment.segment_id == reference.segment_id)
    return bool(
        tx.connection.execute(
            # Counted and not searched for: a search would begin with all segments of the workspace.
            sa.select(sa.func.count().filter(lost))
            .select_from(joined)
            .where(
                segment.workspace_id == tx.workspace_id,
                listed.workspace_id == tx.workspace_id,
                listed.project_snapshot_id == project_snapshot_id,
            )
        ).scalar_one()
    )


def get_project_digest(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> bytes:
    """The digest of a whole project snapshot. Raises SnapshotNotFound."""
    return _get_digest(tx, schema.project_snapshots, "project", project_snapshot_id)


def get_chapter_digest(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> bytes:
    """The digest of a whole chapter snapshot. Raises SnapshotNotFound."""
    return _get_digest(tx, schema.chapter_snapshots, "chapter", chapter_snapshot_id)


def _get_digest(tx: Transaction, table: sa.Table, of_what: str, snapshot_id: str) -> bytes:
    digest: bytes | None = tx.connection.execute(
        sa.select(table.c.digest).where(
            table.c.workspace_id == tx.workspace_id, table.c[f"{of_what}_snapshot_id"] == snapshot_id
        )
    ).scalar()
    if digest is None:
        msg = f"There is no {of_what} snapshot {snapshot_id}."
        raise SnapshotNotFound(msg)
    return digest


def find_chapter_snapshot(
    tx: Transaction, chapter_id: ChapterId, plan_digest: bytes
) -> ChapterSnapshotId | None:
    """The newest snapshot of a chapter that is what a plan asked for; None where there is none."""
    snapshot = schema.chapter_snapshots.c
    return tx.connection.execute(
        sa.select(sa.func.max(snapshot.chapter_snapshot_id)).where(
            snapshot.workspace_id == tx.workspace_id,
            snapshot.chapter_id == chapter_id,
            snapshot.plan_digest == plan_digest,
        )
    ).scalar()


@dataclass(frozen=True, slots=True)
class ListedSnapshot:
    """A snapshot of a project or a chapter, in a list."""

    snapshot_id: str
    name: str
    created_at_ms: int


def list_project_snapshots(tx: Transaction, project_id: ProjectId) -> list[ListedSnapshot]:
    """Newest first."""
    table = schema.project_snapshots
    return _listed(tx, table, table.c.project_snapshot_id, table.c.project_id == project_id)


def list_chapter_snapshots(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId
) -> list[ListedSnapshot]:
    """Newest first."""
    table = schema.chapter_snapshots
    of_chapter = sa.and_(table.c.project_id == project_id, table.c.chapter_id == chapter_id)
    return _listed(tx, table, table.c.chapter_snapshot_id, of_chapter)


def _listed(
    tx: Transaction, table: sa.Table, snapshot_id: sa.Column[Any], wanted: sa.ColumnElement[bool]
) -> list[ListedSnapshot]:
    rows = tx.connection.execute(
        sa.select(snapshot_id, table.c.name, table.c.created_at_ms)
        .where(table.c.workspace_id == tx.workspace_id, wanted)
        .order_by(snapshot_id.desc())
    )
    return [ListedSnapshot(*row) for row in rows]


def get_parts(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> tuple[SnapshotPart, ...]:
    """The parts of a chapter snapshot, in order. Raises: NotFound; DataDamaged."""
    return unpack_document(get_document(tx, chapter_snapshot_id)[0])


def get_document(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> tuple[bytes, bytes]:
    """A chapter snapshot's document, and the digest of the whole snapshot. Raises NotFound."""
    table = schema.chapter_snapshots
    row = tx.connection.execute(
        sa.select(table.c.document, table.c.digest).where(
            table.c.workspace_id == tx.workspace_id, table.c.chapter_snapshot_id == chapter_snapshot_id
        )
    ).first()
    if row is None:
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise SnapshotNotFound(msg)
    return row.document, row.digest

"""Queries on snapshots, and the bytes of a chapter snapshot's document."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.segments import add_references
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import BlockId, ChapterId, ChapterSnapshotId, NodeId, ProjectId, ProjectSnapshotId
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
    """Keep a chapter snapshot and refer to every segment it needs, alignments included."""
    document = pack_document(parts)
    tx.connection.execute(
        schema.chapter_snapshots.insert().values(
            workspace_id=tx.workspace_id,
            document=document,
            digest=snapshot_digest(snapshot.head.content, document),
            **{name: getattr(snapshot, name) for name in _CHAPTER_COLUMNS},
            **_head_values(snapshot.head),
        )
    )
    keys = [part.segment_key for part in parts]
    keys += [part.speech_key for part in parts if part.speech_key is not None]
    if snapshot.head.cover_key is not None:
        keys.append(snapshot.head.cover_key)
    add_references(tx, ((snapshot.chapter_snapshot_id, key) for key in dict.fromkeys(keys)))


def insert_project_snapshot(tx: Transaction, snapshot: ProjectSnapshot) -> None:
    """Keep a project snapshot and the list of its chapters."""
    tx.connection.execute(
        schema.project_snapshots.insert().values(
            workspace_id=tx.workspace_id,
            digest=snapshot_digest(snapshot.head.content, b""),
            **{name: getattr(snapshot, name) for name in _PROJECT_COLUMNS},
            **_head_values(snapshot.head),
        )
    )
    rows = [
        {
            "project_snapshot_id": snapshot.project_snapshot_id,
            "ordinal": ordinal,
            "chapter_snapshot_id": chapter_snapshot_id,
        }
        for ordinal, chapter_snapshot_id in enumerate(snapshot.chapter_snapshot_ids)
    ]
    if rows:
        tx.connection.execute(schema.project_snapshot_chapters.insert(), rows)


def _head_values(head: FileHead) -> dict[str, Any]:
    return {"head": head.content, "cover_offset": head.cover_offset, "cover_key": head.cover_key}


def _chapter_snapshots(tx: Transaction) -> sa.Select[Any]:
    columns = (schema.chapter_snapshots.c[name] for name in (*_CHAPTER_COLUMNS, *_HEAD_COLUMNS))
    return sa.select(*columns).where(schema.chapter_snapshots.c.workspace_id == tx.workspace_id)


def _chapter_snapshot(row: sa.Row[Any]) -> ChapterSnapshot:
    values = {name: row._mapping[name] for name in _CHAPTER_COLUMNS}
    return ChapterSnapshot(**values, head=FileHead(row.head, row.cover_offset, row.cover_key))


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
    """Raises NotFound."""
    row = tx.connection.execute(
        _chapter_snapshots(tx).where(schema.chapter_snapshots.c.chapter_snapshot_id == chapter_snapshot_id)
    ).first()
    if row is None:
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise NotFound(msg)
    return _chapter_snapshot(row)


def get_project_snapshot(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> ProjectSnapshot:
    """Raises NotFound."""
    table, listed = schema.project_snapshots, schema.project_snapshot_chapters
    row = tx.connection.execute(
        sa.select(table).where(
            table.c.workspace_id == tx.workspace_id, table.c.project_snapshot_id == project_snapshot_id
        )
    ).first()
    if row is None:
        msg = f"There is no project snapshot {project_snapshot_id}."
        raise NotFound(msg)
    chapter_ids = tx.connection.execute(
        sa.select(listed.c.chapter_snapshot_id)
        .where(listed.c.project_snapshot_id == project_snapshot_id)
        .order_by(listed.c.ordinal)
    ).scalars()
    values = {name: row._mapping[name] for name in _PROJECT_COLUMNS}
    return ProjectSnapshot(
        **values,
        head=FileHead(row.head, row.cover_offset, row.cover_key),
        chapter_snapshot_ids=tuple(chapter_ids),
    )


def list_project_snapshots(tx: Transaction, project_id: ProjectId) -> list[ProjectSnapshotId]:
    """Newest first."""
    table = schema.project_snapshots
    return list(
        tx.connection.execute(
            sa.select(table.c.project_snapshot_id)
            .where(table.c.workspace_id == tx.workspace_id, table.c.project_id == project_id)
            .order_by(table.c.project_snapshot_id.desc())
        ).scalars()
    )


def get_parts(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> tuple[SnapshotPart, ...]:
    """The parts of a chapter snapshot, in order. Raises NotFound."""
    table = schema.chapter_snapshots
    document = tx.connection.execute(
        sa.select(table.c.document).where(
            table.c.workspace_id == tx.workspace_id, table.c.chapter_snapshot_id == chapter_snapshot_id
        )
    ).scalar()
    if document is None:
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise NotFound(msg)
    return unpack_document(document)


def pack_document(parts: Sequence[SnapshotPart]) -> bytes:
    """Parts as zlib-compressed JSON (docs/storage.md, Snapshot documents)."""
    rows = [
        {
            "segment_key": part.segment_key.hex(),
            "frame_count": part.frame_count,
            "size_bytes": part.size_bytes,
            "text": part.text,
            "spans": part.spans,
            "block_id": part.block_id,
            "node_id": part.node_id,
            "speech_key": None if part.speech_key is None else part.speech_key.hex(),
        }
        for part in parts
    ]
    rows = [{name: value for name, value in row.items() if value not in (None, ())} for row in rows]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return zlib.compress(text.encode(), 6)


def unpack_document(document: bytes) -> tuple[SnapshotPart, ...]:
    """The inverse of `pack_document`."""
    return tuple(_part(row) for row in json.loads(zlib.decompress(document)))


def _part(row: dict[str, Any]) -> SnapshotPart:
    return SnapshotPart(
        segment_key=bytes.fromhex(row["segment_key"]),
        frame_count=row["frame_count"],
        size_bytes=row["size_bytes"],
        text=row["text"],
        spans=tuple(row.get("spans", ())),
        block_id=BlockId(row["block_id"]) if "block_id" in row else None,
        node_id=NodeId(row["node_id"]) if "node_id" in row else None,
        speech_key=bytes.fromhex(row["speech_key"]) if "speech_key" in row else None,
    )


def snapshot_digest(head: bytes, document: bytes) -> bytes:
    """SHA-256 of a snapshot's head and document, which `check` compares."""
    return hashlib.sha256(len(head).to_bytes(8, "little") + head + document).digest()

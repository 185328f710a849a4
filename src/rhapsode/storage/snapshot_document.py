"""The bytes of a chapter snapshot's document, and the digests of snapshots (docs/storage.md)."""

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rhapsode.storage.keys import digest
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import BlockId, NodeId
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, ProjectSnapshot, SnapshotPart

# Nothing that is said of a part looks like it: within a text, JSON puts a backslash before each quotation mark.
_SEGMENT_KEY = re.compile(rb'"segment_key":"([0-9a-f]{64})"')


def pack_document(parts: Sequence[SnapshotPart]) -> bytes:
    """Parts as zlib-compressed JSON; what a part hasn't got is left out."""
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
            "spoken_text": part.spoken_text,
        }
        for part in parts
    ]
    rows = [{name: value for name, value in row.items() if value not in (None, ())} for row in rows]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return zlib.compress(text.encode(), 6)


def unpack_document(document: bytes) -> tuple[SnapshotPart, ...]:
    """The inverse of `pack_document`. Raises: DataDamaged when it can't be one."""
    try:
        return tuple(_part(row) for row in json.loads(zlib.decompress(document)))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        msg = f"The document of a snapshot can't be read: {error!r}."
        raise DataDamaged(msg) from error


def list_segment_keys(document: bytes) -> list[bytes]:
    """The keys of all parts, in order, without reading what is said of them. Raises: DataDamaged."""
    try:
        found = _SEGMENT_KEY.findall(zlib.decompress(document))
    except zlib.error as error:
        msg = f"The document of a snapshot can't be read: {error!r}."
        raise DataDamaged(msg) from error
    return [bytes.fromhex(key.decode()) for key in found]


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
        spoken_text=row.get("spoken_text"),
    )


def chapter_digest(snapshot: ChapterSnapshot, document: bytes) -> bytes:
    """The digest of all that is kept of a chapter snapshot, which `check` compares."""
    return digest("chapter-snapshot/1", *_fields(snapshot), *_head(snapshot.head), document)


def project_digest(snapshot: ProjectSnapshot) -> bytes:
    """The digest of all that is kept of a project snapshot, its list of chapters included."""
    chapter_ids = snapshot.chapter_snapshot_ids
    return digest(
        "project-snapshot/1", *_fields(snapshot), *_head(snapshot.head), len(chapter_ids), *chapter_ids
    )


def _fields(snapshot: ChapterSnapshot | ProjectSnapshot) -> list[Any]:
    """Those that are a number, a text or a digest, in the order of their names."""
    names = sorted(field.name for field in fields(snapshot))
    return [getattr(snapshot, name) for name in names if name not in ("head", "chapter_snapshot_ids")]


def _head(head: FileHead) -> tuple[bytes, int | None, bytes | None]:
    return head.content, head.cover_offset, head.cover_key

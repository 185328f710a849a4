"""Queries on exports: a snapshot as a file of another format, made once and kept while somebody asks for it.

An export refers to its segments under its own id. While it is made, the work does (storage.speaking), so that what
a killed process leaves behind is let go of a day later and is there until then for whoever makes it again.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, count_references, drop_references
from rhapsode.storage.rows import chunks
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ProjectId, new_id

_EXPORTS = schema.exports
_TOUCHED_AGAIN_AFTER_MS = 24 * 3600 * 1000
"""An export that is asked for all the time need not be written to each time."""


@dataclass(frozen=True, slots=True)
class ExportPiece:
    """The first `size_bytes` bytes of a segment, at least one."""

    segment_key: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoredExport:
    """An export that exists. size_bytes, crc32: of the whole file.    created_at_ms: when it was made."""

    export_id: str
    export_key: bytes
    project_id: ProjectId
    format: str
    size_bytes: int
    crc32: int
    created_at_ms: int


def insert_export(
    tx: Transaction,
    *,
    export_key: bytes,
    project_id: ProjectId,
    format_name: str,
    crc32: int,
    pieces: Sequence[ExportPiece],
) -> None:
    """Keep an export and refer to all its segments; one with the same key stays what it is.

    Raises: DataDamaged, when the records don't know one of the segments.
    """
    if find_export(tx, export_key) is not None:
        return
    export_id = new_id(tx.now_ms)
    values = {
        "export_id": export_id,
        "workspace_id": tx.workspace_id,
        "export_key": export_key,
        "project_id": project_id,
        "format": format_name,
        "size_bytes": sum(piece.size_bytes for piece in pieces),
        "crc32": crc32,
        "created_at_ms": tx.now_ms,
        "used_at_ms": tx.now_ms,
        "document": _packed(pieces),
    }
    tx.connection.execute(_EXPORTS.insert().values(**values))
    keys = list(dict.fromkeys(piece.segment_key for piece in pieces))
    add_references(tx, ((export_id, key) for key in keys))
    if count_references(tx, export_id) != len(keys):
        msg = "A segment that an export is made of is no longer there. Ask for it again."
        raise DataDamaged(msg)


def find_export(tx: Transaction, export_key: bytes) -> StoredExport | None:
    """The export that has this key."""
    row = tx.connection.execute(_stored(tx).where(_EXPORTS.c.export_key == export_key)).first()
    return None if row is None else StoredExport(**row._mapping)


def find_export_of_id(tx: Transaction, export_id: str) -> StoredExport | None:
    """The export that has this id."""
    row = tx.connection.execute(_stored(tx).where(_EXPORTS.c.export_id == export_id)).first()
    return None if row is None else StoredExport(**row._mapping)


def find_exports(tx: Transaction, export_keys: Sequence[bytes]) -> dict[bytes, StoredExport]:
    """Those of the exports that exist, by their keys."""
    found: dict[bytes, StoredExport] = {}
    for chunk in chunks(export_keys):
        rows = tx.connection.execute(_stored(tx).where(_EXPORTS.c.export_key.in_(chunk)))
        found |= {row.export_key: StoredExport(**row._mapping) for row in rows}
    return found


def list_exports(tx: Transaction) -> list[StoredExport]:
    """All exports of the workspace."""
    return [StoredExport(**row._mapping) for row in tx.connection.execute(_stored(tx))]


def _stored(tx: Transaction) -> sa.Select[Any]:
    columns = ("export_id", "export_key", "project_id", "format", "size_bytes", "crc32", "created_at_ms")
    return sa.select(*(_EXPORTS.c[name] for name in columns)).where(
        _EXPORTS.c.workspace_id == tx.workspace_id
    )


def get_pieces(tx: Transaction, export_id: str) -> tuple[ExportPiece, ...]:
    """What an export is made of, in order. Raises: DataDamaged, also where there is no such export any more."""
    document = tx.connection.execute(
        sa.select(_EXPORTS.c.document).where(*_of(tx, export_id))
    ).scalar_one_or_none()
    if document is None:
        msg = "The export was cleaned away meanwhile. Ask for it again."
        raise DataDamaged(msg)
    return _unpacked(document)


def list_due_for_touch(tx: Transaction, export_ids: Sequence[str]) -> list[str]:
    """Those of the exports of which nobody has said for a day that they are used."""
    due: list[str] = []
    for chunk in chunks(export_ids):
        rows = tx.connection.execute(
            sa.select(_EXPORTS.c.export_id).where(
                _EXPORTS.c.workspace_id == tx.workspace_id,
                _EXPORTS.c.export_id.in_(chunk),
                _EXPORTS.c.used_at_ms < tx.now_ms - _TOUCHED_AGAIN_AFTER_MS,
            )
        )
        due += rows.scalars()
    return due


def touch_exports(tx: Transaction, export_ids: Sequence[str]) -> None:
    """Let exports count as used just now."""
    for chunk in chunks(export_ids):
        tx.connection.execute(
            _EXPORTS.update()
            .where(_EXPORTS.c.workspace_id == tx.workspace_id, _EXPORTS.c.export_id.in_(chunk))
            .values(used_at_ms=tx.now_ms)
        )


def delete_export(tx: Transaction, export_id: str) -> None:
    """Delete an export, and let go of its segments; an absent one is fine."""
    drop_references(tx, [export_id])
    tx.connection.execute(_EXPORTS.delete().where(*_of(tx, export_id)))


def delete_old_exports(tx: Transaction, *, before_ms: int) -> int:
    """Delete the exports that were last used before a moment, and let go of their segments; how many they were."""
    old = (_EXPORTS.c.workspace_id == tx.workspace_id, _EXPORTS.c.used_at_ms < before_ms)
    export_ids = tx.connection.execute(sa.select(_EXPORTS.c.export_id).where(*old)).scalars().all()
    if export_ids:
        drop_references(tx, export_ids)
        tx.connection.execute(_EXPORTS.delete().where(*old))
    return len(export_ids)


def _of(tx: Transaction, export_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_EXPORTS.c.workspace_id == tx.workspace_id, _EXPORTS.c.export_id == export_id)


def _packed(pieces: Sequence[ExportPiece]) -> bytes:
    rows = [[piece.segment_key.hex(), piece.size_bytes] for piece in pieces]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 6)


def _unpacked(document: bytes) -> tuple[ExportPiece, ...]:
    try:
        rows = json.loads(zlib.decompress(document))
        return tuple(ExportPiece(bytes.fromhex(key), int(size_bytes)) for key, size_bytes in rows)
    except (zlib.error, ValueError, TypeError) as error:
        msg = f"The list of an export's segments can't be read: {error!r}."
        raise DataDamaged(msg) from error

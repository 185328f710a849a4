"""Masters: the lossless speech that audio was made of, whose sound goes when nobody has made anything of it for long.

A dropped master keeps its row, and an entry in a pack, with all but its bytes: alignment, length, and the size and
the checksum of what it had. Its pack is left as it is, with less in it that anybody needs, and goes as such packs do.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packed import DroppedSound
from rhapsode.storage.packs import PackWriter, SpeechMeta
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.rows import chunks
from rhapsode.storage.segments import move_segments, record_pack
from rhapsode.storage.speaking import is_work
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_PACK_SEGMENTS

_DAY_MS = 24 * 3600 * 1000

_SEGMENTS, _REFERENCES = schema.segments.c, schema.segment_references.c


def drop_masters(records: Records, blobs: Blobs, workspace_id: WorkspaceId, *, now_ms: int) -> int:
    """Drop the sound of speech that is due; how many segments it were. No sound is read for it.

    A kill leaves each with its sound, or dropped. Whoever reads from a pack can finish: it stays for a day.
    Raises: StorageFull.
    """
    with records.read(workspace_id) as tx:
        before_ms = find_due_before(tx, now_ms=now_ms)
    if before_ms is None:
        return 0
    writer = PackWriter(blobs.temporary_directory(), workspace_id, "speech")
    return sum(
        _drop(records, blobs, writer, page, before_ms) for page in _pages(records, workspace_id, before_ms)
    )


def find_due_before(tx: Transaction, *, now_ms: int) -> int | None:
    """When speech was used for the last time that is due now; None where all of it is kept for ever."""
    workspace = schema.workspaces.c
    query = sa.select(workspace.masters_days).where(workspace.workspace_id == tx.workspace_id)
    days = tx.connection.execute(query).scalar()
    return None if days is None else now_ms - days * _DAY_MS


def is_due(before_ms: int) -> sa.ColumnElement[bool]:
    """Of `segments`: speech with a sound that nobody has used since then, and that no work under way needs.

    It is used when it is spoken, and when a conversion, a text or an export that needs it ends.
    """
    return sa.and_(
        _SEGMENTS.kind == "speech",
        _SEGMENTS.pack_id.is_not(None),
        _SEGMENTS.dropped_bytes.is_(None),
        _SEGMENTS.used_at_ms < before_ms,
        ~is_at_work(),
    )


def is_at_work() -> sa.ColumnElement[bool]:
    """Of `segments`: whether a conversion that runs refers to it, or a text or an export that is being made."""
    conversion = schema.conversions.c
    runs = sa.exists().where(
        conversion.conversion_id == _REFERENCES.owner_id, conversion.finished_at_ms.is_(None)
    )
    return sa.exists().where(
        _REFERENCES.segment_id == _SEGMENTS.segment_id, sa.or_(is_work(_REFERENCES.owner_id), runs)
    )


def _pages(records: Records, workspace_id: WorkspaceId, before_ms: int) -> Iterator[list[sa.Row[Any]]]:
    """What is due, in the order in which it was wanted first, which is that of reading."""
    last = 0
    while True:
        with records.read(workspace_id) as tx:
            page = tx.connection.execute(
                sa.select(schema.segments)
                .where(
                    # Not the column itself: SQLite would sort all segments of the workspace for each page.
                    _SEGMENTS.workspace_id + "" == workspace_id,
                    _SEGMENTS.segment_id > last,
                    is_due(before_ms),
                )
                .order_by(_SEGMENTS.segment_id)
                .limit(MAX_PACK_SEGMENTS)
            ).all()
        if not page:
            return
        yield list(page)
        last = page[-1].segment_id


def _drop(records: Records, blobs: Blobs, writer: PackWriter, rows: list[sa.Row[Any]], before_ms: int) -> int:
    for row in rows:
        meta = SpeechMeta(
            row.sample_rate_hz, row.sample_count, row.alignment, row.flaws, row.size_bytes, row.crc32
        )
        writer.append(row.key, b"", meta)
    pack = writer.close(blobs)
    assert pack is not None
    with records.write(pack.workspace_id) as tx:
        record_pack(tx, pack)
        _forget_changes(tx, [row.key for row in rows])
        # Asked again, for somebody may have begun to use it.
        return move_segments(tx, pack, origins={row.key: row.pack_id for row in rows}, only=is_due(before_ms))


def _forget_changes(tx: Transaction, keys: Iterable[bytes]) -> None:
    """Of speech that has its sound, and so had the same again: its voice may be asked once more."""
    _set_changed(
        tx, keys, None, only=_SEGMENTS.dropped_bytes.is_(None) & _SEGMENTS.changed_at_ms.is_not(None)
    )


def _set_changed(
    tx: Transaction, keys: Iterable[bytes], at_ms: int | None, *, only: sa.ColumnElement[bool]
) -> None:
    for chunk in chunks(sorted(keys)):
        where = (_SEGMENTS.workspace_id == tx.workspace_id, _SEGMENTS.key.in_(chunk), only)
        tx.connection.execute(schema.segments.update().where(*where).values(changed_at_ms=at_ms))


def find_dropped(tx: Transaction, keys: Iterable[bytes]) -> dict[bytes, DroppedSound]:
    """Those of the keys whose sound was dropped."""
    found: dict[bytes, DroppedSound] = {}
    for chunk in chunks(list(dict.fromkeys(keys))):
        rows = tx.connection.execute(
            sa.select(
                _SEGMENTS.key, _SEGMENTS.dropped_bytes, _SEGMENTS.dropped_crc32, _SEGMENTS.changed_at_ms
            ).where(
                _SEGMENTS.workspace_id == tx.workspace_id,
                _SEGMENTS.key.in_(chunk),
                _SEGMENTS.dropped_bytes.is_not(None),
            )
        )
        found |= {key: DroppedSound(size, crc32, at_ms is not None) for key, size, crc32, at_ms in rows}
    return found


def note_changed(tx: Transaction, keys: Iterable[bytes]) -> None:
    """Note that voices say dropped speech otherwise by now: it won't be asked of them again."""
    _set_changed(tx, keys, tx.now_ms, only=_SEGMENTS.dropped_bytes.is_not(None))

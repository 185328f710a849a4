"""Queries on history: items, which never change, and their files, which are stored as a chapter's snapshot is."""

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, count_references, drop_owner
from rhapsode.storage.rows import chunks
from rhapsode.storage.snapshot_document import pack_document, unpack_document
from rhapsode.storage.snapshots import needed_keys
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.history import DialogueLine, HistoryFile, HistoryItem
from rhapsode.studio.ids import HistoryItemId, VoiceId, first_id_at
from rhapsode.studio.snapshot import FileHead, SnapshotPart
from rhapsode.studio.voice import VoiceSettings

_ITEMS, _FILES = schema.history_items, schema.history_files
_ITEM_COLUMNS = (
    "history_item_id",
    "request_id",
    "voice_id",
    "voice_name",
    "model_id",
    "language",
    "text",
    "output_format",
    "created_at_ms",
    "source",
    "voice_category",
    "chapter_snapshot_id",
)
_FILE_COLUMNS = ("output_format", "frame_count", "size_bytes", "crc32", "created_at_ms")
_ROWS_AT_ONCE = 100
_BEFORE_ALL_IDS, _BEHIND_ALL_IDS = "", "~"


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which items to list. None leaves a condition out.

    date_before_ms: exclusive; date_after_ms: inclusive; both in Unix milliseconds.
    search: a stretch of the text, whatever its case.
    after: where the page before ended, exclusive, in the order of the list.    descending: newest first.
    Source: operation get_speech_history.
    """

    voice_id: str | None = None
    model_id: str | None = None
    date_before_ms: int | None = None
    date_after_ms: int | None = None
    search: str | None = None
    source: str | None = None
    after: HistoryItemId | None = None
    descending: bool = True


@dataclass(frozen=True, slots=True)
class NamedFile:
    """An item's file as a download lists it."""

    history_item_id: HistoryItemId
    voice_name: str
    created_at_ms: int
    output_format: str
    size_bytes: int
    crc32: int


def file_owner(history_item_id: HistoryItemId, output_format: str) -> str:
    """Who refers to the segments of an item's file, as `segment_references.owner_id` has it."""
    return f"{history_item_id}/{output_format}"


def insert_item(tx: Transaction, item: HistoryItem) -> None:
    """Keep an item, whose id is of the millisecond `created_at_ms`."""
    tx.connection.execute(
        _ITEMS.insert().values(
            workspace_id=tx.workspace_id,
            settings=json.dumps(asdict(item.settings), sort_keys=True),
            dialogue=_packed_dialogue(item.dialogue),
            character_count=item.character_count,
            **{name: getattr(item, name) for name in _ITEM_COLUMNS},
        )
    )


def find_item(tx: Transaction, history_item_id: HistoryItemId) -> HistoryItem | None:
    """An item, if the workspace has it."""
    row = tx.connection.execute(_items(tx).where(_ITEMS.c.history_item_id == history_item_id)).first()
    return None if row is None else _item(row)


def get_item(tx: Transaction, history_item_id: HistoryItemId) -> HistoryItem:
    """Raises HistoryItemNotFound."""
    item = find_item(tx, history_item_id)
    if item is None:
        raise not_found(history_item_id)
    return item


def not_found(history_item_id: HistoryItemId) -> HistoryItemNotFound:
    """What is said of an id that the workspace doesn't have."""
    return HistoryItemNotFound(f"A history item with ID '{history_item_id}' was not found on the server.")


def list_items(tx: Transaction, query: HistoryQuery, limit: int) -> list[HistoryItem]:
    """At most `limit` items, by the time they were made. Reads no further than it must.

    Ids begin with the time, so that dates are ranges of the index that also orders the list.
    """
    # Neither SQLite nor Postgres with the collation "C" knows the case of other letters than A to Z.
    needle = (query.search or "").casefold()
    listed = _items(tx).where(*_conditions(query)).order_by(_order(query))
    if not needle:
        listed = listed.limit(limit)
    with contextlib.closing(tx.connection.execute(listed.execution_options(yield_per=_ROWS_AT_ONCE))) as rows:
        found = (row for row in rows if needle in row.text.casefold())
        return [_item(row) for row in itertools.islice(found, limit)]


def _order(query: HistoryQuery) -> sa.ColumnElement[str]:
    return _ITEMS.c.history_item_id.desc() if query.descending else _ITEMS.c.history_item_id.asc()


def _conditions(query: HistoryQuery) -> Iterator[sa.ColumnElement[bool]]:
    item = _ITEMS.c
    # Always a range of ids, even if it is all of them: then SQLite walks the index in their order.
    if query.descending:
        yield item.history_item_id < (query.after or _BEHIND_ALL_IDS)
    else:
        yield item.history_item_id > (query.after or _BEFORE_ALL_IDS)
    if query.date_before_ms is not None:
        yield item.history_item_id < first_id_at(query.date_before_ms)
    if query.date_after_ms is not None:
        yield item.history_item_id >= first_id_at(query.date_after_ms)
    for column, value in (
        (item.voice_id, query.voice_id),
        (item.model_id, query.model_id),
        (item.source, query.source),
    ):
        if value is not None:
            yield column == value


def _items(tx: Transaction) -> sa.Select[Any]:
    columns = (_ITEMS.c[name] for name in (*_ITEM_COLUMNS, "settings", "dialogue"))
    return sa.select(*columns).where(_ITEMS.c.workspace_id == tx.workspace_id)


def _item(row: sa.Row[Any]) -> HistoryItem:
    values = {name: row._mapping[name] for name in _ITEM_COLUMNS}
    values |= {"voice_id": VoiceId(row.voice_id), "settings": VoiceSettings(**json.loads(row.settings))}
    return HistoryItem(**values, dialogue=_dialogue(row.dialogue))


def _packed_dialogue(lines: Sequence[DialogueLine]) -> str | None:
    return json.dumps([asdict(line) for line in lines]) if lines else None


def _dialogue(packed: str | None) -> tuple[DialogueLine, ...]:
    return () if packed is None else tuple(DialogueLine(**line) for line in json.loads(packed))


def delete_item(tx: Transaction, history_item_id: HistoryItemId) -> None:
    """Delete an item with its files and their audio; its speech is left to clean-up, like any that is unused.

    Raises: HistoryItemNotFound.
    """
    formats = sa.select(_FILES.c.output_format).where(*_of(tx, history_item_id))
    for output_format in tx.connection.execute(formats).scalars().all():
        _delete_file(tx, history_item_id, output_format)
    deleted = tx.connection.execute(
        _ITEMS.delete().where(
            _ITEMS.c.workspace_id == tx.workspace_id, _ITEMS.c.history_item_id == history_item_id
        )
    )
    if not deleted.rowcount:
        raise not_found(history_item_id)


def _of(
    tx: Transaction, history_item_id: HistoryItemId, output_format: str | None = None
) -> Iterator[sa.ColumnElement[bool]]:
    """Which rows of files: all of an item, or the one in a format."""
    yield _FILES.c.workspace_id == tx.workspace_id
    yield _FILES.c.history_item_id == history_item_id
    if output_format is not None:
        yield _FILES.c.output_format == output_format


def insert_file(
    tx: Transaction, history_item_id: HistoryItemId, file: HistoryFile, parts: Sequence[SnapshotPart]
) -> None:
    """Keep a file of an item and refer to every segment it needs, alignments included.

    Raises: HistoryItemNotFound; DataDamaged, when the records don't know one of the segments.
    """
    get_item(tx, history_item_id)
    tx.connection.execute(
        _FILES.insert().values(
            workspace_id=tx.workspace_id,
            history_item_id=history_item_id,
            head=file.head.content,
            document=pack_document(parts),
            **{name: getattr(file, name) for name in _FILE_COLUMNS},
        )
    )
    owner_id, needed = file_owner(history_item_id, file.output_format), needed_keys(file.head, parts)
    add_references(tx, ((owner_id, key) for key in needed))
    if count_references(tx, owner_id) != len(needed):
        msg = "A segment that a history item needs is no longer there. Speak it again."
        raise DataDamaged(msg)


def find_file(tx: Transaction, history_item_id: HistoryItemId, output_format: str) -> HistoryFile | None:
    """An item's file in a format, if it has been made."""
    columns = (_FILES.c[name] for name in (*_FILE_COLUMNS, "head"))
    row = tx.connection.execute(sa.select(*columns).where(*_of(tx, history_item_id, output_format))).first()
    if row is None:
        return None
    values = {name: row._mapping[name] for name in _FILE_COLUMNS}
    return HistoryFile(**values, head=FileHead(row.head))


def list_files(tx: Transaction) -> list[tuple[HistoryItemId, str]]:
    """(item, format) of every file of the workspace."""
    rows = tx.connection.execute(
        sa.select(_FILES.c.history_item_id, _FILES.c.output_format).where(
            _FILES.c.workspace_id == tx.workspace_id
        )
    )
    return [(HistoryItemId(row.history_item_id), row.output_format) for row in rows]


def get_file_parts(
    tx: Transaction, history_item_id: HistoryItemId, output_format: str
) -> tuple[SnapshotPart, ...]:
    """The parts of an item's file, in order.

    Raises: HistoryItemNotFound, also when the item hasn't such a file; DataDamaged.
    """
    document = tx.connection.execute(
        sa.select(_FILES.c.document).where(*_of(tx, history_item_id, output_format))
    ).scalar()
    if document is None:
        raise not_found(history_item_id)
    return unpack_document(document)


def find_named_files(
    tx: Transaction, history_item_ids: Sequence[HistoryItemId], output_format: str | None
) -> dict[HistoryItemId, NamedFile]:
    """Those items' files in a format, or in each item's own (None)."""
    item, file = _ITEMS.c, _FILES.c
    found: dict[HistoryItemId, NamedFile] = {}
    for chunk in chunks(history_item_ids):
        rows = tx.connection.execute(
            sa.select(
                item.history_item_id,
                item.voice_name,
                item.created_at_ms,
                file.output_format,
                file.size_bytes,
                file.crc32,
            )
            .join_from(_ITEMS, _FILES, file.history_item_id == item.history_item_id)
            .where(
                item.workspace_id == tx.workspace_id,
                item.history_item_id.in_(chunk),
                file.output_format == (item.output_format if output_format is None else output_format),
            )
        )
        found |= {row.history_item_id: NamedFile(*row) for row in rows}
    return found


def find_pack_ends(tx: Transaction, owner_ids: Sequence[str]) -> dict[str, int]:
    """Every pack with audio of these files, by `file_owner`, and the byte where the last of that audio ends."""
    reference, segment = schema.segment_references.c, schema.segments.c
    ends: dict[str, int] = {}
    for chunk in chunks(owner_ids):
        rows = tx.connection.execute(
            sa.select(segment.pack_id, sa.func.max(segment.offset_bytes + segment.size_bytes))
            .join_from(schema.segment_references, schema.segments, reference.segment_id == segment.segment_id)
            .where(
                segment.workspace_id == tx.workspace_id,
                reference.owner_id.in_(chunk),
                segment.kind == "audio",
                segment.pack_id.is_not(None),
            )
            .group_by(segment.pack_id)
        )
        for pack_id, end in rows:
            ends[pack_id] = max(end, ends.get(pack_id, 0))
    return ends


def touch_file(tx: Transaction, history_item_id: HistoryItemId, output_format: str) -> None:
    """Let a copy count as made just now."""
    tx.connection.execute(
        _FILES.update().where(*_of(tx, history_item_id, output_format)).values(created_at_ms=tx.now_ms)
    )


def _delete_file(tx: Transaction, history_item_id: HistoryItemId, output_format: str) -> None:
    """Delete one file of an item with its audio, which is of use to nobody else."""
    owner_id = file_owner(history_item_id, output_format)
    drop_owner(tx, owner_id, useless=schema.segments.c.kind == "audio")
    tx.connection.execute(_FILES.delete().where(*_of(tx, history_item_id, output_format)))


def delete_old_copy(
    tx: Transaction, history_item_id: HistoryItemId, output_format: str, *, before_ms: int
) -> None:
    """Delete a copy, unless it was touched since it was listed."""
    still_old = sa.select(_FILES.c.created_at_ms).where(
        *_of(tx, history_item_id, output_format), _FILES.c.created_at_ms < before_ms
    )
    if tx.connection.execute(still_old).first() is not None:
        _delete_file(tx, history_item_id, output_format)


def list_old_copies(tx: Transaction, *, before_ms: int) -> list[tuple[HistoryItemId, str]]:
    """(item, format) of each file in another format than its item's own that was made before a moment."""
    item, file = _ITEMS.c, _FILES.c
    rows = tx.connection.execute(
        sa.select(file.history_item_id, file.output_format)
        .join_from(_FILES, _ITEMS, item.history_item_id == file.history_item_id)
        .where(
            file.workspace_id == tx.workspace_id,
            file.created_at_ms < before_ms,
            file.output_format != item.output_format,
        )
    )
    return [(HistoryItemId(row.history_item_id), row.output_format) for row in rows]

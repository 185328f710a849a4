"""Queries on history: items, which never change, and their files, which are stored as a chapter's snapshot is."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.deleted_files import keep_deleted_files
from rhapsode.storage.history_index import reindexed
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, count_references, drop_owner, list_owners
from rhapsode.storage.rows import chunks, fetch_at_once, in_values
from rhapsode.storage.snapshot_document import pack_document, unpack_document
from rhapsode.storage.snapshots import get_chapter_snapshot, get_parts, needed_keys
from rhapsode.studio.errors import DataDamaged, HistoryItemNotFound
from rhapsode.studio.history import DialogueLine, HistoryFile, HistoryItem
from rhapsode.studio.ids import HistoryItemId, ProjectId, VoiceId
from rhapsode.studio.snapshot import ChapterSnapshot, FileHead, SnapshotPart
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
_NAMES = (_ITEMS.c.voice_name, _ITEMS.c.created_at_ms)
_FILE_COLUMNS = ("output_format", "frame_count", "size_bytes", "crc32", "created_at_ms")


class NamedFile(NamedTuple):
    """An item's file as a download lists it. owner_id: who refers to its segments."""

    history_item_id: HistoryItemId
    owner_id: str
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
    statement = _ITEMS.insert().values(
        workspace_id=tx.workspace_id,
        settings=json.dumps(asdict(item.settings), sort_keys=True),
        dialogue=_packed_dialogue(item.dialogue),
        character_count=item.character_count,
        **{name: getattr(item, name) for name in _ITEM_COLUMNS},
    )
    with reindexed(tx, item.created_at_ms):
        tx.connection.execute(statement)


def find_item(tx: Transaction, history_item_id: HistoryItemId) -> HistoryItem | None:
    """An item, if the workspace has it."""
    row = tx.connection.execute(select_items(tx).where(_ITEMS.c.history_item_id == history_item_id)).first()
    return None if row is None else item_of(row)


def get_item(tx: Transaction, history_item_id: HistoryItemId) -> HistoryItem:
    """Raises HistoryItemNotFound."""
    item = find_item(tx, history_item_id)
    if item is None:
        raise not_found(history_item_id)
    return item


def not_found(history_item_id: HistoryItemId) -> HistoryItemNotFound:
    """What is said of an id that the workspace doesn't have."""
    return HistoryItemNotFound(f"A history item with ID '{history_item_id}' was not found on the server.")


def select_items(tx: Transaction) -> sa.Select[Any]:
    """Items of the workspace, as rows that `item_of` takes."""
    columns = (_ITEMS.c[name] for name in (*_ITEM_COLUMNS, "settings", "dialogue"))
    return sa.select(*columns).where(_ITEMS.c.workspace_id == tx.workspace_id)


def item_of(row: sa.Row[Any]) -> HistoryItem:
    """The item in a row of `select_items`."""
    values = {name: row._mapping[name] for name in _ITEM_COLUMNS}
    values |= {"voice_id": VoiceId(row.voice_id), "settings": VoiceSettings(**json.loads(row.settings))}
    return HistoryItem(**values, dialogue=_dialogue(row.dialogue))


def _packed_dialogue(lines: Sequence[DialogueLine]) -> str | None:
    return json.dumps([asdict(line) for line in lines]) if lines else None


def _dialogue(packed: str | None) -> tuple[DialogueLine, ...]:
    return () if packed is None else tuple(DialogueLine(**line) for line in json.loads(packed))


def delete_item(tx: Transaction, history_item_id: HistoryItemId) -> None:
    """Delete an item. Its files and their audio are left to clean-up, for downloads that have begun.

    Raises: HistoryItemNotFound.
    """
    item = get_item(tx, history_item_id)
    keep_deleted_files(tx, history_item_id)
    statement = _ITEMS.delete().where(
        _ITEMS.c.workspace_id == tx.workspace_id, _ITEMS.c.history_item_id == history_item_id
    )
    with reindexed(tx, item.created_at_ms):
        tx.connection.execute(statement)


def delete_chapter_items(tx: Transaction, project_id: ProjectId) -> None:
    """Delete the items of all converted chapters of a project, before their snapshots are deleted."""
    item, snapshot = _ITEMS.c, schema.chapter_snapshots.c
    of_project = sa.select(snapshot.chapter_snapshot_id).where(
        snapshot.workspace_id == tx.workspace_id, snapshot.project_id == project_id
    )
    for chunk in chunks(tx.connection.execute(of_project).scalars().all()):
        selected = sa.select(item.history_item_id).where(
            item.chapter_snapshot_id.in_(chunk), item.workspace_id == tx.workspace_id
        )
        for history_item_id in tx.connection.execute(selected).scalars().all():
            delete_item(tx, history_item_id)


def list_lost_chapters(tx: Transaction) -> list[HistoryItemId]:
    """Items whose converted chapter isn't there."""
    item, snapshot = _ITEMS.c, schema.chapter_snapshots.c
    is_there = sa.exists().where(
        snapshot.chapter_snapshot_id == item.chapter_snapshot_id, snapshot.workspace_id == item.workspace_id
    )
    lost = sa.select(item.history_item_id).where(
        item.workspace_id == tx.workspace_id, item.chapter_snapshot_id.is_not(None), ~is_there
    )
    return list(tx.connection.execute(lost).scalars())


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
    """An item's file in a format, if it has been made, or is that of a converted chapter."""
    columns = (_FILES.c[name] for name in (*_FILE_COLUMNS, "head"))
    row = tx.connection.execute(sa.select(*columns).where(*_of(tx, history_item_id, output_format))).first()
    if row is None:
        snapshot = _find_chapter(tx, history_item_id, output_format)
        return None if snapshot is None else _chapter_file(snapshot, output_format)
    values = {name: row._mapping[name] for name in _FILE_COLUMNS}
    return HistoryFile(**values, head=FileHead(row.head))


def _chapter_file(snapshot: ChapterSnapshot, output_format: str) -> HistoryFile:
    return HistoryFile(
        output_format=output_format,
        frame_count=snapshot.frame_count,
        size_bytes=snapshot.file_size_bytes,
        crc32=snapshot.file_crc32,
        head=snapshot.head,
        created_at_ms=snapshot.created_at_ms,
    )


def _find_chapter(
    tx: Transaction, history_item_id: HistoryItemId, output_format: str
) -> ChapterSnapshot | None:
    """The converted chapter whose file is that of an item in a format."""
    item = find_item(tx, history_item_id)
    if item is None or item.chapter_snapshot_id is None or item.output_format != output_format:
        return None
    return get_chapter_snapshot(tx, item.chapter_snapshot_id)


def list_files(tx: Transaction) -> list[tuple[HistoryItemId, str]]:
    """(item, format) of every file of the workspace that isn't that of a converted chapter."""
    rows = tx.connection.execute(
        sa.select(_FILES.c.history_item_id, _FILES.c.output_format).where(
            _FILES.c.workspace_id == tx.workspace_id
        )
    )
    return [(HistoryItemId(row.history_item_id), row.output_format) for row in rows]


def list_items_of_speech(tx: Transaction, keys: Collection[bytes]) -> list[HistoryItem]:
    """Items with a file of their own that refers to any of these segments, those that are deleted left out."""
    listed = dict.fromkeys(owner.partition("/")[0] for owner in list_owners(tx, keys) if "/" in owner)
    found = (find_item(tx, HistoryItemId(history_item_id)) for history_item_id in listed)
    return [item for item in found if item is not None]


def get_file_parts(
    tx: Transaction, history_item_id: HistoryItemId, output_format: str
) -> tuple[SnapshotPart, ...]:
    """The parts of an item's file, in order.

    Raises: HistoryItemNotFound, also when the item hasn't such a file; DataDamaged.
    """
    document = tx.connection.execute(
        sa.select(_FILES.c.document).where(*_of(tx, history_item_id, output_format))
    ).scalar()
    if document is not None:
        return unpack_document(document)
    snapshot = _find_chapter(tx, history_item_id, output_format)
    if snapshot is None:
        raise not_found(history_item_id)
    return get_parts(tx, snapshot.chapter_snapshot_id)


def find_named_files(
    tx: Transaction, history_item_ids: Sequence[HistoryItemId], output_format: str | None
) -> dict[HistoryItemId, NamedFile]:
    """Those items' files in a format, or in each item's own (None)."""
    found: dict[HistoryItemId, NamedFile] = {}
    for selected in (_named_files(output_format), _named_chapters(output_format)):
        missing = [item_id for item_id in history_item_ids if item_id not in found]
        if missing:
            # Not the column itself: for its index SQLite would walk through all items of the workspace.
            of_workspace = _ITEMS.c.workspace_id + "" == tx.workspace_id
            wanted = in_values(tx.connection, _ITEMS.c.history_item_id, missing)
            rows = fetch_at_once(tx.connection, selected.where(of_workspace, wanted))
            found |= {
                item: NamedFile(item, owner or file_owner(item, form), voice, made, form, size, crc32)
                for item, owner, voice, made, form, size, crc32 in rows
            }
    return found


def _named_files(output_format: str | None) -> sa.Select[Any]:
    """Files of items' own, in the order of the fields of `NamedFile`."""
    item, file = _ITEMS.c, _FILES.c
    return (
        sa.select(
            _ITEMS.c.history_item_id,
            # Ten thousand of them are joined sooner in Python.
            sa.null().label("owner_id"),
            *_NAMES,
            file.output_format,
            file.size_bytes,
            file.crc32,
        )
        .join_from(_ITEMS, _FILES, file.history_item_id == item.history_item_id)
        .where(file.output_format == (item.output_format if output_format is None else output_format))
    )


def _named_chapters(output_format: str | None) -> sa.Select[Any]:
    """Converted chapters that are items' files, likewise."""
    item, snapshot = _ITEMS.c, schema.chapter_snapshots.c
    is_asked_for = sa.true() if output_format is None else item.output_format == output_format
    return (
        sa.select(
            _ITEMS.c.history_item_id,
            snapshot.chapter_snapshot_id.label("owner_id"),
            *_NAMES,
            item.output_format,
            snapshot.file_size_bytes,
            snapshot.file_crc32,
        )
        .join_from(
            _ITEMS,
            schema.chapter_snapshots,
            sa.and_(
                snapshot.chapter_snapshot_id == item.chapter_snapshot_id,
                snapshot.workspace_id == item.workspace_id,
            ),
        )
        .where(is_asked_for)
    )


def find_file_contents(
    tx: Transaction, history_item_ids: Iterable[str], output_format: str
) -> dict[str, tuple[bytes, bytes]]:
    """Head and document of items' files of their own in a format, by the owner of their segments."""
    rows = tx.connection.execute(
        sa.select(_FILES.c.history_item_id, _FILES.c.head, _FILES.c.document).where(
            _FILES.c.workspace_id + "" == tx.workspace_id,
            in_values(tx.connection, _FILES.c.history_item_id, history_item_ids),
            _FILES.c.output_format == output_format,
        )
    ).all()
    return {file_owner(row[0], output_format): (row[1], row[2]) for row in rows}


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

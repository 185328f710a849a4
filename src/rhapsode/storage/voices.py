"""Queries on voices that are files: those of a workspace, and those that all workspaces share."""

import json
import threading
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import sqlalchemy as sa
from cachetools import LRUCache

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Transaction
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.voice import Voice

_TABLE, _FILES = schema.voices, schema.voice_files
_COLUMNS = frozenset({"voice_id", "engine", "name", "files", "created_at_ms"})
_DOCUMENT = tuple(field.name for field in fields(Voice) if field.name not in _COLUMNS)


class StoredVoice(NamedTuple):
    """A voice that the workspace has, or had.

    changed_at_ms: Unix milliseconds.    origin: what installs it, in the words of `rhapsode voices install`.
    is_removed: it is no more, and its files may be gone as well.    workspace_id: whose it is, or who shares it.
    """

    voice: Voice
    is_shared: bool
    changed_at_ms: int
    origin: str = ""
    is_removed: bool = False
    workspace_id: WorkspaceId = DEFAULT_WORKSPACE_ID


def list_stored_voices(tx: Transaction) -> list[StoredVoice]:
    """The workspace's own voices and those that all share, the oldest first."""
    return [stored for stored in list_voices_ever(tx) if not stored.is_removed]


# Every request asks for them, and one file may be nine hundred voices, which take 40 ms to read. Each is what one
# workspace has; most have the same.
_remembered: LRUCache[Hashable, Sequence[StoredVoice]] = LRUCache(maxsize=16)
_lock = threading.Lock()


def list_voices_ever(tx: Transaction) -> list[StoredVoice]:
    """The same with those that were removed."""
    state = _state(tx)
    with _lock:
        found = _remembered.get(state)
    if found is None:
        found = _read_voices(tx)
        with _lock:
            _remembered[state] = found
    return list(found)


def _state(tx: Transaction) -> Hashable:
    """What differs whenever a voice has come, changed or gone, or its files have.

    No row goes. Each that comes or is replaced adds to the first sum; as long as that stays, each that is removed
    adds to the second, and there are only ever fewer files.
    """
    changed_ms, removed_ms = (
        sa.func.coalesce(sa.func.sum(column), 0)
        for column in (_TABLE.c.changed_at_ms, _TABLE.c.removed_at_ms)
    )
    of_them = sa.select(sa.func.count()).join_from(_FILES, _TABLE, _FILES.c.voice_id == _TABLE.c.voice_id)
    query = sa.select(changed_ms, removed_ms, of_them.where(_has(tx)).scalar_subquery()).where(_has(tx))
    return tx.connection.engine.url, tx.workspace_id, *tx.connection.execute(query).one()


def _read_voices(tx: Transaction) -> Sequence[StoredVoice]:
    query = sa.select(_TABLE).where(_has(tx)).order_by(_TABLE.c.created_at_ms, _TABLE.c.voice_id)
    rows = tx.connection.execute(query).all()
    files = _list_files(tx) if rows else {}
    return tuple(_stored(row, files.get(row.voice_id, {})) for row in rows)


def insert_voice(
    tx: Transaction, voice: Voice, files: Mapping[str, VoiceFile], *, is_shared: bool, origin: str = ""
) -> None:
    """Keep a voice whose files are in the store, by what each is to its engine.

    One of the same id that the workspace has, or had, is replaced; when it was made stays.
    Raises: InvalidInput, when another workspace has one of this id.
    """
    row = tx.connection.execute(_TABLE.select().where(_TABLE.c.voice_id == voice.voice_id)).first()
    values = _values(tx, voice, is_shared=is_shared, origin=origin)
    if row is None:
        own = {"voice_id": voice.voice_id, "workspace_id": tx.workspace_id, "created_at_ms": tx.now_ms}
        tx.connection.execute(_TABLE.insert().values(own | values))
    elif row.workspace_id != tx.workspace_id:
        msg = f"Another workspace has a voice with the id {voice.voice_id}."
        raise InvalidInput(msg)
    else:
        # Whoever remembers voices knows by this that one has changed.
        changed = {"changed_at_ms": max(tx.now_ms, row.changed_at_ms + 1)}
        tx.connection.execute(_TABLE.update().where(*_own(tx, voice.voice_id)).values(values | changed))
        of_it = (_FILES.c.workspace_id == tx.workspace_id, _FILES.c.voice_id == voice.voice_id)
        tx.connection.execute(_FILES.delete().where(*of_it))
    _insert_files(tx, voice.voice_id, files)


def _values(tx: Transaction, voice: Voice, *, is_shared: bool, origin: str) -> dict[str, Any]:
    return {
        "is_shared": is_shared,
        "engine": voice.engine,
        "name": voice.name,
        "origin": origin,
        "document": json.dumps({name: getattr(voice, name) for name in _DOCUMENT}, default=dict),
        "changed_at_ms": tx.now_ms,
        "removed_at_ms": None,
    }


def _insert_files(tx: Transaction, voice_id: VoiceId, files: Mapping[str, VoiceFile]) -> None:
    rows = [
        {
            "voice_id": voice_id,
            "workspace_id": tx.workspace_id,
            "role": role,
            "digest": bytes.fromhex(file.digest),
            "size_bytes": file.size_bytes,
        }
        for role, file in files.items()
    ]
    if rows:
        tx.connection.execute(_FILES.insert(), rows)


def delete_voice(tx: Transaction, voice_id: VoiceId) -> bool:
    """Take away a voice that is the workspace's own, or that it shares with all; False when it has none of this id.

    Conversions that run go on with it: its files stay for a day, or until they end (storage.voice_blobs).
    """
    installed = (*_own(tx, voice_id), _TABLE.c.removed_at_ms.is_(None))
    gone = _TABLE.update().where(*installed).values(removed_at_ms=tx.now_ms)
    return tx.connection.execute(gone).rowcount > 0


def list_voice_files(tx: Transaction, voice_ids: Iterable[VoiceId]) -> dict[VoiceId, dict[str, VoiceFile]]:
    """The files of some of the voices that the workspace has or had, by role."""
    wanted = set(voice_ids)
    return {voice_id: files for voice_id, files in _list_files(tx).items() if voice_id in wanted}


def _own(tx: Transaction, voice_id: VoiceId) -> tuple[sa.ColumnElement[bool], ...]:
    return (_TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.voice_id == voice_id)


def _has(tx: Transaction) -> sa.ColumnElement[bool]:
    return sa.or_(_TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.is_shared)


def _list_files(tx: Transaction) -> dict[VoiceId, dict[str, VoiceFile]]:
    rows = tx.connection.execute(
        sa.select(_FILES.c.voice_id, _FILES.c.role, _FILES.c.digest, _FILES.c.size_bytes)
        .join_from(_FILES, _TABLE, _FILES.c.voice_id == _TABLE.c.voice_id)
        .where(_has(tx))
        .order_by(_FILES.c.voice_id, _FILES.c.role)
    )
    found: dict[VoiceId, dict[str, VoiceFile]] = {}
    for voice_id, role, digest, size_bytes in rows:
        found.setdefault(voice_id, {})[role] = VoiceFile(digest.hex(), size_bytes)
    return found


def _stored(row: sa.Row[Any], files: Mapping[str, VoiceFile]) -> StoredVoice:
    document = json.loads(row.document)
    voice = Voice(
        voice_id=row.voice_id,
        engine=row.engine,
        name=row.name,
        files={role: file.digest for role, file in files.items()},
        created_at_ms=row.created_at_ms,
        **document | {"languages": tuple(document["languages"])},
    )
    is_removed = row.removed_at_ms is not None
    return StoredVoice(
        voice, row.is_shared, row.changed_at_ms, row.origin, is_removed, WorkspaceId(row.workspace_id)
    )

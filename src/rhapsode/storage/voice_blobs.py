"""The files of voices in the store, and when they go.

A file has a row before its blob, and loses it after: none is in the store that nobody would ever delete.
"""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction, check_alone, exclude_others
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.storage.voice_files import VoiceFile, voice_file_key
from rhapsode.studio.ids import VoiceId, WorkspaceId

_BLOBS, _FILES, _VOICES = schema.voice_blobs, schema.voice_files, schema.voices
_FILES_OF_ALL = "voice files"
_RUNS = ("in_queue", "converting")


def want_blob(tx: Transaction, file: VoiceFile) -> None:
    """Say that a file of voices is about to be put; one that is there stays there."""
    exclude_others(tx, _FILES_OF_ALL)
    digest, wanted = bytes.fromhex(file.digest), {"wanted_at_ms": tx.now_ms}
    own = {"digest": digest, "workspace_id": tx.workspace_id, "size_bytes": file.size_bytes}
    tx.connection.execute(insert_or_ignore(tx.connection, _BLOBS), own | wanted)
    tx.connection.execute(_BLOBS.update().where(*_of(tx, digest)).values(wanted))


def drop_removed_voices(tx: Transaction, *, before_ms: int) -> int:
    """Let go of the files of voices that were removed before a moment, unless a conversion from before that runs.

    Returns: of how many voices. Their rows stay, so that whoever misses one is told its name.
    """
    due = tx.connection.execute(
        sa.select(_VOICES.c.voice_id)
        .join_from(_VOICES, _FILES, _FILES.c.voice_id == _VOICES.c.voice_id)
        .where(
            _VOICES.c.workspace_id == tx.workspace_id,
            _VOICES.c.removed_at_ms <= before_ms,
            ~_may_be_spoken(),
        )
        .distinct()
    ).scalars()
    voice_ids = [VoiceId(voice_id) for voice_id in due]
    for voice_id in voice_ids:
        own = (_FILES.c.workspace_id == tx.workspace_id, _FILES.c.voice_id == voice_id)
        tx.connection.execute(_FILES.delete().where(*own))
    return len(voice_ids)


def _may_be_spoken() -> sa.ColumnElement[bool]:
    """Whether a conversion runs that began while the voice was there, of whoever has it."""
    run = schema.conversions.c
    return sa.exists().where(
        run.state.in_(_RUNS),
        run.created_at_ms <= _VOICES.c.removed_at_ms,
        sa.or_(_VOICES.c.is_shared, run.workspace_id == _VOICES.c.workspace_id),
    )


def delete_unused_blobs(records: Records, blobs: Blobs, workspace_id: WorkspaceId, *, before_ms: int) -> int:
    """Delete files that no voice is made of and that were last wanted before a moment; how many they were."""
    with records.read(workspace_id) as tx:
        digests = (
            tx.connection.execute(sa.select(_BLOBS.c.digest).where(*_unused(tx, before_ms))).scalars().all()
        )
    deleted = 0
    for digest in digests:
        # Whoever puts it again says so first, which has to wait for the end of this.
        with records.write(workspace_id) as tx:
            exclude_others(tx, _FILES_OF_ALL)
            one = (*_unused(tx, before_ms), _BLOBS.c.digest == digest)
            if tx.connection.execute(sa.select(_BLOBS.c.digest).where(*one)).first() is None:
                continue
            if not _is_elsewhere(tx, digest):
                check_alone(tx)
                blobs.delete(voice_file_key(digest.hex()))
            tx.connection.execute(_BLOBS.delete().where(*_of(tx, digest)))
            deleted += 1
    return deleted


def _unused(tx: Transaction, before_ms: int) -> tuple[sa.ColumnElement[bool], ...]:
    # One file serves all workspaces that have voices of it.
    used = sa.exists().where(_FILES.c.digest == _BLOBS.c.digest)
    return (_BLOBS.c.workspace_id == tx.workspace_id, _BLOBS.c.wanted_at_ms <= before_ms, ~used)


def _is_elsewhere(tx: Transaction, digest: bytes) -> bool:
    """Whether another workspace has the same file, or is about to."""
    other = sa.exists().where(_BLOBS.c.digest == digest, _BLOBS.c.workspace_id != tx.workspace_id)
    return bool(tx.connection.execute(sa.select(other)).scalar())


def _of(tx: Transaction, digest: bytes) -> tuple[sa.ColumnElement[bool], ...]:
    return (_BLOBS.c.workspace_id == tx.workspace_id, _BLOBS.c.digest == digest)

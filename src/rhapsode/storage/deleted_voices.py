"""Voices that a workspace has made and deleted: some time later they can't be restored any more."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.conversions import list_unfinished_conversions
from rhapsode.storage.records import Transaction

_VOICES, _EDITS = schema.voices, schema.voice_edits


def remove_deleted_voices(tx: Transaction, *, before_ms: int) -> int:
    """Remove the workspace's own voices that it deleted before a moment; how many they were.

    None while conversions run, which may have yet to speak with them. Files go as those of others that were removed.
    """
    if list_unfinished_conversions(tx):
        return 0
    deleted_at_ms = (
        sa.select(_EDITS.c.deleted_at_ms)
        .where(_EDITS.c.workspace_id == tx.workspace_id, _EDITS.c.voice_id == _VOICES.c.voice_id)
        .scalar_subquery()
    )
    removed = (
        _VOICES.update()
        .where(
            _VOICES.c.workspace_id == tx.workspace_id,
            ~_VOICES.c.is_shared,
            _VOICES.c.removed_at_ms.is_(None),
            deleted_at_ms <= before_ms,
        )
        .values(removed_at_ms=deleted_at_ms)
    )
    return tx.connection.execute(removed).rowcount

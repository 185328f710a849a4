"""Queries on how loud voices are: measured once, and never again."""

from collections.abc import Iterable

import sqlalchemy as sa

from rhapsode.audio.mastering import Level
from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, insert_or_ignore

_TABLE = schema.voice_levels


def find_levels(tx: Transaction, level_keys: Iterable[bytes]) -> dict[bytes, Level]:
    """Those of the levels that have been measured, by their keys (keys.level_key)."""
    found: dict[bytes, Level] = {}
    for chunk in chunks(list(dict.fromkeys(level_keys))):
        rows = tx.connection.execute(
            sa.select(_TABLE.c.level_key, _TABLE.c.rms_db, _TABLE.c.peak_db).where(
                _TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.level_key.in_(chunk)
            )
        )
        found |= {row.level_key: Level(rms_db=row.rms_db, peak_db=row.peak_db) for row in rows}
    return found


def keep_level(tx: Transaction, level_key: bytes, level: Level) -> None:
    """Keep what was measured; what somebody else has kept before stays, as audio may have been made with it."""
    tx.connection.execute(
        insert_or_ignore(tx.connection, _TABLE).values(
            workspace_id=tx.workspace_id,
            level_key=level_key,
            rms_db=level.rms_db,
            peak_db=level.peak_db,
            created_at_ms=tx.now_ms,
        )
    )

"""Queries on how fast voices speak. As with their levels: when enough is known it stays what it is."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from rhapsode.audio.pace import PACE_PARTS, Pace
from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, insert_or_ignore

_TABLE = schema.voice_paces


def find_paces(tx: Transaction, level_keys: Iterable[bytes]) -> dict[bytes, Pace]:
    """What is known of voices as they read somewhere, by the keys of their levels (keys.level_key)."""
    found: dict[bytes, Pace] = {}
    for chunk in chunks(list(dict.fromkeys(level_keys))):
        rows = tx.connection.execute(
            sa.select(
                _TABLE.c.level_key, _TABLE.c.part_count, _TABLE.c.log_sum, _TABLE.c.log_square_sum
            ).where(_TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.level_key.in_(chunk))
        )
        found |= {row.level_key: Pace(row.part_count, row.log_sum, row.log_square_sum) for row in rows}
    return found


def add_paces(tx: Transaction, paces: Mapping[bytes, Pace]) -> None:
    """Add to what is known, unless that is enough: so all later speech of a voice is judged alike."""
    for level_key, pace in paces.items():
        if not pace.part_count:
            continue
        identity = {"workspace_id": tx.workspace_id, "level_key": level_key}
        nothing = {"part_count": 0, "log_sum": 0.0, "log_square_sum": 0.0}
        tx.connection.execute(insert_or_ignore(tx.connection, _TABLE).values(identity | nothing))
        tx.connection.execute(
            _TABLE.update()
            .where(
                _TABLE.c.workspace_id == tx.workspace_id,
                _TABLE.c.level_key == level_key,
                _TABLE.c.part_count < PACE_PARTS,
            )
            .values(
                part_count=_TABLE.c.part_count + pace.part_count,
                log_sum=_TABLE.c.log_sum + pace.log_sum,
                log_square_sum=_TABLE.c.log_square_sum + pace.log_square_sum,
            )
        )

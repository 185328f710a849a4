"""Queries on what API keys have had spoken, month by month, and how much they may.

Paid before anything is spoken, and what isn't spoken after all is given back: so no two requests at once can
have the same characters. After a kill in between, what a single text was to cost stays paid; a conversion goes on.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.errors import ApiKeyNotFound, QuotaExceeded
from rhapsode.studio.ids import ApiKeyId

_TABLE = schema.key_usage


def pay(tx: Transaction, key_id: ApiKeyId, character_count: int) -> None:
    """Count characters for a key, in the month of the transaction.

    Raises: QuotaExceeded, with nothing counted, when the key may not have so many any more; ApiKeyNotFound.
    """
    month = month_name(tx.now_ms)
    limit = get_character_limit(tx, key_id)
    identity = {"key_id": key_id, "month": month, "workspace_id": tx.workspace_id}
    tx.connection.execute(insert_or_ignore(tx.connection, _TABLE).values(identity | {"character_count": 0}))
    # Asked and counted in one statement, so that it is exact wherever other transactions write meanwhile.
    fits = sa.true() if limit is None else _TABLE.c.character_count + character_count <= limit
    counted = tx.connection.execute(
        _TABLE.update()
        .where(_of(tx, key_id, month), fits)
        .values(character_count=_TABLE.c.character_count + character_count)
    )
    if counted.rowcount == 0 and limit is not None:
        raise _exceeded(limit, count_characters(tx, key_id), character_count)


def _exceeded(limit: int, used: int, wanted: int) -> QuotaExceeded:
    """In the words of the original, which clients look for."""
    return QuotaExceeded(
        f"This request exceeds your quota of {limit}. You have {max(0, limit - used)} characters remaining, "
        f"while {wanted} characters are required for this request."
    )


def give_back(tx: Transaction, key_id: ApiKeyId, character_count: int, *, paid_at_ms: int) -> None:
    """Take back what was counted for a key. paid_at_ms: in the month of this moment, Unix milliseconds."""
    tx.connection.execute(
        _TABLE.update()
        .where(_of(tx, key_id, month_name(paid_at_ms)))
        .values(character_count=_TABLE.c.character_count - character_count)
    )


def get_character_limit(tx: Transaction, key_id: ApiKeyId) -> int | None:
    """Characters that a key may have spoken in a month; None for any number. Raises: ApiKeyNotFound."""
    keys = schema.api_keys
    row = tx.connection.execute(
        sa.select(keys.c.character_limit).where(
            keys.c.workspace_id == tx.workspace_id, keys.c.key_id == key_id
        )
    ).first()
    if row is None:
        msg = f"There is no key {key_id}."
        raise ApiKeyNotFound(msg)
    return None if row.character_limit is None else int(row.character_limit)


def count_characters(tx: Transaction, key_id: ApiKeyId) -> int:
    """Characters that a key has had spoken in the month of the transaction."""
    query = sa.select(_TABLE.c.character_count).where(_of(tx, key_id, month_name(tx.now_ms)))
    return tx.connection.execute(query).scalar() or 0


def list_characters(tx: Transaction) -> dict[ApiKeyId, int]:
    """The same of all keys that had anything spoken in this month."""
    keys = schema.api_keys.c
    in_workspace = sa.select(keys.key_id).where(keys.workspace_id == tx.workspace_id)
    query = sa.select(_TABLE.c.key_id, _TABLE.c.character_count).where(
        _TABLE.c.workspace_id == tx.workspace_id,
        _TABLE.c.key_id.in_(in_workspace),
        _TABLE.c.month == month_name(tx.now_ms),
    )
    return {row.key_id: row.character_count for row in tx.connection.execute(query)}


def month_name(moment_ms: int) -> str:
    """The month of a moment in UTC, as in "2026-03". moment_ms: Unix milliseconds."""
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m}"


def _of(tx: Transaction, key_id: ApiKeyId, month: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        _TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.key_id == key_id, _TABLE.c.month == month
    )

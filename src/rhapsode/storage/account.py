"""Queries on a workspace as a whole: since when it is there, and what it has used."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction

DAY_MS = 24 * 3600 * 1000


def get_created_at_ms(tx: Transaction) -> int:
    """When the workspace was made, in Unix milliseconds. The workspace has to exist."""
    query = sa.select(schema.workspaces.c.created_at_ms).where(
        schema.workspaces.c.workspace_id == tx.workspace_id
    )
    return int(tx.connection.execute(query).scalar_one())


def count_characters_spoken(tx: Transaction, *, since_ms: int) -> int:
    """Code points that the workspace has had spoken since a moment; what was spoken before is never counted again."""
    ledger = schema.usage_ledger.c
    query = sa.select(sa.func.coalesce(sa.func.sum(ledger.character_count), 0)).where(
        ledger.workspace_id == tx.workspace_id, ledger.created_at_ms >= since_ms, ledger.kind == "speech"
    )
    return int(tx.connection.execute(query).scalar_one())


def list_daily_characters(tx: Transaction, *, since_ms: int) -> dict[int, int]:
    """The same by calendar day in UTC, the first of 1970 being 0; days without speech aren't there."""
    ledger = schema.usage_ledger.c
    # Not a parameter: Postgres would take it for another day in GROUP BY.
    day = ledger.created_at_ms.op("/")(sa.literal_column(str(DAY_MS)))
    query = sa.select(day, sa.func.sum(ledger.character_count)).where(
        ledger.workspace_id == tx.workspace_id, ledger.created_at_ms >= since_ms, ledger.kind == "speech"
    )
    return {int(day): int(count) for day, count in tx.connection.execute(query.group_by(day))}

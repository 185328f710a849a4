"""Queries on a workspace as a whole: since when it is there, and what it has used."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction


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

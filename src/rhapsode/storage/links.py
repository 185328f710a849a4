"""Queries on what addresses that need no key are signed with, and on which of them were revoked."""

from collections.abc import Mapping

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import insert_or_ignore

_WORKSPACES, _REVOCATIONS = schema.workspaces, schema.link_revocations


def find_link_secret(tx: Transaction) -> bytes | None:
    """What the workspace signs with; None where it has told no such address yet, or isn't there."""
    secret = sa.select(_WORKSPACES.c.link_secret).where(_WORKSPACES.c.workspace_id == tx.workspace_id)
    found: bytes | None = tx.connection.execute(secret).scalar()
    return found


def keep_link_secret(tx: Transaction, secret: bytes) -> None:
    """Let the workspace sign with this from now on, unless it has something to sign with."""
    tx.connection.execute(
        _WORKSPACES.update()
        .where(_WORKSPACES.c.workspace_id == tx.workspace_id, _WORKSPACES.c.link_secret.is_(None))
        .values(link_secret=secret)
    )


def get_revoked_count(tx: Transaction, resource: str) -> int:
    """How often the address of a resource was revoked."""
    count = _select(tx).where(_REVOCATIONS.c.resource == resource)
    row = tx.connection.execute(count).first()
    return 0 if row is None else row.revoked_count


def list_revoked_counts(tx: Transaction, kind: str) -> Mapping[str, int]:
    """The same of all resources `{kind}:...` whose address was revoked at all, by their names."""
    # A semicolon follows the colon: the names are a stretch of the key.
    named = _select(tx).where(_REVOCATIONS.c.resource > f"{kind}:", _REVOCATIONS.c.resource < f"{kind};")
    return {row.resource: row.revoked_count for row in tx.connection.execute(named)}


def revoke_link(tx: Transaction, resource: str) -> None:
    """Count one more."""
    identity = {"workspace_id": tx.workspace_id, "resource": resource}
    tx.connection.execute(insert_or_ignore(tx.connection, _REVOCATIONS).values(**identity, revoked_count=0))
    tx.connection.execute(
        _REVOCATIONS.update()
        .where(_REVOCATIONS.c.workspace_id == tx.workspace_id, _REVOCATIONS.c.resource == resource)
        .values(revoked_count=_REVOCATIONS.c.revoked_count + 1)
    )


def _select(tx: Transaction) -> sa.Select[tuple[str, int]]:
    columns = sa.select(_REVOCATIONS.c.resource, _REVOCATIONS.c.revoked_count)
    return columns.where(_REVOCATIONS.c.workspace_id == tx.workspace_id)

"""Queries on API keys, of which only the digests are kept."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.errors import ApiKeyNotFound
from rhapsode.studio.ids import ApiKeyId, WorkspaceId


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret.

    hint: the last characters of the secret, by which a person tells keys apart.
    created_at_ms, revoked_at_ms: Unix milliseconds; None while it works.
    character_limit: code points that it may have spoken in a calendar month, in UTC; None for any number.
    """

    key_id: ApiKeyId
    name: str
    hint: str
    created_at_ms: int
    revoked_at_ms: int | None = None
    character_limit: int | None = None


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose a key is: the workspace that it opens. key_id: of the key itself."""

    workspace_id: WorkspaceId
    key_id: ApiKeyId


_FIELDS = ("key_id", "name", "hint", "created_at_ms", "revoked_at_ms", "character_limit")


def insert_api_key(tx: Transaction, api_key: ApiKey, *, digest: bytes) -> None:
    """Keep a key. digest: SHA-256 of its secret. A key whose digest is known already stays as it is."""
    values = {name: getattr(api_key, name) for name in _FIELDS}
    tx.connection.execute(
        insert_or_ignore(tx.connection, schema.api_keys).values(
            workspace_id=tx.workspace_id, digest=digest, **values
        )
    )


def list_api_keys(tx: Transaction) -> list[ApiKey]:
    """The workspace's keys, revoked ones too, the oldest first."""
    query = _keys().where(schema.api_keys.c.workspace_id == tx.workspace_id)
    return [_api_key(row) for row in tx.connection.execute(query.order_by(schema.api_keys.c.key_id))]


def get_api_key_by_digest(tx: Transaction, digest: bytes) -> ApiKey:
    """Raises ApiKeyNotFound when the workspace has no key with this digest."""
    query = _keys().where(
        schema.api_keys.c.workspace_id == tx.workspace_id, schema.api_keys.c.digest == digest
    )
    row = tx.connection.execute(query).first()
    if row is None:
        msg = "There is no such key."
        raise ApiKeyNotFound(msg)
    return _api_key(row)


def revoke_api_key(tx: Transaction, key_id: ApiKeyId) -> None:
    """Let a key open nothing any more. A second time changes nothing.

    Raises: ApiKeyNotFound when the workspace has no such key.
    """
    found = tx.connection.execute(
        schema.api_keys.update()
        .where(schema.api_keys.c.workspace_id == tx.workspace_id, schema.api_keys.c.key_id == key_id)
        .values(revoked_at_ms=sa.func.coalesce(schema.api_keys.c.revoked_at_ms, tx.now_ms))
    )
    if found.rowcount == 0:
        msg = f"There is no key {key_id}."
        raise ApiKeyNotFound(msg)


def find_key_owner(records: Records, digest: bytes) -> KeyOwner | None:
    """Whose the key with this digest is; None for an unknown or a revoked one.

    The one question that names no workspace, because its answer is one.
    """
    keys = schema.api_keys.c
    query = sa.select(keys.workspace_id, keys.key_id).where(
        keys.digest == digest, keys.revoked_at_ms.is_(None)
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = tx.connection.execute(query).first()
    return None if found is None else KeyOwner(**found._mapping)


def _keys() -> sa.Select[Any]:
    return sa.select(*(schema.api_keys.c[name] for name in _FIELDS))


def _api_key(row: sa.Row[Any]) -> ApiKey:
    return ApiKey(**row._mapping)

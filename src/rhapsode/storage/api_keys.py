"""Queries on API keys, of which only the digests are kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.errors import ApiKeyNotFound
from rhapsode.studio.ids import ApiKeyId, UserId, WorkspaceId
from rhapsode.studio.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerms:
    """What a key may be used for.

    character_limit: code points that it may have spoken in a calendar month, in UTC; None for any number.
    expires_at_ms: Unix milliseconds from which on it opens nothing; None for never.
    permissions: of `access.permissions`; None for everything.
    requests_per_minute, concurrent_requests: None for what the server allows each key.
    """

    character_limit: int | None = None
    expires_at_ms: int | None = None
    permissions: tuple[str, ...] | None = None
    requests_per_minute: int | None = None
    concurrent_requests: int | None = None


NO_TERMS = KeyTerms()
"""A key may do everything, as often as the server allows, until it is revoked."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret.

    hint: the last characters of the secret, by which a person tells keys apart.
    created_at_ms, revoked_at_ms: Unix milliseconds; None while it works.
    user_id: whose role it has; None for a key of the workspace itself.
    """

    key_id: ApiKeyId
    name: str
    hint: str
    created_at_ms: int
    revoked_at_ms: int | None = None
    terms: KeyTerms = NO_TERMS
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose a key is: the workspace that it opens, and on which terms. key_id: of the key itself.

    user_id, role: of the user whose key it is; None for a key of the workspace itself.
    """

    workspace_id: WorkspaceId
    key_id: ApiKeyId
    terms: KeyTerms = NO_TERMS
    user_id: UserId | None = None
    role: Role | None = None


_FIELDS = ("key_id", "name", "hint", "created_at_ms", "revoked_at_ms", "user_id")
TERMS = ("character_limit", "expires_at_ms", "permissions", "requests_per_minute", "concurrent_requests")
"""The columns that `terms_of` reads."""


def insert_api_key(tx: Transaction, api_key: ApiKey, *, digest: bytes) -> None:
    """Keep a key. digest: SHA-256 of its secret. A key whose digest is known already stays as it is."""
    values = {name: getattr(api_key, name) for name in _FIELDS} | asdict(api_key.terms)
    if api_key.terms.permissions is not None:
        values["permissions"] = json.dumps(api_key.terms.permissions)
    tx.connection.execute(
        insert_or_ignore(tx.connection, schema.api_keys).values(
            workspace_id=tx.workspace_id, digest=digest, **values
        )
    )


def list_api_keys(tx: Transaction) -> list[ApiKey]:
    """The workspace's keys, revoked ones too, the oldest first."""
    query = _keys().where(schema.api_keys.c.workspace_id == tx.workspace_id)
    return [_api_key(row) for row in tx.connection.execute(query.order_by(schema.api_keys.c.key_id))]


def get_api_key(tx: Transaction, key_id: ApiKeyId) -> ApiKey:
    """Raises ApiKeyNotFound when the workspace has no such key."""
    return _get(tx, schema.api_keys.c.key_id == key_id, f"There is no key {key_id}.")


def get_api_key_by_digest(tx: Transaction, digest: bytes) -> ApiKey:
    """Raises ApiKeyNotFound when the workspace has no key with this digest."""
    return _get(tx, schema.api_keys.c.digest == digest, "There is no such key.")


def _get(tx: Transaction, condition: sa.ColumnElement[bool], absent: str) -> ApiKey:
    row = tx.connection.execute(
        _keys().where(schema.api_keys.c.workspace_id == tx.workspace_id, condition)
    ).first()
    if row is None:
        raise ApiKeyNotFound(absent)
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
    """Whose the key with this digest is; None for one that doesn't work, or whose owner may not come in any more.

    The one question that names no workspace, because its answer is one.
    """
    keys, user = schema.api_keys.c, schema.users.c
    query = (
        sa.select(keys.workspace_id, keys.key_id, keys.user_id, user.role, *(keys[name] for name in TERMS))
        .join_from(schema.api_keys, schema.users, user.user_id == keys.user_id, isouter=True)
        .where(
            keys.digest == digest,
            # Not without the user whose role it has.
            sa.or_(keys.user_id.is_(None), user.user_id.is_not(None)),
            user.disabled_at_ms.is_(None),
            in_open_workspace(keys.workspace_id),
        )
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = tx.connection.execute(query.where(works(tx.now_ms))).first()
    if found is None:
        return None
    terms = terms_of(found._mapping)
    return KeyOwner(found.workspace_id, found.key_id, terms, found.user_id, found.role)


def works(now_ms: int) -> sa.ColumnElement[bool]:
    """Whether a key was neither revoked nor has expired; there may be none, in an outer join."""
    keys = schema.api_keys.c
    in_time = sa.or_(keys.expires_at_ms.is_(None), keys.expires_at_ms > now_ms)
    return sa.and_(keys.revoked_at_ms.is_(None), in_time)


def _keys() -> sa.Select[Any]:
    return sa.select(*(schema.api_keys.c[name] for name in (*_FIELDS, *TERMS)))


def _api_key(row: sa.Row[Any]) -> ApiKey:
    return ApiKey(**{name: row._mapping[name] for name in _FIELDS}, terms=terms_of(row._mapping))


def terms_of(row: Mapping[Any, Any]) -> KeyTerms:
    """The terms that the columns TERMS of a row say; NO_TERMS where they are null, as where there is no key."""
    terms = {name: row[name] for name in TERMS}
    if terms["permissions"] is not None:
        terms["permissions"] = tuple(json.loads(terms["permissions"]))
    return KeyTerms(**terms)

"""Queries on sessions: browsers that are signed in, of whose secrets only the digests are kept."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.api_keys import TERMS, KeyTerms, terms_of, works
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.errors import SessionNotFound
from rhapsode.studio.ids import ApiKeyId, SessionId, UserId, WorkspaceId
from rhapsode.studio.limits import MAX_SESSIONS_PER_OWNER, SESSION_IDLE_MS, SESSION_TOUCH_MS
from rhapsode.studio.people import Role

SignInMethod = Literal["key", "oidc", "link"]
_TABLE = schema.sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. user_id, key_id: whose it is; at least one of them. Moments: Unix milliseconds."""

    session_id: SessionId
    user_id: UserId | None
    key_id: ApiKeyId | None
    method: SignInMethod
    created_at_ms: int
    used_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class SessionOwner:
    """Whose a session is: as `storage.api_keys.KeyOwner`. terms: of the key that it was begun with."""

    workspace_id: WorkspaceId
    session_id: SessionId
    key_id: ApiKeyId | None
    user_id: UserId | None
    role: Role | None
    terms: KeyTerms
    is_due_for_touch: bool


_COLUMNS = [_TABLE.c[field.name] for field in fields(Session)]


def insert_session(tx: Transaction, session: Session, *, digest: bytes) -> None:
    """Keep a session; of more than enough of one owner's, the oldest end. digest: SHA-256 of its secret."""
    tx.connection.execute(
        _TABLE.insert().values(**asdict(session), workspace_id=tx.workspace_id, digest=digest)
    )
    owned = _of_owner(tx, session.user_id, session.key_id)
    kept = (
        sa.select(_TABLE.c.session_id)
        .where(owned)
        .order_by(_TABLE.c.session_id.desc())
        .limit(MAX_SESSIONS_PER_OWNER)
    )
    ids = tx.connection.execute(kept).scalars().all()
    tx.connection.execute(_TABLE.delete().where(owned, _TABLE.c.session_id < min(ids)))


def find_session_owner(records: Records, digest: bytes) -> SessionOwner | None:
    """Whose the session with this digest is; None where it has ended, or its owner may not come in any more.

    As with keys, the one question that names no workspace, because its answer is one.
    """
    session, user, key = _TABLE.c, schema.users.c, schema.api_keys.c
    query = (
        sa.select(
            session.workspace_id,
            session.session_id,
            session.key_id,
            session.user_id,
            user.role,
            session.used_at_ms,
            *(key[name] for name in TERMS),
        )
        .join_from(_TABLE, schema.users, user.user_id == session.user_id, isouter=True)
        .join(schema.api_keys, key.key_id == session.key_id, isouter=True)
        .where(
            session.digest == digest,
            in_open_workspace(session.workspace_id),
            user.disabled_at_ms.is_(None),
        )
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        row = tx.connection.execute(query.where(_alive(tx.now_ms), works(tx.now_ms))).first()
    if row is None:
        return None
    return SessionOwner(
        row.workspace_id,
        row.session_id,
        row.key_id,
        row.user_id,
        row.role,
        terms=terms_of(row._mapping),
        is_due_for_touch=row.used_at_ms < tx.now_ms - SESSION_TOUCH_MS,
    )


def touch_session(tx: Transaction, session_id: SessionId) -> None:
    """Let a session count as used just now."""
    tx.connection.execute(_TABLE.update().where(*_is(tx, session_id)).values(used_at_ms=tx.now_ms))


def list_sessions(
    tx: Transaction, *, user_id: UserId | None = None, key_id: ApiKeyId | None = None
) -> list[Session]:
    """Sessions that haven't ended, the newest first: those of a user, of a key, or all of the workspace."""
    owned = _of_owner(tx, user_id, key_id)
    query = sa.select(*_COLUMNS).where(owned, _alive(tx.now_ms)).order_by(_TABLE.c.session_id.desc())
    return [_session(row) for row in tx.connection.execute(query)]


def get_session(tx: Transaction, session_id: SessionId) -> Session:
    """Raises: SessionNotFound, where the workspace has none, or it has ended."""
    row = tx.connection.execute(sa.select(*_COLUMNS).where(*_is(tx, session_id), _alive(tx.now_ms))).first()
    if row is None:
        msg = f"There is no session {session_id}."
        raise SessionNotFound(msg)
    return _session(row)


def delete_session(tx: Transaction, session_id: SessionId) -> None:
    """End a session. Raises: SessionNotFound."""
    if tx.connection.execute(_TABLE.delete().where(*_is(tx, session_id))).rowcount == 0:
        msg = f"There is no session {session_id}."
        raise SessionNotFound(msg)


def delete_ended_sessions(tx: Transaction) -> None:
    """Forget the sessions of the workspace that have ended by themselves."""
    tx.connection.execute(_TABLE.delete().where(_TABLE.c.workspace_id == tx.workspace_id, ~_alive(tx.now_ms)))


def _alive(now_ms: int) -> sa.ColumnElement[bool]:
    return sa.and_(_TABLE.c.expires_at_ms > now_ms, _TABLE.c.used_at_ms > now_ms - SESSION_IDLE_MS)


def _of_owner(tx: Transaction, user_id: UserId | None, key_id: ApiKeyId | None) -> sa.ColumnElement[bool]:
    own = [_TABLE.c.workspace_id == tx.workspace_id]
    if user_id is not None:
        own.append(_TABLE.c.user_id == user_id)
    elif key_id is not None:
        own.append(_TABLE.c.key_id == key_id)
    return sa.and_(*own)


def _is(tx: Transaction, session_id: SessionId) -> tuple[sa.ColumnElement[bool], ...]:
    return _TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.session_id == session_id


def _session(row: sa.Row[Any]) -> Session:
    return Session(**row._mapping)

"""Queries on users. Each works in one workspace; logins and identities are those of the whole installation."""

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction, exclude_others
from rhapsode.studio.errors import NameTaken, UserNotFound
from rhapsode.studio.ids import UserId
from rhapsode.studio.people import Role, User

_TABLE = schema.users
_COLUMNS = [_TABLE.c[field.name] for field in fields(User)]


def hold_logins(tx: Transaction) -> None:
    """Let nobody else, in whatever workspace, make a user or bind one until the transaction ends."""
    exclude_others(tx, "logins")


def insert_user(tx: Transaction, user: User, *, identity_digest: bytes | None = None) -> None:
    """Keep a user of the transaction's workspace. Raises: NameTaken."""
    hold_logins(tx)
    if find_user_anywhere(tx, user.login) is not None:
        msg = f"There is a user {user.login} already."
        raise NameTaken(msg)
    tx.connection.execute(_TABLE.insert().values(**asdict(user), identity_digest=identity_digest))


def get_user(tx: Transaction, user_id: UserId) -> User:
    """A user of the transaction's workspace. Raises: UserNotFound."""
    row = tx.connection.execute(sa.select(*_COLUMNS).where(*_is(tx, user_id))).first()
    if row is None:
        msg = f"There is no user {user_id}."
        raise UserNotFound(msg)
    return _user(row)


def list_users(tx: Transaction) -> list[User]:
    """The users of the transaction's workspace, the oldest first."""
    query = sa.select(*_COLUMNS).where(_TABLE.c.workspace_id == tx.workspace_id).order_by(_TABLE.c.user_id)
    return [_user(row) for row in tx.connection.execute(query)]


def find_user_anywhere(tx: Transaction, login_or_id: str) -> User | None:
    """The user with this login, folded, or this id, whatever the workspace."""
    named = sa.or_(_TABLE.c.login == login_or_id, _TABLE.c.user_id == login_or_id)
    row = tx.connection.execute(sa.select(*_COLUMNS).where(named)).first()
    return None if row is None else _user(row)


def find_user_by_identity(tx: Transaction, identity_digest: bytes) -> User | None:
    """The user whom an identity provider knows by this, whatever the workspace."""
    row = tx.connection.execute(
        sa.select(*_COLUMNS).where(_TABLE.c.identity_digest == identity_digest)
    ).first()
    return None if row is None else _user(row)


def bind_identity(tx: Transaction, user_id: UserId, identity_digest: bytes) -> bool:
    """Let a user who has none be known by this identity from now on. False where they have another."""
    unbound = sa.or_(_TABLE.c.identity_digest.is_(None), _TABLE.c.identity_digest == identity_digest)
    statement = _TABLE.update().where(*_is(tx, user_id), unbound).values(identity_digest=identity_digest)
    return tx.connection.execute(statement).rowcount == 1


def set_role(tx: Transaction, user_id: UserId, role: Role) -> None:
    """Let a user have a role from now on."""
    tx.connection.execute(_TABLE.update().where(*_is(tx, user_id)).values(role=role))


def set_user_disabled(tx: Transaction, user_id: UserId, *, disabled: bool) -> None:
    """Let nothing of a user's open anything, or all of it again; their sessions end."""
    moment = sa.func.coalesce(_TABLE.c.disabled_at_ms, tx.now_ms) if disabled else None
    tx.connection.execute(_TABLE.update().where(*_is(tx, user_id)).values(disabled_at_ms=moment))
    if disabled:
        _delete_of(tx, schema.sessions, user_id)


def delete_user(tx: Transaction, user_id: UserId) -> None:
    """Delete a user with their sessions and keys, and what those were used for. Raises: UserNotFound."""
    get_user(tx, user_id)
    for table in (schema.sessions, schema.api_keys):
        _delete_of(tx, table, user_id)
    tx.connection.execute(_TABLE.delete().where(*_is(tx, user_id)))


def _delete_of(tx: Transaction, table: sa.Table, user_id: UserId) -> None:
    own = table.c.workspace_id == tx.workspace_id, table.c.user_id == user_id
    tx.connection.execute(table.delete().where(*own))


def _is(tx: Transaction, user_id: UserId) -> tuple[sa.ColumnElement[bool], ...]:
    return _TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.user_id == user_id


def _user(row: sa.Row[Any]) -> User:
    return User(**row._mapping)

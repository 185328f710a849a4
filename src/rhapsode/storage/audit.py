"""The audit log: who did what to which object, from where and when. Entries are added, and go by their age alone.

Who is behind a request is said once, where it comes in (`acting`); whatever it does notes that by itself. Neither
secrets nor anything of a book's text stands in an entry.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.studio.ids import ApiKeyId, UserId, WorkspaceId
from rhapsode.studio.limits import MAX_AUDIT_ENTRIES

BACKUP_TAKEN = "backup.taken"
"""What is noted of a backup, by which the last one is found."""

_TABLE = schema.audit_log
_DETAIL_CHARACTERS = 300
_OBJECT_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. name: "key", "session", "proxy", "command line" or "nobody" (where no key is asked for).

    address: the network address that it comes from; None for a command.
    """

    name: str
    user_id: UserId | None = None
    key_id: ApiKeyId | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """created_at_ms: Unix milliseconds. object_id: may be empty, where what was done is about no single thing."""

    workspace_id: WorkspaceId
    actor: str
    user_id: UserId | None
    key_id: ApiKeyId | None
    address: str | None
    action: str
    object_id: str
    detail: str | None
    created_at_ms: int


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextlib.contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let everything in the block, and in the threads that it hands work to, be noted as done by somebody."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def add_audit_entry(
    tx: Transaction, *, actor: str, action: str, object_id: str, detail: str | None = None, once_ms: int = 0
) -> None:
    """Append what was done to which object, in the transaction that does it.

    actor: who is named where nobody has said who acts, as by the server itself.
    once_ms: how long the same of the same one, by the same one and from the same place, is noted once.
    """
    who = _acting.get() or Actor(actor)
    noted = {
        "workspace_id": tx.workspace_id,
        "actor": who.name,
        "user_id": who.user_id,
        "key_id": who.key_id,
        "address": who.address,
        "action": action,
        "object_id": object_id[:_OBJECT_CHARACTERS],
        "detail": None if detail is None else detail[:_DETAIL_CHARACTERS],
    }
    if not (once_ms and _is_noted(tx, noted, since_ms=tx.now_ms - once_ms)):
        tx.connection.execute(_TABLE.insert().values(**noted, created_at_ms=tx.now_ms))


def _is_noted(tx: Transaction, noted: Mapping[str, str | None], *, since_ms: int) -> bool:
    same = [
        _TABLE.c[name].is_(None) if value is None else _TABLE.c[name] == value
        for name, value in noted.items()
    ]
    query = sa.select(_TABLE.c.entry_id).where(*same, _TABLE.c.created_at_ms >= since_ms).limit(1)
    return tx.connection.execute(query).first() is not None


def list_audit_entries(
    records: Records, *, since_ms: int, workspace_id: WorkspaceId | None = None
) -> list[AuditEntry]:
    """Entries since a moment, the oldest first; of very many, the newest. workspace_id: None for all workspaces."""
    columns = [_TABLE.c[field.name] for field in fields(AuditEntry)]
    query = sa.select(*columns).where(_TABLE.c.created_at_ms >= since_ms)
    if workspace_id is not None:
        query = query.where(_TABLE.c.workspace_id == workspace_id)
    newest = query.order_by(_TABLE.c.created_at_ms.desc(), _TABLE.c.entry_id.desc()).limit(MAX_AUDIT_ENTRIES)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return [_entry(row) for row in reversed(tx.connection.execute(newest).all())]


def delete_old_entries(tx: Transaction, *, before_ms: int) -> None:
    """Forget the entries of the workspace that are older than a moment."""
    tx.connection.execute(
        _TABLE.delete().where(_TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.created_at_ms < before_ms)
    )


def _entry(row: sa.Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)


def find_newest_entry_ms(tx: Transaction, action: str, *, since_ms: int) -> int | None:
    """When something was done last in the workspace, since a moment; None where it wasn't. Unix milliseconds."""
    query = sa.select(sa.func.max(_TABLE.c.created_at_ms)).where(
        _TABLE.c.workspace_id == tx.workspace_id,
        _TABLE.c.created_at_ms >= since_ms,
        _TABLE.c.action == action,
    )
    found: int | None = tx.connection.execute(query).scalar()
    return found

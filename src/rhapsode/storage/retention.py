"""How long workspaces keep their history, and speech that audio was made of (storage.masters).

Converted chapters in the history stay as long as their snapshots do.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.history import delete_item
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.workspaces import find_workspace_by_name
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import HistoryItemId, WorkspaceId

_DAY_MS = 24 * 3600 * 1000
_DELETED_AT_ONCE = 100
_WORKSPACES, _ITEMS = schema.workspaces, schema.history_items.c
_COLUMNS = {"history": _WORKSPACES.c.history_days, "masters": _WORKSPACES.c.masters_days}


@dataclass(frozen=True, slots=True)
class Retention:
    """What a workspace keeps.

    history_days: since an item was made; 0 for no items at all, None for ever.
    masters_days: since anything was made of speech; None for ever.
    """

    workspace_id: WorkspaceId
    history_days: int | None
    masters_days: int | None = None


def list_retentions(records: Records) -> list[Retention]:
    """Of every workspace, but for those that were deleted."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        query = sa.select(_WORKSPACES).where(_WORKSPACES.c.deleted_at_ms.is_(None))
        rows = tx.connection.execute(query.order_by(_WORKSPACES.c.workspace_id)).all()
    return [Retention(WorkspaceId(row.workspace_id), row.history_days, row.masters_days) for row in rows]


Kept = Literal["history", "masters"]
"""What is kept for a number of days: items of single texts, and speech that audio was made of."""


@dataclass(frozen=True, slots=True)
class RetentionChange:
    """How long a workspace keeps one thing from now on. days: None for ever."""

    workspace_id: WorkspaceId
    kept: Kept
    days: int | None


def set_retention(records: Records, change: RetentionChange) -> None:
    """Change what a workspace keeps, which may be called by its name. Raises: InvalidInput, when there is none."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        workspace = find_workspace_by_name(tx, change.workspace_id)
    if workspace is None:
        msg = f"There is no workspace {change.workspace_id}."
        raise InvalidInput(msg)
    with records.write(workspace.workspace_id) as tx:
        tx.connection.execute(
            _WORKSPACES.update()
            .where(_WORKSPACES.c.workspace_id == tx.workspace_id)
            .values({_COLUMNS[change.kept]: change.days})
        )
        days = "forever" if change.days is None else f"{change.days} days"
        add_audit_entry(
            tx,
            actor="server",
            action="retention.set",
            object_id=workspace.workspace_id,
            detail=f"{change.kept} {days}",
        )


def keeps_history(records: Records, workspace_id: WorkspaceId) -> bool:
    """Whether a text that is spoken now becomes an item of the history."""
    with records.read(workspace_id) as tx:
        return _find_history_days(tx) != 0


def _find_history_days(tx: Transaction) -> int | None:
    query = sa.select(_WORKSPACES.c.history_days).where(_WORKSPACES.c.workspace_id == tx.workspace_id)
    return tx.connection.execute(query).scalar()


def delete_expired_items(records: Records, workspace_id: WorkspaceId, *, now_ms: int) -> int:
    """Delete items that are older than the workspace keeps them; how many it were. Their files go a day later."""
    deleted = 0
    while chunk := _list_expired(records, workspace_id, now_ms):
        with records.write(workspace_id) as tx:
            for history_item_id in chunk:
                delete_item(tx, history_item_id)
        deleted += len(chunk)
    return deleted


def _list_expired(records: Records, workspace_id: WorkspaceId, now_ms: int) -> list[HistoryItemId]:
    with records.read(workspace_id) as tx:
        days = _find_history_days(tx)
        if days is None:
            return []
        expired = (
            _ITEMS.workspace_id == workspace_id,
            _ITEMS.created_at_ms < now_ms - days * _DAY_MS,
            _ITEMS.chapter_snapshot_id.is_(None),
        )
        rows = tx.connection.execute(
            sa.select(_ITEMS.history_item_id)
            .where(*expired)
            .order_by(_ITEMS.history_item_id)
            .limit(_DELETED_AT_ONCE)
        )
        return [HistoryItemId(history_item_id) for history_item_id in rows.scalars()]

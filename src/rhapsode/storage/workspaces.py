"""Queries on the workspaces of an installation: which there are, and which of them are open.

A workspace that was deleted leaves a row without a name, so that what is found of it later is known to be nobody's
(storage.purge). Here, it isn't there.
"""

from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction, exclude_others
from rhapsode.studio.errors import NameTaken, WorkspaceNotFound
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.people import Workspace

_TABLE = schema.workspaces
_COLUMNS = [_TABLE.c[field.name] for field in fields(Workspace)]


def insert_workspace(tx: Transaction, name: str) -> Workspace:
    """Make the transaction's workspace. Raises: NameTaken."""
    exclude_others(tx, "names of workspaces")
    if find_workspace_by_name(tx, name) is not None:
        msg = f"There is a workspace {name} already. Choose another name."
        raise NameTaken(msg)
    workspace = Workspace(tx.workspace_id, name, tx.now_ms)
    values = {"workspace_id": tx.workspace_id, "name": name, "created_at_ms": tx.now_ms}
    try:
        tx.connection.execute(_TABLE.insert().values(values))
    except IntegrityError:
        msg = f"There is a workspace {tx.workspace_id} already."
        raise NameTaken(msg) from None
    return workspace


def find_workspace_by_name(tx: Transaction, name: str) -> Workspace | None:
    """The workspace with this name or id."""
    named = sa.or_(_TABLE.c.workspace_id == name, _TABLE.c.name == name)
    row = tx.connection.execute(sa.select(*_COLUMNS).where(named, _TABLE.c.deleted_at_ms.is_(None))).first()
    return None if row is None else _workspace(row)


def get_workspace(tx: Transaction) -> Workspace:
    """The transaction's workspace. Raises: WorkspaceNotFound."""
    row = tx.connection.execute(sa.select(*_COLUMNS).where(*_own(tx))).first()
    if row is None:
        msg = f"There is no workspace {tx.workspace_id}."
        raise WorkspaceNotFound(msg)
    return _workspace(row)


def list_all_workspaces(records: Records) -> list[Workspace]:
    """The workspaces of the installation, the oldest first."""
    query = sa.select(*_COLUMNS).where(_TABLE.c.deleted_at_ms.is_(None))
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        rows = tx.connection.execute(query.order_by(_TABLE.c.created_at_ms, _TABLE.c.workspace_id))
        return [_workspace(row) for row in rows]


def set_disabled(tx: Transaction, *, disabled: bool) -> None:
    """Close the transaction's workspace, or open it again; a second time changes nothing."""
    moment = sa.func.coalesce(_TABLE.c.disabled_at_ms, tx.now_ms) if disabled else None
    tx.connection.execute(_TABLE.update().where(*_own(tx)).values(disabled_at_ms=moment))


def mark_deleted(tx: Transaction) -> None:
    """Let the transaction's workspace be gone for everybody from now on."""
    tx.connection.execute(
        _TABLE.update().where(*_own(tx)).values(name="", link_secret=None, deleted_at_ms=tx.now_ms)
    )


def list_deleted_workspaces(records: Records) -> frozenset[WorkspaceId]:
    """Those that were deleted, whether or not anything is left of them."""
    query = sa.select(_TABLE.c.workspace_id).where(_TABLE.c.deleted_at_ms.is_not(None))
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return frozenset(tx.connection.execute(query).scalars())


def is_open(tx: Transaction) -> bool:
    """Whether the transaction's workspace is there and isn't disabled."""
    found = sa.select(_TABLE.c.workspace_id).where(*_own(tx), _TABLE.c.disabled_at_ms.is_(None))
    return tx.connection.execute(found).first() is not None


def in_open_workspace(workspace_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether the workspace that a column names is neither disabled nor deleted."""
    closed = sa.or_(_TABLE.c.disabled_at_ms.is_not(None), _TABLE.c.deleted_at_ms.is_not(None))
    return workspace_id.not_in(sa.select(_TABLE.c.workspace_id).where(closed))


def _own(tx: Transaction) -> tuple[sa.ColumnElement[bool], ...]:
    return _TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.deleted_at_ms.is_(None)


def _workspace(row: sa.Row[Any]) -> Workspace:
    return Workspace(**row._mapping)

"""What is left of a deleted workspace goes: rows of every table, packs, and files that are nobody else's.

Every step may be repeated, or cut off at any point; the next run goes on. The workspace's row is what says so, and it
stays, with nothing but an id and moments: whoever was writing into the workspace when it was deleted may still do so
for a while, so a purge is repeated for a day after its end, and a pack that comes to light later has a known owner.
"""

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.history_index import delete_oldest_items
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.segments import delete_pack
from rhapsode.storage.voice_blobs import delete_unused_blobs
from rhapsode.storage.whole_files import delete_unused_files
from rhapsode.studio.ids import WorkspaceId

_log = structlog.get_logger()
_AGAIN_FOR_MS = 24 * 3600 * 1000
_ROWS_AT_ONCE = 2_000
_MOMENTS_AT_ONCE = 200
_FOREVER_MS = 2**62
# Bytes that only these name go before they do, and the workspace itself stays.
_LAST = ("whole_files", "voice_blobs", "packs", "workspaces")


def purge_deleted_workspaces(records: Records, blobs: Blobs, *, now_ms: int, before_ms: int) -> int:
    """Purge every workspace deleted until `before_ms` of which something may be left; how many they were."""
    workspace = schema.workspaces.c
    due = sa.or_(workspace.purged_at_ms.is_(None), workspace.purged_at_ms > now_ms - _AGAIN_FOR_MS)
    query = sa.select(workspace.workspace_id).where(workspace.deleted_at_ms <= before_ms, due)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        workspace_ids = tx.connection.execute(query).scalars().all()
    for workspace_id in workspace_ids:
        try:
            purge_workspace(records, blobs, WorkspaceId(workspace_id))
        except IntegrityError as error:
            # Something that had begun before has written rows that refer to what just went.
            _log.warning("purge.postponed", workspace_id=workspace_id, error=str(error.orig))
    return len(workspace_ids)


def purge_workspace(records: Records, blobs: Blobs, workspace_id: WorkspaceId) -> None:
    """Let all of a workspace go that is marked as deleted. Other writers get their turn between the steps."""
    _delete_history(records, workspace_id)
    for table in reversed(schema.metadata.sorted_tables):
        if table.name not in _LAST and is_of_workspaces(table):
            _delete_rows(records, workspace_id, table)
    delete_unused_files(records, blobs, workspace_id, before_ms=_FOREVER_MS)
    delete_unused_blobs(records, blobs, workspace_id, before_ms=_FOREVER_MS)
    _delete_packs(records, blobs, workspace_id)
    workspace = schema.workspaces
    with records.write(workspace_id) as tx:
        purged = workspace.c.workspace_id == workspace_id, workspace.c.purged_at_ms.is_(None)
        tx.connection.execute(workspace.update().where(*purged).values(purged_at_ms=tx.now_ms))


def _delete_history(records: Records, workspace_id: WorkspaceId) -> None:
    """With what the index of texts has of it, which no foreign key would take along."""
    deleted = 1
    while deleted:
        with records.write(workspace_id) as tx:
            deleted = delete_oldest_items(tx, moment_count=_MOMENTS_AT_ONCE)


def _delete_rows(records: Records, workspace_id: WorkspaceId, table: sa.Table) -> None:
    deleted = 1
    while deleted:
        with records.write(workspace_id) as tx:
            key = sa.tuple_(*table.primary_key.columns)
            some = sa.select(*table.primary_key.columns).where(_of_workspace(tx, table)).limit(_ROWS_AT_ONCE)
            deleted = tx.connection.execute(table.delete().where(key.in_(some))).rowcount


def is_of_workspaces(table: sa.Table) -> bool:
    """Whether each row of a table is some workspace's, and not the installation's."""
    return "workspace_id" in table.c or "segment_id" in table.c


def _of_workspace(tx: Transaction, table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a row is the workspace's. A reference is of the workspace of its segment."""
    if "workspace_id" in table.c:
        return table.c.workspace_id == tx.workspace_id
    segment = schema.segments.c
    own = sa.select(segment.segment_id).where(segment.workspace_id == tx.workspace_id)
    return table.c.segment_id.in_(own)


def _delete_packs(records: Records, blobs: Blobs, workspace_id: WorkspaceId) -> None:
    """File first, as clean-up does it: a kill in between leaves a row without a file, which the next run deletes."""
    pack = schema.packs.c
    used = sa.exists().where(schema.segments.c.pack_id == pack.pack_id)
    unused = sa.select(pack.pack_id).where(pack.workspace_id == workspace_id, ~used)
    with records.read(workspace_id) as tx:
        pack_ids = tx.connection.execute(unused).scalars().all()
    for pack_id in pack_ids:
        with records.write(workspace_id) as tx:
            if tx.connection.execute(unused.where(pack.pack_id == pack_id)).first() is not None:
                delete_pack(tx, blobs, pack_id)

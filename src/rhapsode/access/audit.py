"""Note what somebody did, for the log that whoever runs the installation reads (`rhapsode audit`)."""

import contextlib

from rhapsode.storage.audit import BACKUP_TAKEN, add_audit_entry
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import WorkspaceId

_SERVER = "server"


def note(tx: Transaction, action: str, object_id: str = "", detail: str | None = None) -> None:
    """Note what is done in this transaction; who does it was said where the request came in.

    detail: neither secrets, nor texts, nor what a person is called.
    """
    add_audit_entry(tx, actor=_SERVER, action=action, object_id=object_id, detail=detail)


def note_alone(
    records: Records, workspace_id: WorkspaceId, action: str, object_id: str = "", detail: str | None = None
) -> None:
    """The same of what writes nothing else."""
    with records.write(workspace_id) as tx:
        note(tx, action, object_id, detail)


def note_backup(records: Records, backup_id: str) -> None:
    """Note that a backup was taken. It is there, whether or not that can be written."""
    with contextlib.suppress(RhapsodeError):
        note_alone(records, DEFAULT_WORKSPACE_ID, BACKUP_TAKEN, backup_id)

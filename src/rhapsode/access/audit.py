"""Note what somebody did, for the log that whoever runs the installation reads (`rhapsode audit`)."""

from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
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

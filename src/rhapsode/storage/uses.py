"""Writing down that something is used, so that clean-up leaves it alone: for those who only want to read it."""

import contextlib
from collections.abc import Callable

from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.ids import WorkspaceId


def note_use(records: Records, workspace_id: WorkspaceId, note: Callable[[Transaction], None]) -> None:
    """Let `note` write. Where there is no room for it nothing is written: what can be read is sent all the same."""
    with contextlib.suppress(StorageFull), records.write(workspace_id) as tx:
        note(tx)

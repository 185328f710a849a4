"""What single texts cost the API key that asks for them."""

import contextlib
from collections.abc import Iterator

from rhapsode.storage import key_usage
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ApiKeyId, WorkspaceId


@contextlib.contextmanager
def paid_by(
    records: Records, workspace_id: WorkspaceId, key_id: ApiKeyId | None, character_count: int
) -> Iterator[None]:
    """Count characters for a key before the block, and take them back when it raises. None pays nothing.

    Raises: QuotaExceeded, before the block.
    """
    if key_id is None:
        yield
        return
    with records.write(workspace_id) as tx:
        key_usage.pay(tx, key_id, character_count)
        paid_at_ms = tx.now_ms
    try:
        yield
    except BaseException:
        with records.write(workspace_id) as tx:
            key_usage.give_back(tx, key_id, character_count, paid_at_ms=paid_at_ms)
        raise

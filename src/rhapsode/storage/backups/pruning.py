"""Remove older backups, and what no other needs."""

from rhapsode.storage.backups.backup import BLOB_PREFIXES, ROWS_PREFIX, backup_key
from rhapsode.storage.backups.copying import list_present
from rhapsode.storage.backups.target import list_backup_ids, read_backup
from rhapsode.storage.blobs import Blobs


def prune(target: Blobs, keep: int) -> int:
    """Leave the newest `keep` backups, 1 or more; return how many went. Nobody else may be writing to the target.

    What the others need is read before anything is deleted. Backups go before their blobs, so that one that is there
    is whole; a run that is killed in between leaves blobs to the next.
    Raises: DataDamaged, with nothing deleted, when nobody can tell what a backup needs.
    """
    backup_ids = list_backup_ids(target)
    kept, old = backup_ids[-keep:], backup_ids[:-keep]
    needed = set[str]().union(*(read_backup(target, backup_id).keys for backup_id in kept))
    for backup_id in old:
        target.delete(backup_key(backup_id))
    for key in list_present(target, (ROWS_PREFIX, *BLOB_PREFIXES)):
        if key not in needed:
            target.delete(key)
    return len(old)

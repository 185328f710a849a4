"""A copy of the records as they were before a migration, for whoever has to go back to an earlier version.

Beside the database, `records.before-0008.sqlite3` is what it was before the migration to 0008. The newest two stay.
"""

from pathlib import Path

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.files import move_durably
from rhapsode.storage.migration import find_revision
from rhapsode.storage.sqlite import copy_database

_KEPT = 2
_NAMES = "{}.before-*{}"


def copy_before_migration(connection: sa.Connection, path: Path) -> None:
    """Copy a database that is about to be migrated, durably; one that needs no migration is left alone.

    A copy of that name is replaced: since it was made, an earlier version may have gone on with the records.
    Raises: StorageFull; DataDamaged.
    """
    revision = find_revision(connection)
    if revision is None or revision >= schema.REVISION:
        return
    copy = path.with_name(f"{path.stem}.before-{schema.REVISION}{path.suffix}")
    unfinished = copy.with_name(f"{copy.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        copy_database(connection, unfinished)
        move_durably(unfinished, copy)
    finally:
        unfinished.unlink(missing_ok=True)


def list_copies(path: Path) -> list[Path]:
    """The copies beside a database, the oldest first."""
    return sorted(path.parent.glob(_NAMES.format(path.stem, path.suffix)))


def remove_old_copies(path: Path) -> None:
    """Leave the newest two; for whoever has migrated successfully."""
    for copy in list_copies(path)[:-_KEPT]:
        copy.unlink()

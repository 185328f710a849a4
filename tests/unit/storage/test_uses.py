"""What is used is written down where there is room for it."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.uses import note_use
from rhapsode.studio.errors import StorageFull

from .stored import WORKSPACE


def rename(tx: Transaction) -> None:
    tx.connection.execute(sa.update(schema.workspaces).values(name="used"))


def name_of(records: Records) -> str:
    with records.read(WORKSPACE) as tx:
        name: str = tx.connection.execute(sa.select(schema.workspaces.c.name)).scalar_one()
        return name


def test_a_full_disk_keeps_nobody_from_reading(records: Records) -> None:
    """Nothing is written then, and nobody is told."""

    def fail(tx: Transaction) -> None:
        rename(tx)
        raise StorageFull

    before = name_of(records)
    note_use(records, WORKSPACE, fail)
    assert name_of(records) == before
    note_use(records, WORKSPACE, rename)
    assert name_of(records) == "used"

"""Where the index of texts has what: a workspace's history on shelves, each from one moment to another.

A shelf is full when it has SHELF_DOCUMENTS; what is newer goes to a new one. So a search takes one shelf after the
other, and can stop in between. The first begins before all time; what comes late goes where its moment belongs.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction

SHELF_DOCUMENTS = 16_384
"""A search for two words that stand in each text, and never together, takes 3 ms for as many."""

_BEHIND_ALL_MOMENTS = 2**63 - 1
_SHELVES = schema.history_shelves
_COLUMNS = (_SHELVES.c.shelf, _SHELVES.c.first_ms, _SHELVES.c.last_ms, _SHELVES.c.document_count)


@dataclass(frozen=True, slots=True)
class Shelf:
    """number: unlike any other workspace's, and the higher the later.

    first_ms, last_ms: everything on it was made from one to the other.
    """

    number: int
    first_ms: int
    last_ms: int
    document_count: int


def list_shelves(tx: Transaction, *, first_ms: int, last_ms: int) -> list[Shelf]:
    """Those that may have something of the time from one moment to another, the oldest first."""
    rows = tx.connection.execute(
        sa.select(*_COLUMNS)
        .where(_SHELVES.c.workspace_id == tx.workspace_id, _SHELVES.c.first_ms <= last_ms)
        .order_by(_SHELVES.c.first_ms)
    )
    return [Shelf(*row) for row in rows if row.last_ms >= first_ms]


def find_shelf(tx: Transaction, moment_ms: int) -> Shelf | None:
    """The shelf that a moment belongs on, if there is any."""
    row = tx.connection.execute(
        sa.select(*_COLUMNS)
        .where(_SHELVES.c.workspace_id == tx.workspace_id, _SHELVES.c.first_ms <= moment_ms)
        .order_by(_SHELVES.c.first_ms.desc())
        .limit(1)
    ).first()
    return None if row is None else Shelf(*row)


def shelve(tx: Transaction, moment_ms: int, *, last_ms: int | None = None, count: int = 1) -> Shelf:
    """The shelf for a document of a moment that has none yet, which is counted there.

    last_ms, count: for so many at once, the last of which is of that moment and all of which are new.
    """
    last_ms = moment_ms if last_ms is None else last_ms
    shelf = find_shelf(tx, moment_ms)
    if shelf is None:
        return _begin_shelf(tx, 0, last_ms, count)
    if shelf.document_count >= SHELF_DOCUMENTS and moment_ms > shelf.last_ms and _is_last(tx, shelf):
        return _begin_shelf(tx, moment_ms, last_ms, count)
    tx.connection.execute(
        _SHELVES.update()
        .where(_SHELVES.c.workspace_id == tx.workspace_id, _SHELVES.c.shelf == shelf.number)
        .values(last_ms=max(shelf.last_ms, last_ms), document_count=shelf.document_count + count)
    )
    return shelf


def _is_last(tx: Transaction, shelf: Shelf) -> bool:
    return list_shelves(tx, first_ms=shelf.first_ms, last_ms=_BEHIND_ALL_MOMENTS)[-1] == shelf


def _begin_shelf(tx: Transaction, first_ms: int, last_ms: int, count: int) -> Shelf:
    inserted = tx.connection.execute(
        _SHELVES.insert().values(
            workspace_id=tx.workspace_id, first_ms=first_ms, last_ms=last_ms, document_count=count
        )
    )
    (number,) = inserted.inserted_primary_key or (0,)
    return Shelf(number, first_ms, last_ms, count)

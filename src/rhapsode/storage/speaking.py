"""Who holds on to segments while a text is spoken or an export made: owners without rows, gone when the work is.

Killed in the middle, the work leaves its references behind. They do no harm but keep segments alive; clean-up
finds them by their name and age, since no text takes a day to speak.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import drop_owner
from rhapsode.storage.segments import StoredSegment, find_owned_segments, want_segments
from rhapsode.studio.ids import first_id_at

_PREFIX = "speaking/"


def is_work(owner_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether an owner is a piece of work."""
    return sa.and_(owner_id >= _PREFIX, owner_id < _PREFIX[:-1] + chr(ord("/") + 1))


def owner_of_work(work_id: str) -> str:
    """What the references of a piece of work are under."""
    return _PREFIX + work_id


def begin_speaking(
    tx: Transaction, work_id: str, keys_by_kind: Mapping[str, Iterable[bytes]]
) -> dict[bytes, StoredSegment]:
    """Refer to all segments that will be needed, and only then ask which exist; those stay until `end_speaking`.

    work_id: a new id for each piece of work.    May be repeated.
    """
    owner_id = owner_of_work(work_id)
    want_segments(tx, owner_id, keys_by_kind)
    owned = find_owned_segments(tx, owner_id)
    return {key: segment for key, segment in owned.items() if not segment.is_dropped}


def end_speaking(tx: Transaction, work_id: str) -> None:
    """Let go of everything; what was wanted and never made is forgotten."""
    drop_owner(tx, owner_of_work(work_id), useless=schema.segments.c.pack_id.is_(None))


def list_abandoned(tx: Transaction, *, before_ms: int) -> list[str]:
    """Ids of work that began before a moment and never ended."""
    reference, segment = schema.segment_references.c, schema.segments.c
    # Not a join: SQLite would begin it with all segments of the workspace.
    in_workspace = sa.exists().where(
        segment.segment_id == reference.segment_id, segment.workspace_id == tx.workspace_id
    )
    rows = tx.connection.execute(
        sa.select(reference.owner_id)
        .distinct()
        .where(
            reference.owner_id >= _PREFIX,
            reference.owner_id < _PREFIX + first_id_at(before_ms),
            in_workspace,
        )
    )
    return [owner_id.removeprefix(_PREFIX) for owner_id in rows.scalars()]

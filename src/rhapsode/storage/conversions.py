"""Queries on conversions: the outbox of the job engine, and what each conversion was asked to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import key_usage, schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.references import drop_references
from rhapsode.storage.rows import insert_all
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import (
    ApiKeyId,
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    ProjectSnapshotId,
    WorkspaceId,
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """One run. state: `in_queue`, `converting`, then `succeeded`, `failed` or `cancelled`.

    chapter_id: the only chapter it is of; None for a whole project.
    plan: what rendering froze of the project itself.
    """

    conversion_id: ConversionId
    project_id: ProjectId
    state: str
    plan_digest: bytes
    created_at_ms: int
    error: str | None = None
    project_snapshot_id: ProjectSnapshotId | None = None
    finished_at_ms: int | None = None
    plan: bytes = b""
    chapter_id: ChapterId | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a conversion failed. source_key: of the text it failed at, as a take of it would have it; None for none."""

    error: str
    source_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class DueConversion:
    """The oldest unfinished conversion of a project, which may run."""

    workspace_id: WorkspaceId
    conversion_id: ConversionId


@dataclass(frozen=True, slots=True)
class ConversionChapter:
    """One chapter of a conversion; `chapter_snapshot_id` is set when it is finished or needed nothing.

    plan: the frozen plan's bytes; None where the latest snapshot already is what the plan asks for.
    """

    ordinal: int
    chapter_id: ChapterId
    plan_digest: bytes
    plan: bytes | None
    chapter_snapshot_id: ChapterSnapshotId | None


@dataclass(frozen=True, slots=True)
class ConversionSlice:
    """A stretch of missing segments, cut by cost. `requests` are the bytes that rendering froze."""

    ordinal: int
    chapter_ordinal: int
    requests: bytes


_CONVERSION_COLUMNS = (
    "conversion_id",
    "project_id",
    "state",
    "plan_digest",
    "created_at_ms",
    "error",
    "project_snapshot_id",
    "finished_at_ms",
    "plan",
    "chapter_id",
)
_CHAPTER_COLUMNS = ("ordinal", "chapter_id", "plan_digest", "plan", "chapter_snapshot_id")
_SLICE_COLUMNS = ("ordinal", "chapter_ordinal", "requests")
_ROWS_AT_ONCE = 32


def insert_conversion(tx: Transaction, conversion: Conversion) -> None:
    """Begin to freeze a conversion, whose chapters and slices follow in the same transaction."""
    tx.connection.execute(
        schema.conversions.insert().values(
            workspace_id=tx.workspace_id, **{name: getattr(conversion, name) for name in _CONVERSION_COLUMNS}
        )
    )


def insert_conversion_chapter(
    tx: Transaction,
    conversion_id: ConversionId,
    chapter: ConversionChapter,
    slices: Sequence[ConversionSlice],
) -> None:
    """Freeze one chapter of a conversion with its plan, and the slices of what it lacks."""
    identity = {"conversion_id": conversion_id, "workspace_id": tx.workspace_id}
    tx.connection.execute(
        schema.conversion_chapters.insert().values(
            identity | {name: getattr(chapter, name) for name in _CHAPTER_COLUMNS}
        )
    )
    insert_all(
        tx.connection,
        schema.conversion_slices,
        [identity | {name: getattr(piece, name) for name in _SLICE_COLUMNS} for piece in slices],
    )


def set_plan_digest(tx: Transaction, conversion_id: ConversionId, plan_digest: bytes) -> None:
    """Name a conversion by all that was frozen of it."""
    tx.connection.execute(
        schema.conversions.update()
        .where(
            schema.conversions.c.workspace_id == tx.workspace_id,
            schema.conversions.c.conversion_id == conversion_id,
        )
        .values(plan_digest=plan_digest)
    )


def get_conversion(tx: Transaction, conversion_id: ConversionId) -> Conversion:
    """Raises NotFound."""
    row = tx.connection.execute(
        _conversions(tx).where(schema.conversions.c.conversion_id == conversion_id)
    ).first()
    if row is None:
        msg = f"There is no conversion {conversion_id}."
        raise NotFound(msg)
    return _conversion(row)


def begin_conversion(tx: Transaction, conversion_id: ConversionId) -> None:
    """Let a conversion that waited run; one that runs or has ended stays as it is."""
    conversion = schema.conversions.c
    tx.connection.execute(
        schema.conversions.update()
        .where(
            conversion.workspace_id == tx.workspace_id,
            conversion.conversion_id == conversion_id,
            conversion.state == "in_queue",
        )
        .values(state="converting")
    )


def list_unfinished_conversions(tx: Transaction, project_id: ProjectId | None = None) -> list[Conversion]:
    """Conversions that wait or run, oldest first. project_id: whose; None for those of all projects."""
    conversion = schema.conversions.c
    unfinished = _conversions(tx).where(conversion.finished_at_ms.is_(None))
    if project_id is not None:
        unfinished = unfinished.where(conversion.project_id == project_id)
    rows = tx.connection.execute(unfinished.order_by(conversion.conversion_id))
    return [_conversion(row) for row in rows]


def find_newest_conversion(tx: Transaction, project_id: ProjectId) -> Conversion | None:
    """What was asked of a project last, whatever became of it."""
    conversion = schema.conversions.c
    row = tx.connection.execute(
        _conversions(tx)
        .where(conversion.project_id == project_id)
        .order_by(conversion.conversion_id.desc())
        .limit(1)
    ).first()
    return None if row is None else _conversion(row)


def list_due_conversions(records: Records) -> list[DueConversion]:
    """The conversions of all open workspaces that may run, oldest first: one of each project."""
    conversion = schema.conversions.c
    # Sorted here: asked for an order, SQLite would walk through all conversions that ever were.
    statement = sa.select(conversion.project_id, conversion.workspace_id, conversion.conversion_id).where(
        conversion.finished_at_ms.is_(None), in_open_workspace(conversion.workspace_id)
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        rows = sorted(tx.connection.execute(statement), key=lambda row: row.conversion_id, reverse=True)
    oldest = {row.project_id: DueConversion(row.workspace_id, row.conversion_id) for row in rows}
    return sorted(oldest.values(), key=lambda due: due.conversion_id)


def _conversions(tx: Transaction) -> sa.Select[Any]:
    columns = (schema.conversions.c[name] for name in _CONVERSION_COLUMNS)
    return sa.select(*columns).where(schema.conversions.c.workspace_id == tx.workspace_id)


def _conversion(row: sa.Row[Any]) -> Conversion:
    return Conversion(**row._mapping)


def _of(tx: Transaction, table: sa.Table, conversion_id: ConversionId) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.workspace_id == tx.workspace_id, table.c.conversion_id == conversion_id)


def list_conversion_chapters(tx: Transaction, conversion_id: ConversionId) -> list[ConversionChapter]:
    """In order, without the plans, which are read one at a time."""
    table = schema.conversion_chapters
    rows = tx.connection.execute(
        sa.select(table.c.ordinal, table.c.chapter_id, table.c.plan_digest, table.c.chapter_snapshot_id)
        .where(_of(tx, table, conversion_id))
        .order_by(table.c.ordinal)
    )
    return [
        ConversionChapter(row.ordinal, row.chapter_id, row.plan_digest, None, row.chapter_snapshot_id)
        for row in rows
    ]


def iterate_unfinished_chapters(tx: Transaction, conversion_id: ConversionId) -> Iterator[ConversionChapter]:
    """Those without a snapshot yet, in order, with their plans, some at a time."""
    table = schema.conversion_chapters
    rows = tx.connection.execute(
        sa.select(*(table.c[name] for name in _CHAPTER_COLUMNS))
        .where(_of(tx, table, conversion_id), table.c.chapter_snapshot_id.is_(None))
        .order_by(table.c.ordinal)
    ).yield_per(_ROWS_AT_ONCE)
    return (ConversionChapter(**row._mapping) for row in rows)


def get_conversion_chapter(tx: Transaction, conversion_id: ConversionId, ordinal: int) -> ConversionChapter:
    """One chapter with its plan. Raises: NotFound, also when the conversion has ended."""
    table = schema.conversion_chapters
    row = tx.connection.execute(
        sa.select(table).where(_of(tx, table, conversion_id), table.c.ordinal == ordinal)
    ).first()
    if row is None:
        msg = f"Conversion {conversion_id} has no chapter {ordinal}."
        raise NotFound(msg)
    return ConversionChapter(row.ordinal, row.chapter_id, row.plan_digest, row.plan, row.chapter_snapshot_id)


def set_chapter_snapshot(
    tx: Transaction, conversion_id: ConversionId, ordinal: int, chapter_snapshot_id: ChapterSnapshotId
) -> None:
    """Note that a chapter of the conversion is finished."""
    table = schema.conversion_chapters
    tx.connection.execute(
        table.update()
        .where(_of(tx, table, conversion_id), table.c.ordinal == ordinal)
        .values(chapter_snapshot_id=chapter_snapshot_id)
    )


def list_slices(tx: Transaction, conversion_id: ConversionId) -> list[tuple[int, int]]:
    """(ordinal, ordinal of its chapter) of each slice, in order."""
    table = schema.conversion_slices
    rows = tx.connection.execute(
        sa.select(table.c.ordinal, table.c.chapter_ordinal)
        .where(_of(tx, table, conversion_id))
        .order_by(table.c.ordinal)
    )
    return [(row.ordinal, row.chapter_ordinal) for row in rows]


def iterate_slices(tx: Transaction, conversion_id: ConversionId) -> Iterator[ConversionSlice]:
    """Each slice with its frozen requests, in order, one at a time."""
    table = schema.conversion_slices
    rows = tx.connection.execute(
        sa.select(table).where(_of(tx, table, conversion_id)).order_by(table.c.ordinal)
    ).yield_per(_ROWS_AT_ONCE)
    return (ConversionSlice(row.ordinal, row.chapter_ordinal, row.requests) for row in rows)


def iterate_chapter_slices(
    tx: Transaction, conversion_id: ConversionId, chapter_ordinal: int
) -> Iterator[ConversionSlice]:
    """Each slice of one chapter with its frozen requests, in order, one at a time."""
    table = schema.conversion_slices
    rows = tx.connection.execute(
        sa.select(table)
        .where(_of(tx, table, conversion_id), table.c.chapter_ordinal == chapter_ordinal)
        .order_by(table.c.ordinal)
    ).yield_per(_ROWS_AT_ONCE)
    return (ConversionSlice(row.ordinal, row.chapter_ordinal, row.requests) for row in rows)


def get_slice(tx: Transaction, conversion_id: ConversionId, ordinal: int) -> ConversionSlice:
    """One slice with its frozen requests. Raises: NotFound, also when the conversion has ended."""
    table = schema.conversion_slices
    row = tx.connection.execute(
        sa.select(table).where(_of(tx, table, conversion_id), table.c.ordinal == ordinal)
    ).first()
    if row is None:
        msg = f"Conversion {conversion_id} has no slice {ordinal}."
        raise NotFound(msg)
    return ConversionSlice(row.ordinal, row.chapter_ordinal, row.requests)


def get_last_ordinal(tx: Transaction, conversion_id: ConversionId) -> int:
    """Of the slices of a conversion that has any and hasn't ended."""
    table = schema.conversion_slices
    last = sa.select(sa.func.max(table.c.ordinal)).where(_of(tx, table, conversion_id))
    return int(tx.connection.execute(last).scalar_one())


def finish_conversion(
    tx: Transaction,
    conversion_id: ConversionId,
    state: str,
    *,
    error: str | None = None,
    project_snapshot_id: ProjectSnapshotId | None = None,
) -> bool:
    """End a conversion once: drop what it held and its frozen plans. False when it had ended already.

    error: why it failed, unless that was noted already (`note_failure`).
    Its key has back what it has paid for and what wasn't spoken after all.
    """
    noted = schema.conversions.c.error, schema.conversions.c.error_source_key
    why, source_key = (sa.func.coalesce(noted[0], error), noted[1]) if state == "failed" else (None, None)
    changed = tx.connection.execute(
        _unfinished(tx, conversion_id).values(
            state=state,
            error=why,
            error_source_key=source_key,
            project_snapshot_id=project_snapshot_id,
            finished_at_ms=tx.now_ms,
        )
    )
    if changed.rowcount == 0:
        return False
    _give_back_unspoken(tx, conversion_id)
    drop_references(tx, [conversion_id])
    for table in (schema.conversion_slices, schema.conversion_chapters):
        tx.connection.execute(table.delete().where(_of(tx, table, conversion_id)))
    return True


def note_failure(tx: Transaction, conversion_id: ConversionId, failure: Failure) -> None:
    """Keep what a conversion that hasn't ended will have failed with, should it fail; of several, the last."""
    tx.connection.execute(
        _unfinished(tx, conversion_id).values(error=failure.error, error_source_key=failure.source_key)
    )


def find_noted_failure(tx: Transaction, conversion_id: ConversionId) -> Failure | None:
    """What is noted of a conversion that hasn't ended."""
    conversion = schema.conversions.c
    noted = tx.connection.execute(
        sa.select(conversion.error, conversion.error_source_key).where(
            _of(tx, schema.conversions, conversion_id),
            conversion.finished_at_ms.is_(None),
            conversion.error.is_not(None),
        )
    ).first()
    return None if noted is None else Failure(noted.error, noted.error_source_key)


def drop_noted_failure(tx: Transaction, conversion_id: ConversionId) -> None:
    """Let a conversion that hasn't ended be as if it had failed at nothing so far."""
    tx.connection.execute(_unfinished(tx, conversion_id).values(error=None, error_source_key=None))


def _unfinished(tx: Transaction, conversion_id: ConversionId) -> sa.Update:
    conversion = schema.conversions.c
    return schema.conversions.update().where(
        _of(tx, schema.conversions, conversion_id), conversion.finished_at_ms.is_(None)
    )


def pay_conversion(
    tx: Transaction, conversion_id: ConversionId, key_id: ApiKeyId, character_count: int
) -> None:
    """Let a key pay for all that a conversion may have to speak. Raises: QuotaExceeded; ApiKeyNotFound."""
    key_usage.pay(tx, key_id, character_count)
    tx.connection.execute(
        schema.conversions.update()
        .where(_of(tx, schema.conversions, conversion_id))
        .values(key_id=key_id, paid_character_count=character_count)
    )


def _give_back_unspoken(tx: Transaction, conversion_id: ConversionId) -> None:
    conversion = schema.conversions.c
    query = sa.select(conversion.key_id, conversion.paid_character_count, conversion.created_at_ms)
    row = tx.connection.execute(query.where(_of(tx, schema.conversions, conversion_id))).one()
    if row.key_id is None:
        return
    unspoken = row.paid_character_count - get_usage(tx, conversion_id, "speech").character_count
    # What was spoken twice, because of a kill, is paid for once.
    key_usage.give_back(tx, row.key_id, max(0, unspoken), paid_at_ms=row.created_at_ms)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a conversion spoke and encoded, added up over its ledger entries."""

    segment_count: int
    character_count: int
    sample_count: int


def add_usage(tx: Transaction, conversion_id: ConversionId, kind: str, usage: Usage) -> None:
    """Append to the ledger. kind: `speech` (samples at the engine's rate) or `audio` (samples at 44.1 kHz)."""
    tx.connection.execute(
        schema.usage_ledger.insert().values(
            workspace_id=tx.workspace_id,
            kind=kind,
            conversion_id=conversion_id,
            segment_count=usage.segment_count,
            character_count=usage.character_count,
            sample_count=usage.sample_count,
            created_at_ms=tx.now_ms,
        )
    )


def get_usage(tx: Transaction, conversion_id: ConversionId, kind: str) -> Usage:
    """What one conversion has used so far."""
    ledger = schema.usage_ledger.c
    row = tx.connection.execute(
        sa.select(
            *(
                sa.func.coalesce(sa.func.sum(column), 0)
                for column in (ledger.segment_count, ledger.character_count, ledger.sample_count)
            )
        ).where(
            ledger.workspace_id == tx.workspace_id,
            ledger.conversion_id == conversion_id,
            ledger.kind == kind,
        )
    ).one()
    return Usage(*row)

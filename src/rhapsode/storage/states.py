"""Queries on how far projects and chapters are: what was made of them last, and what went wrong last."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.conversions import Failure
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, fetch_at_once
from rhapsode.studio.ids import ChapterId, ConversionId, ProjectId


def find_last_conversion_times(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, int]:
    """For each project that has a snapshot, when the newest was made, in Unix milliseconds."""
    snapshot = schema.project_snapshots.c
    found: dict[ProjectId, int] = {}
    for chunk in chunks(project_ids):
        rows = tx.connection.execute(
            sa.select(snapshot.project_id, sa.func.max(snapshot.created_at_ms))
            .where(snapshot.workspace_id == tx.workspace_id, snapshot.project_id.in_(chunk))
            .group_by(snapshot.project_id)
        )
        found |= {ProjectId(project_id): made_at_ms for project_id, made_at_ms in rows}
    return found


def find_chapter_conversion_times(tx: Transaction, project_id: ProjectId) -> dict[ChapterId, int | None]:
    """For each chapter of a project, when its newest snapshot was made, in Unix milliseconds; None without one."""
    chapter, snapshot = schema.chapters.c, schema.chapter_snapshots.c
    made_at_ms = sa.select(sa.func.max(snapshot.created_at_ms)).where(
        snapshot.chapter_id == chapter.chapter_id, snapshot.workspace_id == chapter.workspace_id
    )
    newest = sa.select(chapter.chapter_id, made_at_ms.scalar_subquery()).where(
        chapter.workspace_id == tx.workspace_id,
        chapter.project_id == project_id,
        chapter.deleted_at_ms.is_(None),
    )
    return dict(fetch_at_once(tx.connection, newest))


LastEnds = Mapping[ChapterId | None, tuple[ConversionId, Failure | None]]
"""Of the whole project (under None) and of chapters, the last conversion of it alone, and why it failed."""


def find_last_ends(tx: Transaction, project_id: ProjectId) -> LastEnds:
    """The last conversions of a project that ran to their ends, of all of it and of single chapters.

    Those that were cancelled say nothing.
    """
    conversion = schema.conversions.c
    last = (
        sa.select(sa.func.max(conversion.conversion_id))
        .where(
            conversion.workspace_id == tx.workspace_id,
            conversion.project_id == project_id,
            conversion.state.in_(("succeeded", "failed")),
        )
        .group_by(conversion.chapter_id)
    )
    rows = tx.connection.execute(
        sa.select(
            conversion.chapter_id, conversion.conversion_id, conversion.error, conversion.error_source_key
        ).where(conversion.workspace_id == tx.workspace_id, conversion.conversion_id.in_(last))
    )
    return {
        chapter_id: (conversion_id, None if error is None else Failure(error, source_key))
        for chapter_id, conversion_id, error, source_key in rows
    }

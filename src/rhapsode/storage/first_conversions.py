"""Queries on when chapters were first converted."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ProjectId


def list_first_conversion_times(tx: Transaction, project_id: ProjectId) -> dict[ChapterId, int]:
    """For each chapter that a project has or had a snapshot of, when the oldest was made, in Unix milliseconds."""
    snapshot = schema.chapter_snapshots.c
    rows = tx.connection.execute(
        sa.select(snapshot.chapter_id, sa.func.min(snapshot.created_at_ms))
        .where(snapshot.workspace_id == tx.workspace_id, snapshot.project_id == project_id)
        .group_by(snapshot.chapter_id)
    )
    return {ChapterId(chapter_id): made_at_ms for chapter_id, made_at_ms in rows}

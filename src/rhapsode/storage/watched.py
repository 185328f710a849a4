"""Queries for those who watch projects: small ones, because they are asked again and again."""

from collections.abc import Collection
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import of_project
from rhapsode.storage.projects import is_listed
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import fetch_at_once
from rhapsode.studio.ids import (
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    DictionaryVersionId,
    ProjectId,
    ProjectSnapshotId,
)


@dataclass(frozen=True, slots=True)
class ChapterRevision:
    """A narrated chapter as it is now. content_id: see ChapterOutline."""

    chapter_id: ChapterId
    name: str
    revision: int
    content_id: str | None


def list_chapter_revisions(tx: Transaction, project_id: ProjectId) -> list[ChapterRevision]:
    """The chapters of a project that are narrated, in order."""
    chapter = schema.chapters.c
    wanted = (chapter.ordinal, chapter.chapter_id, chapter.name, chapter.revision, chapter.content_id)
    narrated = sa.select(*wanted).where(of_project(tx, project_id), chapter.narrated)
    rows = sorted(fetch_at_once(tx.connection, narrated), key=itemgetter(0))
    return [ChapterRevision(*row) for _, *row in rows]


def find_project_row(tx: Transaction, project_id: ProjectId) -> tuple[Any, ...] | None:
    """All that is recorded of a project itself, to be compared with what it was; None where there is none."""
    project = schema.projects.c
    row = tx.connection.execute(
        sa.select(schema.projects).where(
            project.workspace_id == tx.workspace_id,
            project.project_id == project_id,
            project.deleted_at_ms.is_(None),
        )
    ).first()
    return None if row is None else tuple(row)


def find_newest_dictionary_version_id(tx: Transaction) -> DictionaryVersionId | None:
    """The last version that a dictionary of the workspace was given; None without a dictionary."""
    dictionary = schema.pronunciation_dictionaries.c
    newest = sa.select(sa.func.max(dictionary.latest_version_id)).where(
        dictionary.workspace_id == tx.workspace_id
    )
    return tx.connection.execute(newest).scalar()


@dataclass(frozen=True, slots=True)
class EndedConversion:
    """A conversion that has ended. state: `succeeded`, `failed` or `cancelled`.

    chapter_id: the only chapter it was of; None for a whole project.
    """

    conversion_id: ConversionId
    state: str
    error: str | None
    project_snapshot_id: ProjectSnapshotId | None
    chapter_id: ChapterId | None


def find_newest_conversion_id(tx: Transaction, project_id: ProjectId) -> ConversionId | None:
    """What was asked of a project last; None where nothing ever was."""
    conversion = schema.conversions.c
    newest = sa.select(sa.func.max(conversion.conversion_id)).where(
        conversion.workspace_id == tx.workspace_id, conversion.project_id == project_id
    )
    return tx.connection.execute(newest).scalar()


def list_ended_conversions(
    tx: Transaction, project_id: ProjectId, *, among: Collection[ConversionId], after: ConversionId | None
) -> list[EndedConversion]:
    """Those conversions of a project that have ended, oldest first: of some that had not, and of all that came after.

    after: the newest that was known; None for all there are.
    """
    conversion = schema.conversions.c
    newer = sa.true() if after is None else conversion.conversion_id > after
    rows = tx.connection.execute(
        sa.select(
            conversion.conversion_id,
            conversion.state,
            conversion.error,
            conversion.project_snapshot_id,
            conversion.chapter_id,
        )
        .where(
            conversion.workspace_id == tx.workspace_id,
            conversion.project_id == project_id,
            conversion.finished_at_ms.is_not(None),
            sa.or_(newer, conversion.conversion_id.in_(among)),
        )
        .order_by(conversion.conversion_id)
    )
    return [EndedConversion(*row) for row in rows]


def find_newest_chapter_snapshot_id(tx: Transaction, chapter_id: ChapterId) -> ChapterSnapshotId | None:
    """The newest snapshot of a chapter; None without one."""
    snapshot = schema.chapter_snapshots.c
    newest = sa.select(sa.func.max(snapshot.chapter_snapshot_id)).where(
        snapshot.workspace_id == tx.workspace_id, snapshot.chapter_id == chapter_id
    )
    return tx.connection.execute(newest).scalar()


def list_project_ids(tx: Transaction) -> list[ProjectId]:
    """The projects of a workspace, oldest first, but for exports of others."""
    project = schema.projects.c
    own = sa.select(project.project_id).where(
        project.workspace_id == tx.workspace_id, project.deleted_at_ms.is_(None), is_listed()
    )
    return sorted(ProjectId(row[0]) for row in fetch_at_once(tx.connection, own))


def list_creating_ids(tx: Transaction) -> set[ProjectId]:
    """The projects of a workspace whose content is still being made."""
    creation = schema.creations.c
    unfinished = sa.select(creation.project_id).where(
        creation.workspace_id == tx.workspace_id, creation.finished_at_ms.is_(None)
    )
    return set(tx.connection.execute(unfinished).scalars())

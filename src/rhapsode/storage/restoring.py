"""Queries on what is marked as deleted, and can be had again until clean-up purges it."""

from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import check_chapter, of_project
from rhapsode.storage.projects import EXPORT_ORIGIN, find_project_by_origin, get_project, is_listed
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ProjectId


@dataclass(frozen=True, slots=True)
class DeletedProject:
    """deleted_at_ms: Unix milliseconds."""

    project_id: ProjectId
    name: str
    deleted_at_ms: int


def list_restorable_projects(tx: Transaction) -> list[DeletedProject]:
    """The projects that are marked as deleted, the last one first; without exports, which go with their projects."""
    project = schema.projects.c
    rows = tx.connection.execute(
        sa.select(project.project_id, project.name, project.deleted_at_ms)
        .where(project.workspace_id == tx.workspace_id, project.deleted_at_ms.is_not(None), is_listed())
        .order_by(project.deleted_at_ms.desc(), project.project_id.desc())
    )
    return [DeletedProject(*row) for row in rows]


def restore_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> bool:
    """Take the mark of a deleted chapter away; whether it had one. It stands where it stood.

    Raises: ChapterNotFound.
    """
    chapter = schema.chapters.c
    where = (
        chapter.workspace_id == tx.workspace_id,
        chapter.project_id == project_id,
        chapter.chapter_id == chapter_id,
        chapter.deleted_at_ms.is_not(None),
    )
    ordinal = tx.connection.execute(sa.select(chapter.ordinal).where(*where)).scalar()
    if ordinal is None:
        check_chapter(tx, project_id, chapter_id)
        return False
    _make_room(tx, project_id, ordinal)
    restored = {"deleted_at_ms": None, "ordinal": ordinal}
    tx.connection.execute(schema.chapters.update().where(*where).values(restored))
    return True


def _make_room(tx: Transaction, project_id: ProjectId, ordinal: int) -> None:
    """Where another chapter has this number by now, move all from it on, deleted ones too: they may come back."""
    chapter = schema.chapters.c
    taken = sa.select(chapter.chapter_id).where(of_project(tx, project_id), chapter.ordinal == ordinal)
    if tx.connection.execute(taken).first() is not None:
        behind = (
            chapter.workspace_id == tx.workspace_id,
            chapter.project_id == project_id,
            chapter.ordinal >= ordinal,
        )
        tx.connection.execute(schema.chapters.update().where(*behind).values(ordinal=chapter.ordinal + 1))


def restore_project(tx: Transaction, project_id: ProjectId) -> bool:
    """Take the mark of a deleted project away, and those of the exports that went with it; whether it had one.

    Where another one has been made of its origin since, it has none any more: that one is met from now on.
    Raises: ProjectNotFound, also for an export.
    """
    deleted = next((each for each in list_restorable_projects(tx) if each.project_id == project_id), None)
    if deleted is None:
        get_project(tx, project_id)
        return False
    _unmark(tx, project_id)
    project = schema.projects.c
    exports = sa.select(project.project_id).where(
        project.workspace_id == tx.workspace_id,
        project.origin.startswith(EXPORT_ORIGIN),
        project.origin.endswith(f":{project_id}"),
        project.deleted_at_ms == deleted.deleted_at_ms,
    )
    for export_id in tx.connection.execute(exports).scalars().all():
        _unmark(tx, ProjectId(export_id))
    return True


def _unmark(tx: Transaction, project_id: ProjectId) -> None:
    project = schema.projects.c
    where = (project.workspace_id == tx.workspace_id, project.project_id == project_id)
    origin = tx.connection.execute(sa.select(project.origin).where(*where)).scalar()
    is_taken = origin is not None and find_project_by_origin(tx, origin) is not None
    values = {"deleted_at_ms": None} | ({"origin": None} if is_taken else {})
    tx.connection.execute(schema.projects.update().where(*where).values(values))

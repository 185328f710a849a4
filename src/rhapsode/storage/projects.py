"""Queries on projects; those on what they are made of are offered here too."""

from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import (
    get_chapter,
    iterate_chapters,
    list_chapters,
    purge_chapters,
    save_chapters,
)
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, drop_references
from rhapsode.storage.takes import find_takes, set_takes
from rhapsode.studio.errors import NotFound
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Project, QualityPreset

__all__ = [
    "find_project_by_origin",
    "find_takes",
    "get_chapter",
    "get_project",
    "iterate_chapters",
    "list_chapters",
    "purge_chapters",
    "save_chapters",
    "save_project",
    "set_takes",
]

_IDENTITY = ("project_id", "created_at_ms")
_EDITABLE = (
    "name",
    "title",
    "author",
    "description",
    "language",
    "isbn_number",
    "quality_preset",
    "default_title_voice_id",
    "default_paragraph_voice_id",
    "cover_key",
    "origin",
)


def save_project(tx: Transaction, project: Project) -> None:
    """Insert the project, or replace all its fields but its time of creation."""
    values = {name: getattr(project, name) for name in _EDITABLE}
    changed = tx.connection.execute(
        schema.projects.update()
        .where(
            schema.projects.c.workspace_id == tx.workspace_id,
            schema.projects.c.project_id == project.project_id,
        )
        .values(values)
    )
    if changed.rowcount == 0:
        identity = {name: getattr(project, name) for name in _IDENTITY}
        tx.connection.execute(
            schema.projects.insert().values(workspace_id=tx.workspace_id, **identity, **values)
        )
    drop_references(tx, [project.project_id])
    if project.cover_key is not None:
        add_references(tx, [(project.project_id, project.cover_key)])


def get_project(tx: Transaction, project_id: ProjectId) -> Project:
    """Raises NotFound when the workspace has no such project, or has deleted it."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.project_id == project_id)).first()
    if row is None:
        msg = f"There is no project {project_id}."
        raise NotFound(msg)
    return _project(row)


def find_project_by_origin(tx: Transaction, origin: str) -> Project | None:
    """The project that the command line made from this place."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.origin == origin)).first()
    return None if row is None else _project(row)


def _living(tx: Transaction) -> sa.Select[Any]:
    return sa.select(*(schema.projects.c[name] for name in (*_IDENTITY, *_EDITABLE))).where(
        schema.projects.c.workspace_id == tx.workspace_id, schema.projects.c.deleted_at_ms.is_(None)
    )


def _project(row: sa.Row[Any]) -> Project:
    values = dict(row._mapping)
    return Project(**values | {"quality_preset": QualityPreset(values["quality_preset"])})

"""Queries on projects; those on what they are made of are offered here too."""

import json
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import (
    get_chapter,
    iterate_chapters,
    list_chapters,
    purge_chapters,
    purge_chapters_of,
    save_chapters,
)
from rhapsode.storage.history import delete_chapter_items
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, drop_references
from rhapsode.storage.takes import find_takes, set_takes
from rhapsode.studio.errors import ProjectNotFound
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Project, ProjectDetails, QualityPreset
from rhapsode.studio.pronunciation import DictionaryLocator
from rhapsode.studio.voice import VoiceSettings

__all__ = [
    "EXPORT_ORIGIN",
    "delete_project",
    "find_project_by_origin",
    "find_takes",
    "get_chapter",
    "get_project",
    "is_listed",
    "iterate_chapters",
    "list_chapters",
    "list_deleted_projects",
    "list_projects",
    "list_projects_after",
    "purge_chapters",
    "purge_project",
    "save_chapters",
    "save_project",
    "set_takes",
]

EXPORT_ORIGIN = "export:"
"""How the origin of a project begins that was made of another one. No place that a book comes from begins so."""

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
    "document_key",
    "origin",
)


def save_project(tx: Transaction, project: Project) -> None:
    """Insert the project, or replace all its fields but its time of creation."""
    values = {name: getattr(project, name) for name in _EDITABLE}
    values["details"] = json.dumps(asdict(project.details))
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
    kept = (key for key in (project.cover_key, project.document_key) if key is not None)
    add_references(tx, ((project.project_id, key) for key in kept))


def get_project(tx: Transaction, project_id: ProjectId) -> Project:
    """Raises ProjectNotFound when the workspace has no such project, or has deleted it."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.project_id == project_id)).first()
    if row is None:
        raise _not_found(project_id)
    return _project(row)


def find_project_by_origin(tx: Transaction, origin: str) -> Project | None:
    """The project that the command line made from this place."""
    row = tx.connection.execute(_living(tx).where(schema.projects.c.origin == origin)).first()
    return None if row is None else _project(row)


def list_projects(tx: Transaction) -> list[Project]:
    """All projects of the workspace, the newest first, but for exports of others."""
    return [_project(row) for row in tx.connection.execute(_listed(tx))]


def list_projects_after(tx: Transaction, after: ProjectId | None, count: int) -> list[Project]:
    """At most so many of the same. after: which one they follow, even if it is there no more; None for the first."""
    wanted = _listed(tx) if after is None else _listed(tx).where(schema.projects.c.project_id < after)
    return [_project(row) for row in tx.connection.execute(wanted.limit(count))]


def delete_project(tx: Transaction, project_id: ProjectId) -> None:
    """Mark a project as deleted. Raises ProjectNotFound."""
    changed = tx.connection.execute(
        schema.projects.update()
        .where(
            schema.projects.c.workspace_id == tx.workspace_id,
            schema.projects.c.project_id == project_id,
            schema.projects.c.deleted_at_ms.is_(None),
        )
        .values(deleted_at_ms=tx.now_ms)
    )
    if changed.rowcount == 0:
        raise _not_found(project_id)


def _not_found(project_id: ProjectId) -> ProjectNotFound:
    return ProjectNotFound(f"There is no project {project_id}.")


def list_deleted_projects(tx: Transaction, *, before_ms: int) -> list[ProjectId]:
    """The projects that were marked as deleted before a time."""
    project = schema.projects.c
    where = (project.workspace_id == tx.workspace_id, project.deleted_at_ms < before_ms)
    return list(tx.connection.execute(sa.select(project.project_id).where(*where)).scalars())


def purge_project(tx: Transaction, project_id: ProjectId) -> None:
    """Delete a project for good: chapters and their takes, snapshots, conversions, and what they refer to.

    Items of history go whose audio is that of one of the snapshots.
    """
    purge_chapters_of(tx, project_id)
    delete_chapter_items(tx, project_id)
    for table, identity in (
        (schema.exports, schema.exports.c.export_id),
        (schema.project_snapshots, schema.project_snapshots.c.project_snapshot_id),
        (schema.chapter_snapshots, schema.chapter_snapshots.c.chapter_snapshot_id),
        (schema.conversions, schema.conversions.c.conversion_id),
        (schema.projects, schema.projects.c.project_id),
    ):
        where = (table.c.workspace_id == tx.workspace_id, table.c.project_id == project_id)
        drop_references(tx, tx.connection.execute(sa.select(identity).where(*where)).scalars().all())
        tx.connection.execute(table.delete().where(*where))


def is_listed() -> sa.ColumnElement[bool]:
    """That a project is one of its own, and not the export of another."""
    origin = schema.projects.c.origin
    return sa.or_(origin.is_(None), ~origin.startswith(EXPORT_ORIGIN))


def _listed(tx: Transaction) -> sa.Select[Any]:
    return _living(tx).where(is_listed()).order_by(schema.projects.c.project_id.desc())


def _living(tx: Transaction) -> sa.Select[Any]:
    return sa.select(*(schema.projects.c[name] for name in (*_IDENTITY, *_EDITABLE, "details"))).where(
        schema.projects.c.workspace_id == tx.workspace_id, schema.projects.c.deleted_at_ms.is_(None)
    )


def _project(row: sa.Row[Any]) -> Project:
    values = dict(row._mapping)
    return Project(
        **values
        | {
            "quality_preset": QualityPreset(values["quality_preset"]),
            "details": _details(json.loads(values["details"])),
        }
    )


def _details(values: dict[str, Any]) -> ProjectDetails:
    """Those that were kept; what older rows don't have is at its default."""
    settings = values.get("voice_settings", {})
    locators = values.get("pronunciation_dictionary_locators", ())
    return ProjectDetails(
        **values
        | {
            "genres": tuple(values.get("genres", ())),
            "voice_settings": {voice_id: VoiceSettings(**said) for voice_id, said in settings.items()},
            "pronunciation_dictionary_locators": tuple(DictionaryLocator(**locator) for locator in locators),
        }
    )

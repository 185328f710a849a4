"""Queries on creations: projects whose content is still being fetched, imported or written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.rows import chunks
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId

CreationStatus = Literal["creating", "finished", "failed"]


@dataclass(frozen=True, slots=True)
class Creation:
    """How the content of a project is made, the last time that it took longer than its client waited.

    kind: who makes it (authoring.creations).    progress: 0 to 1.    error: why it failed, in a sentence.
    """

    project_id: ProjectId
    kind: str
    status: CreationStatus
    progress: float
    error: str | None


@dataclass(frozen=True, slots=True)
class NewCreation:
    """What is to be made. kind: as Creation has it.

    request: what was asked for, as its kind wrote it; `auto_convert` in it asks for a conversion afterwards.
    document: what the client has sent, if anything.
    key_id: the key that pays for that conversion; in the row it is part of the request.
    """

    kind: str
    request: Mapping[str, Any]
    document: bytes | None = None
    key_id: ApiKeyId | None = None


def begin_creation(tx: Transaction, project_id: ProjectId, creation: NewCreation) -> None:
    """Note that a project is being made, in place of what was noted of it before."""
    drop_creation(tx, project_id)
    tx.connection.execute(
        schema.creations.insert().values(
            project_id=project_id,
            workspace_id=tx.workspace_id,
            kind=creation.kind,
            status="creating",
            progress=0.0,
            created_at_ms=tx.now_ms,
            request=_json({**creation.request, "key_id": creation.key_id}),
            document=creation.document,
        )
    )


def drop_creation(tx: Transaction, project_id: ProjectId) -> None:
    """Forget how a project was made: its content was replaced at once."""
    tx.connection.execute(schema.creations.delete().where(_of(tx, project_id)))


def find_creation(tx: Transaction, project_id: ProjectId) -> Creation | None:
    """How a project is made or was made; None where that took no time."""
    return find_creations(tx, [project_id]).get(project_id)


def find_creations(tx: Transaction, project_ids: Sequence[ProjectId]) -> dict[ProjectId, Creation]:
    """The same of many projects, of those that have one."""
    creation = schema.creations.c
    found: dict[ProjectId, Creation] = {}
    for chunk in chunks(project_ids):
        rows = tx.connection.execute(
            sa.select(
                creation.project_id,
                creation.kind,
                creation.status,
                creation.progress,
                creation.error,
            ).where(creation.workspace_id == tx.workspace_id, creation.project_id.in_(chunk))
        )
        found |= {row.project_id: Creation(**row._mapping) for row in rows}
    return found


def find_request(tx: Transaction, project_id: ProjectId) -> dict[str, Any] | None:
    """What is asked for of a project that is being made, as NewCreation.request; None where none is."""
    row = tx.connection.execute(
        sa.select(schema.creations.c.request).where(_unfinished(tx, project_id))
    ).first()
    return None if row is None else json.loads(row.request)


def is_creating(tx: Transaction, project_id: ProjectId) -> bool:
    """Whether the content of a project is still being made."""
    found = sa.select(schema.creations.c.project_id).where(_unfinished(tx, project_id))
    return tx.connection.execute(found).first() is not None


def find_document(tx: Transaction, project_id: ProjectId) -> bytes | None:
    """The document that a project is being made of; None without one, and when it is made."""
    row = tx.connection.execute(sa.select(schema.creations.c.document).where(_of(tx, project_id))).first()
    return None if row is None else row.document


def list_unfinished_creations(records: Records) -> list[tuple[WorkspaceId, ProjectId]]:
    """Whatever of all open workspaces is still to be made, oldest first; of deleted projects, nothing is."""
    creation, project = schema.creations.c, schema.projects.c
    statement = (
        sa.select(creation.workspace_id, creation.project_id)
        .join_from(schema.creations, schema.projects, project.project_id == creation.project_id)
        .where(
            creation.finished_at_ms.is_(None),
            project.deleted_at_ms.is_(None),
            in_open_workspace(creation.workspace_id),
        )
    )
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = [(row.workspace_id, row.project_id) for row in tx.connection.execute(statement)]
    # Sorted here: asked for an order, SQLite would walk through all creations that ever were.
    return sorted(found, key=lambda ids: ids[1])


def note_progress(tx: Transaction, project_id: ProjectId, progress: float) -> None:
    """Say how far a creation is, 0 to 1."""
    tx.connection.execute(_update(tx, project_id).values(progress=progress))


def ask_for_conversion(tx: Transaction, project_id: ProjectId, key_id: ApiKeyId | None = None) -> bool:
    """Let a project be converted as soon as it is made. False when it isn't being made. key_id: who pays."""
    request = find_request(tx, project_id)
    if request is None:
        return False
    wanted = request | {"auto_convert": True, "key_id": key_id}
    tx.connection.execute(_update(tx, project_id).values(request=_json(wanted)))
    return True


def forget_conversion(tx: Transaction, project_id: ProjectId) -> None:
    """Let a project that is being made not be converted afterwards, whoever has asked for it."""
    request = find_request(tx, project_id)
    if request is not None and request.get("auto_convert"):
        wanted = _json(request | {"auto_convert": False})
        tx.connection.execute(_update(tx, project_id).values(request=wanted))


def finish_creation(tx: Transaction, project_id: ProjectId, request: Mapping[str, Any]) -> bool:
    """End a creation, unless it has ended or something else than `request` is asked for now."""
    changed = tx.connection.execute(
        _update(tx, project_id)
        .where(schema.creations.c.request == _json(request))
        .values(status="finished", progress=1.0, finished_at_ms=tx.now_ms, document=None)
    )
    return changed.rowcount == 1


def fail_creation(tx: Transaction, project_id: ProjectId, error: str) -> None:
    """End a creation with a sentence that says why nothing more comes of it."""
    tx.connection.execute(
        _update(tx, project_id).values(status="failed", error=error, finished_at_ms=tx.now_ms, document=None)
    )


def _update(tx: Transaction, project_id: ProjectId) -> sa.Update:
    return schema.creations.update().where(_unfinished(tx, project_id))


def _unfinished(tx: Transaction, project_id: ProjectId) -> sa.ColumnElement[bool]:
    return sa.and_(_of(tx, project_id), schema.creations.c.finished_at_ms.is_(None))


def _of(tx: Transaction, project_id: ProjectId) -> sa.ColumnElement[bool]:
    creation = schema.creations.c
    return sa.and_(creation.workspace_id == tx.workspace_id, creation.project_id == project_id)


def _json(request: Mapping[str, Any]) -> str:
    # Always the same text for the same request, because it is compared.
    return json.dumps(request, sort_keys=True)

"""Queries on players: the pages on which projects are heard."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.workspaces import in_open_workspace
from rhapsode.studio.errors import PlayerNotFound
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId, WorkspaceId

_PLAYERS = schema.players


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """How a player looks. Source: schema AudioNativeProjectSettingsResponseModel.

    title, author: None for the project's own.    image: its address.    text_color, background_color: of CSS.
    sessionization: minutes in which a listener who comes back goes on.
    held_snapshot_id: what is heard as long as nothing newer is published; None for the latest.
    """

    title: str | None = None
    author: str | None = None
    image: str | None = None
    small: bool = False
    text_color: str = "#000000"
    background_color: str = "#FFFFFF"
    sessionization: int = 0
    held_snapshot_id: ProjectSnapshotId | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """The player of a project. token: opens it, for everybody who knows it.    source_url: the page it belongs to."""

    project_id: ProjectId
    token: str
    settings: PlayerSettings
    source_url: str | None = None


def save_player(tx: Transaction, player: Player) -> None:
    """Keep a player, in place of the one that its project had."""
    created_at_ms = tx.connection.execute(
        sa.select(_PLAYERS.c.created_at_ms).where(*_is(tx, player.project_id))
    ).scalar()
    delete_player(tx, player.project_id)
    tx.connection.execute(
        _PLAYERS.insert().values(
            project_id=player.project_id,
            workspace_id=tx.workspace_id,
            token=player.token,
            source_url=player.source_url,
            settings=json.dumps(asdict(player.settings)),
            created_at_ms=created_at_ms or tx.now_ms,
        )
    )


def find_player(tx: Transaction, project_id: ProjectId) -> Player | None:
    """The player of a project; None for one that has none."""
    row = tx.connection.execute(sa.select(_PLAYERS).where(*_is(tx, project_id))).first()
    return None if row is None else _player(row)


def find_player_by_source(tx: Transaction, source_url: str) -> Player | None:
    """The newest player that belongs to a page, of projects that aren't deleted."""
    row = tx.connection.execute(
        _of_projects()
        .where(_PLAYERS.c.workspace_id == tx.workspace_id, _PLAYERS.c.source_url == source_url)
        .order_by(_PLAYERS.c.project_id.desc())
        .limit(1)
    ).first()
    return None if row is None else _player(row)


def delete_player(tx: Transaction, project_id: ProjectId) -> bool:
    """Let a token open nothing any more. False where there was none."""
    return tx.connection.execute(_PLAYERS.delete().where(*_is(tx, project_id))).rowcount == 1


def get_player_by_token(records: Records, token: str) -> tuple[WorkspaceId, Player]:
    """Whose player a token opens.

    Raises: PlayerNotFound, also when its project is deleted or its workspace closed.
    """
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        row = tx.connection.execute(_of_projects().where(_PLAYERS.c.token == token)).first()
    if row is None:
        raise PlayerNotFound
    return row.workspace_id, _player(row)


def _of_projects() -> sa.Select[Any]:
    project = schema.projects.c
    return (
        sa.select(_PLAYERS)
        .join_from(_PLAYERS, schema.projects, project.project_id == _PLAYERS.c.project_id)
        .where(project.deleted_at_ms.is_(None), in_open_workspace(project.workspace_id))
    )


def _is(tx: Transaction, project_id: ProjectId) -> tuple[sa.ColumnElement[bool], ...]:
    return _PLAYERS.c.workspace_id == tx.workspace_id, _PLAYERS.c.project_id == project_id


def _player(row: sa.Row[Any]) -> Player:
    return Player(row.project_id, row.token, PlayerSettings(**json.loads(row.settings)), row.source_url)

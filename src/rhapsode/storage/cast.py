"""Queries on casts: who speaks in a project, and which nodes are whose."""

import json
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import insert_all
from rhapsode.studio.cast import Cast, CastLine, Character
from rhapsode.studio.ids import CharacterId, NodeId, ProjectId, VoiceId

_CHARACTERS, _LINES = schema.cast_characters, schema.cast_lines


def find_cast(tx: Transaction, project_id: ProjectId) -> Cast | None:
    """The cast of a project; None where none was made. Lines of nodes that are gone are in it all the same."""
    characters = _list_characters(tx, project_id)
    return Cast(characters, _list_lines(tx, project_id)) if characters else None


def _list_characters(tx: Transaction, project_id: ProjectId) -> tuple[Character, ...]:
    query = sa.select(_CHARACTERS).where(_of(tx, _CHARACTERS, project_id)).order_by(_CHARACTERS.c.ordinal)
    return tuple(_character(row) for row in tx.connection.execute(query))


def _list_lines(tx: Transaction, project_id: ProjectId) -> dict[NodeId, CastLine]:
    line = _LINES.c
    query = sa.select(line.node_id, line.character_id, line.rule, line.confidence)
    rows = tx.connection.execute(query.where(_of(tx, _LINES, project_id)))
    return {row[0]: CastLine(*row) for row in rows}


def save_cast(tx: Transaction, project_id: ProjectId, cast: Cast) -> None:
    """Make this the cast of a project, in place of what it was."""
    delete_cast(tx, project_id)
    owner: dict[str, Any] = {"workspace_id": tx.workspace_id, "project_id": project_id}
    characters = [
        owner
        | {
            "character_id": character.character_id,
            "ordinal": ordinal,
            "name": character.name,
            "voice_id": character.voice_id,
            "document": json.dumps(_document(character)),
        }
        for ordinal, character in enumerate(cast.characters)
    ]
    lines = [
        owner
        | {
            "node_id": line.node_id,
            "character_id": line.character_id,
            "rule": line.rule,
            "confidence": line.confidence,
        }
        for line in cast.lines.values()
    ]
    insert_all(tx.connection, _CHARACTERS, characters)
    insert_all(tx.connection, _LINES, lines)


def delete_cast(tx: Transaction, project_id: ProjectId) -> None:
    """Forget who speaks in a project."""
    for table in (_LINES, _CHARACTERS):
        tx.connection.execute(table.delete().where(_of(tx, table, project_id)))


def _of(tx: Transaction, table: sa.Table, project_id: ProjectId) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.workspace_id == tx.workspace_id, table.c.project_id == project_id)


def _document(character: Character) -> dict[str, Any]:
    return {
        "aliases": list(character.aliases),
        "gender": character.gender,
        "age": character.age,
        "accent": character.accent,
        "said": sorted(character.said),
    }


def _character(row: sa.Row[Any]) -> Character:
    document = json.loads(row.document)
    return Character(
        character_id=CharacterId(row.character_id),
        name=row.name,
        voice_id=None if row.voice_id is None else VoiceId(row.voice_id),
        **document | {"aliases": tuple(document["aliases"]), "said": frozenset(document["said"])},
    )

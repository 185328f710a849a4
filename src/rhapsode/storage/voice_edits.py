"""Queries on what workspaces have made of voices: other names, other settings, or nothing at all."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import VoiceSettings

_TABLE = schema.voice_edits


@dataclass(frozen=True, slots=True)
class VoiceEdit:
    """What a workspace has made of one voice; None leaves what its engine says.

    labels: all of them, in place of the engine's.    deleted_at_ms: Unix milliseconds.
    """

    name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] | None = None
    settings: VoiceSettings | None = None
    deleted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class VoiceEdits:
    """All edits of a workspace, by the id that clients know a voice by: its own, or a premade one."""

    by_voice: Mapping[VoiceId, VoiceEdit]

    def of(self, voice_id: VoiceId) -> VoiceEdit:
        """What was made of a voice; nothing of most."""
        return self.by_voice.get(voice_id, VoiceEdit())

    def name_of(self, voice_id: VoiceId, name: str) -> str:
        """What a voice is called. name: what it is called unless somebody has said something else."""
        return self.of(voice_id).name or name

    def settings_of(self, voice_id: VoiceId) -> VoiceSettings:
        """What a voice is used with unless somebody says otherwise."""
        return self.of(voice_id).settings or VoiceSettings()

    @property
    def settings(self) -> dict[VoiceId, VoiceSettings]:
        """The settings of all voices that aren't used with the defaults."""
        found = ((voice_id, edit.settings) for voice_id, edit in self.by_voice.items())
        return {voice_id: settings for voice_id, settings in found if settings is not None}

    @property
    def deleted(self) -> frozenset[VoiceId]:
        """The voices that were deleted."""
        return frozenset(v for v, edit in self.by_voice.items() if edit.deleted_at_ms is not None)


def list_voice_edits(tx: Transaction) -> VoiceEdits:
    """All edits of the workspace, which are at most as many as there are voices."""
    rows = tx.connection.execute(sa.select(_TABLE).where(_TABLE.c.workspace_id == tx.workspace_id))
    return VoiceEdits({row.voice_id: _edit(row) for row in rows})


def rename_voice(
    tx: Transaction,
    voice_id: VoiceId,
    *,
    name: str,
    description: str | None,
    labels: Mapping[str, str] | None,
) -> None:
    """Call a voice something else. description, labels: None leaves them as they are."""
    changed: dict[str, Any] = {"name": name}
    if description is not None:
        changed["description"] = description
    if labels is not None:
        changed["labels"] = json.dumps(dict(labels))
    _save(tx, voice_id, changed)


def set_voice_settings(tx: Transaction, voice_id: VoiceId, settings: VoiceSettings) -> None:
    """Use a voice with other settings unless somebody says otherwise."""
    _save(tx, voice_id, {"settings": json.dumps(asdict(settings))})


def set_voice_deleted(tx: Transaction, voice_id: VoiceId, *, deleted: bool) -> None:
    """Take a voice away from the workspace, or give it back as it was."""
    _save(tx, voice_id, {"deleted_at_ms": tx.now_ms if deleted else None})


def _save(tx: Transaction, voice_id: VoiceId, changed: Mapping[str, Any]) -> None:
    identity = {"workspace_id": tx.workspace_id, "voice_id": voice_id}
    tx.connection.execute(insert_or_ignore(tx.connection, _TABLE).values(identity))
    tx.connection.execute(
        _TABLE.update()
        .where(_TABLE.c.workspace_id == tx.workspace_id, _TABLE.c.voice_id == voice_id)
        .values(dict(changed))
    )


def _edit(row: sa.Row[Any]) -> VoiceEdit:
    return VoiceEdit(
        name=row.name,
        description=row.description,
        labels=None if row.labels is None else json.loads(row.labels),
        settings=None if row.settings is None else VoiceSettings(**json.loads(row.settings)),
        deleted_at_ms=row.deleted_at_ms,
    )

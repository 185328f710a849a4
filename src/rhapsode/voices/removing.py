"""Remove voices that were installed. What they have said stays, and so do their files for those who still speak."""

from dataclasses import dataclass

from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction, list_workspaces
from rhapsode.storage.voice_uses import list_projects_with
from rhapsode.storage.voices import StoredVoice, delete_voice, list_stored_voices
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import VoiceId
from rhapsode.voices.catalogue import open_catalogue
from rhapsode.voices.wanted import list_installed_as


@dataclass(frozen=True, slots=True)
class Removed:
    """Voices that are no more.

    names: of the voices.    projects: that have one of them, by name.    origin: what installs them again.
    """

    names: tuple[str, ...]
    projects: tuple[str, ...]
    origin: str


def remove_voices(records: Records, name: str) -> Removed:
    """Remove the voice of a name or id, or all that were installed by this name.

    Raises: UnknownVoice; InvalidInput, when it comes with its engine or is a workspace's own.
    """
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        found = _find(tx, name)
        for stored in found:
            delete_voice(tx, stored.voice.voice_id)
            add_audit_entry(tx, actor="command line", action="voice.removed", object_id=stored.voice.voice_id)
    voice_ids = [stored.voice.voice_id for stored in found]
    return Removed(
        tuple(stored.voice.name for stored in found), _projects_with(records, voice_ids), found[0].origin
    )


def _find(tx: Transaction, name: str) -> list[StoredVoice]:
    stored = list_stored_voices(tx)
    together = list_installed_as(stored, name)
    if together:
        return together
    voice = open_catalogue(tx).get(name)
    found = [each for each in stored if each.is_shared and each.voice.voice_id == voice.voice_id]
    if not found:
        msg = (
            f"{voice.name} was made by clients of the API: delete it there."
            if voice.files
            else f"{voice.name} comes with {voice.engine} and can't be removed by itself."
        )
        raise InvalidInput(msg)
    return found


def _projects_with(records: Records, voice_ids: list[VoiceId]) -> tuple[str, ...]:
    found: list[str] = []
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            found += list_projects_with(tx, voice_ids)
    return tuple(found)

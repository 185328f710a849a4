"""Make voices of a workspace something else than their engines say: their names, their settings, or nothing at all.

An edit belongs to the id that clients know a voice by. So a premade voice and the installed one that answers it are
two, and what a project was made with isn't changed by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rhapsode.authoring.checks import checked_name, checked_words
from rhapsode.authoring.voices import accepted_voice, voice_not_found
from rhapsode.storage import voice_edits
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.voice_edits import VoiceEdits
from rhapsode.studio.errors import InvalidInput, UnknownVoice
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_DESCRIPTION_CHARACTERS, MAX_VOICE_LABELS
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import Catalogue, open_catalogue

_ACTOR = "api"


@dataclass(frozen=True, slots=True)
class VoiceWishes:
    """What a client wants a voice to be called. None leaves a field as it is. Source: operation edit_voice."""

    name: str
    description: str | None = None
    labels: Mapping[str, str] | None = None


def get_voice_edits(records: Records, workspace_id: WorkspaceId) -> VoiceEdits:
    """What the workspace has made of its voices."""
    with records.read(workspace_id) as tx:
        return voice_edits.list_voice_edits(tx)


def edit_voice(records: Records, workspace_id: WorkspaceId, voice_id: VoiceId, wishes: VoiceWishes) -> None:
    """Call a voice something else. An empty description takes it away. Raises: UnknownVoice; InvalidInput."""
    name = checked_name(wishes.name, what="The voice's name")
    description, labels = checked_description(wishes.description), checked_labels(wishes.labels)
    with records.write(workspace_id) as tx:
        _check_voice(tx, voice_id)
        voice_edits.rename_voice(tx, voice_id, name=name, description=description, labels=labels)
        add_audit_entry(tx, actor=_ACTOR, action="voice.edited", object_id=voice_id)


def edit_voice_settings(
    records: Records, workspace_id: WorkspaceId, voice_id: VoiceId, settings: VoiceSettings
) -> None:
    """Use a voice with these settings wherever nobody says otherwise. Raises: UnknownVoice."""
    with records.write(workspace_id) as tx:
        _check_voice(tx, voice_id)
        voice_edits.set_voice_settings(tx, voice_id, settings)
        add_audit_entry(tx, actor=_ACTOR, action="voice.settings_edited", object_id=voice_id)


def delete_voice(records: Records, workspace_id: WorkspaceId, voice_id: VoiceId) -> None:
    """Take a voice away from the workspace; projects that have it go on with it. Raises: UnknownVoice."""
    with records.write(workspace_id) as tx:
        _check_voice(tx, voice_id)
        voice_edits.set_voice_deleted(tx, voice_id, deleted=True)
        add_audit_entry(tx, actor=_ACTOR, action="voice.deleted", object_id=voice_id)


def restore_voice(records: Records, workspace_id: WorkspaceId, voice_id: VoiceId) -> None:
    """Give a deleted voice back as it was; one that is there stays. Raises: UnknownVoice."""
    with records.write(workspace_id) as tx:
        _check_id(voice_id, Catalogue(open_catalogue(tx).index))
        voice_edits.set_voice_deleted(tx, voice_id, deleted=False)
        add_audit_entry(tx, actor=_ACTOR, action="voice.restored", object_id=voice_id)


def _check_voice(tx: Transaction, voice_id: VoiceId) -> None:
    _check_id(voice_id, open_catalogue(tx))


def _check_id(voice_id: VoiceId, catalogue: Catalogue) -> None:
    """A name is no id, and an id has one spelling."""
    try:
        is_id = accepted_voice(voice_id, catalogue) == voice_id
    except UnknownVoice:
        is_id = False
    if not is_id:
        raise voice_not_found(voice_id)


def checked_description(text: str | None) -> str | None:
    """Of a voice; None where nobody says anything of it. Raises: InvalidInput."""
    if text is None:
        return None
    return checked_words(text, what="The description", limit=MAX_DESCRIPTION_CHARACTERS) or ""


def checked_labels(labels: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Those of a voice; None where nobody says anything of them. Raises: InvalidInput."""
    if labels is None:
        return None
    if len(labels) > MAX_VOICE_LABELS:
        msg = f"There are {len(labels):,} labels; a voice has at most {MAX_VOICE_LABELS}."
        raise InvalidInput(msg)
    return {
        checked_name(key, what="The name of a label"): checked_words(value, what=f"The label {key!r}") or ""
        for key, value in labels.items()
    }

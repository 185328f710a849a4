"""Give a workspace voices of its own: from the files of a voice, or from recordings where an engine can clone."""

from collections.abc import Sequence
from dataclasses import replace

from rhapsode.authoring.checks import checked_name, checked_words
from rhapsode.authoring.voice_edits import checked_description, checked_labels
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.voice_blobs import want_blob
from rhapsode.storage.voice_files import VoiceFile, put_voice_file
from rhapsode.storage.voices import insert_voice
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_OWN_VOICES
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import open_catalogue
from rhapsode.voices.making import NewVoice, clone, voices_of
from rhapsode.voices.sent_files import SentFile, Upload, are_samples, engine_of, received

_ACTOR = "api"


def create_voices(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, wanted: NewVoice, files: Sequence[Upload]
) -> tuple[VoiceId, ...]:
    """Make voices that only this workspace has; they and their files are durable when this returns.

    Several where the files have several speakers. Cut off before the end, it leaves none, and what it has left of
    files goes with the next start or with clean-up; what another server has cloned by then stays there.
    Raises: InvalidInput; VoiceRefused; StorageFull.
    """
    wanted = _checked(wanted)
    with records.read(workspace_id) as tx:
        _check_count(tx, 1)
    with received(blobs, files) as sent:
        if are_samples(sent):
            return _insert(records, workspace_id, [clone([sample.path for sample in sent], wanted)], {})
        engine, by_role = engine_of(sent)
        voices = voices_of(engine, by_role, wanted)
        _put(records, blobs, workspace_id, sent)
        return _insert(records, workspace_id, voices, {role: each.file for role, each in by_role.items()})


def _checked(wanted: NewVoice) -> NewVoice:
    return replace(
        wanted,
        name=checked_name(wanted.name, what="The voice's name"),
        description=checked_description(wanted.description) or "",
        labels=checked_labels(wanted.labels) or {},
        license=checked_words(wanted.license, what="The licence") or "",
    )


def _check_count(tx: Transaction, more: int) -> None:
    count = len(open_catalogue(tx).own) + more
    if count > MAX_OWN_VOICES:
        msg = f"The workspace would have {count:,} voices of its own; it can have {MAX_OWN_VOICES:,}. Delete some."
        raise InvalidInput(msg)


def _put(records: Records, blobs: Blobs, workspace_id: WorkspaceId, files: Sequence[SentFile]) -> None:
    """Keep the files; they are wanted first, lest clean-up deletes what is there already."""
    with records.write(workspace_id) as tx:
        for sent in files:
            want_blob(tx, sent.file)
    for sent in files:
        put_voice_file(blobs, sent.path, sent.file)


def _insert(
    records: Records, workspace_id: WorkspaceId, voices: Sequence[Voice], files: dict[str, VoiceFile]
) -> tuple[VoiceId, ...]:
    with records.write(workspace_id) as tx:
        _check_count(tx, len(voices))
        for voice in voices:
            insert_voice(tx, voice, files, is_shared=False)
            action = "voice.cloned" if voice.category == "cloned" else "voice.created"
            add_audit_entry(tx, actor=_ACTOR, action=action, object_id=voice.voice_id)
    return tuple(voice.voice_id for voice in voices)

"""Voices that are files, as the records have them."""

from pathlib import Path

from tests.factories import WORKSPACE, make_voice, open_studio

from rhapsode.storage.records import Transaction
from rhapsode.storage.voice_blobs import drop_removed_voices
from rhapsode.storage.voice_files import VoiceFile
from rhapsode.storage.voices import delete_voice, insert_voice, list_voices_ever
from rhapsode.studio.ids import VoiceId

VOICE = VoiceId("piper_ida")
FIRST, SECOND = VoiceFile("ab" * 32, 1), VoiceFile("cd" * 32, 1)


def seen(tx: Transaction) -> list[tuple[VoiceId, bool, list[str]]]:
    """Each voice, whether it is removed, and its files."""
    return [
        (stored.voice.voice_id, stored.is_removed, list(stored.voice.files.values()))
        for stored in list_voices_ever(tx)
    ]


def test_what_is_remembered_of_voices_is_never_old(tmp_path: Path) -> None:
    """Whatever becomes of one is seen at once, also when all of it happens in the same millisecond."""
    with open_studio(tmp_path) as studio, studio.records.write(WORKSPACE) as tx:
        assert seen(tx) == []
        insert_voice(tx, make_voice(VOICE), {"model": FIRST}, is_shared=True)
        assert seen(tx) == [(VOICE, False, [FIRST.digest])]
        insert_voice(tx, make_voice(VOICE), {"model": SECOND}, is_shared=True)
        assert seen(tx) == [(VOICE, False, [SECOND.digest])]
        delete_voice(tx, VOICE)
        assert seen(tx) == [(VOICE, True, [SECOND.digest])]
        drop_removed_voices(tx, before_ms=tx.now_ms)
        assert seen(tx) == [(VOICE, True, [])]
        insert_voice(tx, make_voice(VOICE), {"model": FIRST}, is_shared=True)
        assert seen(tx) == [(VOICE, False, [FIRST.digest])]

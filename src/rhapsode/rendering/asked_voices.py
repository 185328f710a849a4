"""Who has to speak, as the records say it, for the processes that do and have none."""

from collections.abc import Iterable

from rhapsode.rendering.draft import SpeechRequest
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import open_catalogue


def find_voices(tx: Transaction, requests: Iterable[SpeechRequest]) -> dict[VoiceId, Voice]:
    """Who speaks requests, by id, also a voice that was removed since: whatever has begun goes on with its files."""
    catalogue = open_catalogue(tx)
    removed = {stored.voice.voice_id: stored.voice for stored in catalogue.removed if stored.voice.files}
    wanted = {request.voice_id for request in requests}
    found = {voice_id: catalogue.find(voice_id) or removed.get(voice_id) for voice_id in wanted}
    return {voice_id: voice for voice_id, voice in found.items() if voice is not None}

"""How voices sound: a sentence of each in its own language, spoken once when somebody first wants to hear it."""

import hashlib
import json

from rhapsode.engines.registry import get_engine
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.script import SpeakRequest
from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.turns import IsWanted
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.storage.sample_files import SampleFile, find_sample, keep_sample
from rhapsode.studio.ids import WorkspaceId, new_id
from rhapsode.studio.models import DEFAULT_MODEL_ID
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import read_catalogue

_OUTPUT_FORMAT = "mp3_44100_128"


class VoiceSamples:
    """Speaks samples, and keeps them on the disk. Thread-safe.

    Nothing is written into the records and nobody pays: a sample is the same for all who have its voice.
    """

    def __init__(self, records: Records, blobs: Blobs, speaking: Speaking) -> None:
        self._records = records
        self._blobs = blobs
        self._speaking = speaking

    def get(self, workspace_id: WorkspaceId, voice_id: str, *, is_wanted: IsWanted) -> SampleFile:
        """The sample of a voice, or of the one that answers a premade id. is_wanted: as `Speaking.speak` takes it.

        Raises: UnknownVoice; EngineFailed; StorageFull; Withdrawn.
        """
        voice = read_catalogue(self._records, workspace_id).get(voice_id)
        text = calibration_paragraphs(voice.language)[0]
        key = _sample_key(voice, text)
        found = find_sample(self._blobs, key)
        if found is None:
            content = self._speak(workspace_id, voice, text, is_wanted)
            # Somebody else may have been quicker, and others have that one.
            found = keep_sample(self._blobs, key, content)
        return found

    def _speak(self, workspace_id: WorkspaceId, voice: Voice, text: str, is_wanted: IsWanted) -> bytes:
        request = SpeakRequest(text, voice.voice_id, _OUTPUT_FORMAT, DEFAULT_MODEL_ID, request_id=new_id())
        stream = self._speaking.open_stream()
        self._speaking.speak_aloud(workspace_id, request, stream, keep=False, is_wanted=is_wanted)
        stream.finish()
        parts = filter(None, map(stream.find_part, range(stream.part_count)))
        return stream.head + b"".join(block for part in parts for block in part.iterate_audio())


def _sample_key(voice: Voice, text: str) -> str:
    """A digest of all that is heard: another version of the engine or of the files is another sample."""
    engine_version = get_engine(voice.engine).traits.version
    spoken_by = (voice.engine, engine_version, voice.voice_id, voice.version, voice.speaker, voice.language)
    heard = [*spoken_by, sorted(voice.files.items()), _OUTPUT_FORMAT, text]
    return hashlib.sha256(json.dumps(heard).encode()).hexdigest()

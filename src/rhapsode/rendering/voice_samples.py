"""How voices sound: a sentence of each in its own language, spoken when somebody first wants to hear it."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from rhapsode.engines.registry import get_voice
from rhapsode.rendering.calibration_texts import calibration_paragraphs
from rhapsode.rendering.script import SpeakRequest
from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.turns import IsWanted
from rhapsode.studio.ids import VoiceId, WorkspaceId, new_id
from rhapsode.studio.models import DEFAULT_MODEL_ID

_OUTPUT_FORMAT = "mp3_44100_128"
_MAX_KEPT = 256
"""Each has some 100 KB. There are fewer voices: who plays one after the other has each spoken once."""


@dataclass(frozen=True, slots=True)
class VoiceSample:
    """content: an MP3.    spoken_at_ms: Unix milliseconds."""

    content: bytes
    spoken_at_ms: int


class VoiceSamples:
    """Speaks samples, and keeps those that were last asked for in memory. Thread-safe.

    Nothing is written and nobody pays: a sample is the same for all workspaces, and is spoken again after a start.
    """

    def __init__(self, speaking: Speaking, *, max_kept: int = _MAX_KEPT) -> None:
        self._speaking = speaking
        self._max_kept = max_kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[VoiceId, VoiceSample] = OrderedDict()

    def get(self, workspace_id: WorkspaceId, voice_id: VoiceId, *, is_wanted: IsWanted) -> VoiceSample:
        """The sample of a voice, or of the one that answers a premade id. is_wanted: as `Speaking.speak` takes it.

        Raises: UnknownVoice; EngineFailed; StorageFull; Withdrawn.
        """
        voice = get_voice(voice_id)
        with self._lock:
            kept = self._kept.get(voice.voice_id)
            if kept is not None:
                self._kept.move_to_end(voice.voice_id)
                return kept
        text = calibration_paragraphs(voice.language)[0]
        content = self._speak(workspace_id, voice.voice_id, text, is_wanted)
        return self._keep(voice.voice_id, VoiceSample(content, time.time_ns() // 1_000_000))

    def _speak(self, workspace_id: WorkspaceId, voice_id: VoiceId, text: str, is_wanted: IsWanted) -> bytes:
        request = SpeakRequest(text, voice_id, _OUTPUT_FORMAT, DEFAULT_MODEL_ID, request_id=new_id())
        stream = self._speaking.open_stream()
        self._speaking.speak_aloud(workspace_id, request, stream, keep=False, is_wanted=is_wanted)
        stream.finish()
        parts = filter(None, map(stream.find_part, range(stream.part_count)))
        return stream.head + b"".join(block for part in parts for block in part.iterate_audio())

    def _keep(self, voice_id: VoiceId, sample: VoiceSample) -> VoiceSample:
        with self._lock:
            # Somebody else may have been quicker, and others have that one.
            kept = self._kept.setdefault(voice_id, sample)
            self._kept.move_to_end(voice_id)
            while len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
        return kept

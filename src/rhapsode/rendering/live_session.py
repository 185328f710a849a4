"""Speak a text while it arrives, stretch by stretch, and keep all of it as one history item at its end."""

from dataclasses import replace

from rhapsode.audio.grid import pause_frames
from rhapsode.audio.output_formats import get_output_format
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.live_pieces import LivePiece, PieceJoiner
from rhapsode.rendering.live_store import LiveStore
from rhapsode.rendering.opening import ends_a_sentence
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.reading import Reading
from rhapsode.rendering.script import Script, ScriptPart, SpeakRequest, known_as, plan_parts, read_by
from rhapsode.rendering.turns import IsWanted
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import WorkspaceId
from rhapsode.voices.catalogue import read_catalogue


class LiveSpeaking:
    """Texts that arrive while they are spoken, of one installation. Thread-safe."""

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool

    def open(self, workspace_id: WorkspaceId, request: SpeakRequest, *, keep: bool) -> "LiveSession":
        """Begin to speak a text of which nothing is known yet.

        request: all but its text.    keep: whether it becomes a history item.
        Raises: UnknownOutputFormat; UnknownVoice; UnknownLanguage.
        """
        get_output_format(request.output_format)
        reading = read_by(
            read_catalogue(self._records, workspace_id).get_reader(request.voice_id, request.language),
            settings=request.settings,
            language=request.language,
            rules=request.rules,
            normalization=request.normalization,
            model_id=request.model_id,
        )
        store = LiveStore(self._records, self._blobs, self._pool, workspace_id, request.output_format)
        return LiveSession(store, request, reading, keep=keep)


class LiveSession:
    """One text while it arrives. For one thread at a time; `finish` must follow, whatever happens."""

    def __init__(self, store: "LiveStore", request: SpeakRequest, reading: Reading, *, keep: bool) -> None:
        self._store = store
        self._request = request
        self._reading = reading
        self._voices = {reading.voice.voice_id: reading.voice}
        self._keep = keep
        self._parts: list[ScriptPart] = []
        self._requests: dict[bytes, SpeechRequest] = {}
        self._joiner = PieceJoiner(request.output_format)

    @property
    def language(self) -> str:
        """What it is read in."""
        return self._reading.language

    def speak(self, text: str, *, is_wanted: IsWanted) -> list[LivePiece]:
        """Speak the next stretch, of which not all is silent; its speech is durable when this returns, if it is kept.

        is_wanted: whether anybody still waits for it; asked until it is begun.
        Raises: TextRefused; EngineFailed; StorageFull; DataDamaged; Withdrawn, when it isn't wanted any more. It
        isn't part of the item then.
        """
        parts, requests = plan_parts(self._store.workspace_id, text, self._reading, self._store.is_undropped)
        parts[-1] = _rested(parts[-1])
        spoken, stretch = self._store.speak(
            parts, requests, self._voices, keep=self._keep, is_wanted=is_wanted
        )
        self._parts += parts
        self._requests |= requests
        sounds = zip(parts, stretch.sounds, strict=True)
        return [self._joiner.join(part, sound, spoken) for part, sound in sounds]

    def finish(self) -> HistoryItem | None:
        """Keep all that was spoken as one item, durable when this returns; None where nothing is kept.

        Raises: StorageFull; DataDamaged; EngineFailed; Withdrawn, when the pool was stopped.
        """
        if not self._keep:
            return None
        if not self._parts:
            self._store.let_go()
            return None
        voice_id, voice_name = known_as(self._request.voice_id, self._reading.voice)
        script = Script(voice_id, voice_name, self.language, tuple(self._parts), self._requests, self._voices)
        return self._store.keep(self._request, script)


def _rested(part: ScriptPart) -> ScriptPart:
    """What comes next is another sentence, where this ends one."""
    return replace(part, rest_frames=pause_frames(SENTENCE_MS)) if ends_a_sentence(part.text) else part

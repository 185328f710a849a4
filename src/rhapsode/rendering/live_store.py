"""What is spoken of a text while it arrives: made in the pool, kept at once, and at the end made one history item."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from rhapsode.rendering.anew import check_undropped, is_undropped
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.live_worker import LiveStretch
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import SpeakJob
from rhapsode.rendering.script import Script, ScriptPart, SpeakRequest
from rhapsode.rendering.speech_work import new_item
from rhapsode.rendering.stream_file import StreamWork, commit_stream
from rhapsode.rendering.turns import IsWanted
from rhapsode.rendering.usage import usage_of
from rhapsode.rendering.voice_names import as_called
from rhapsode.storage import conversions, segments, speaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import PackedSegment
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.storage.voice_edits import list_voice_edits
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import ConversionId, VoiceId, WorkspaceId, new_id
from rhapsode.studio.voice import Voice

_FAILED = "live.attempt_failed"


class LiveStore:
    """What has been spoken for one text, and the references that hold it until there is an item."""

    def __init__(
        self, records: Records, blobs: Blobs, pool: RenderPool, workspace_id: WorkspaceId, output_format: str
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self.workspace_id = workspace_id
        self._output_format = output_format
        self._work_id = new_id()
        self._made: list[tuple[Sequence[PackedSegment], int]] = []

    def speak(
        self,
        parts: Sequence[ScriptPart],
        requests: Mapping[bytes, SpeechRequest],
        voices: Mapping[VoiceId, Voice],
        *,
        keep: bool,
        is_wanted: IsWanted,
    ) -> tuple[Mapping[bytes, StoredSegment], LiveStretch]:
        """Speak parts that are all speech; what was there before, by its key, and all of their sound.

        voices: who speaks, by id.
        """
        with self._pool.turn(character_count=sum(len(part.text) for part in parts), is_wanted=is_wanted):
            while True:
                spoken = self._find_spoken(parts, keep=keep)
                job = self._job(parts, requests, voices, spoken)
                stretch = attempted(partial(self._pool.speak_live, job, keeps=keep), event=_FAILED)
                if stretch.pack is None or self._commit(stretch):
                    return spoken, stretch

    def _find_spoken(self, parts: Sequence[ScriptPart], *, keep: bool) -> dict[bytes, StoredSegment]:
        keys = [part.speech_key for part in parts if part.speech_key is not None]
        if not keep:
            # Without a reference: its pack stays for a day, whatever happens to it.
            with self._records.read(self.workspace_id) as tx:
                return segments.find_segments(tx, keys)
        with self._records.write(self.workspace_id) as tx:
            spoken = speaking.begin_speaking(tx, self._work_id, {"speech": keys})
            check_undropped(tx, keys)
            return spoken

    def is_undropped(self, speech_keys: Sequence[bytes]) -> bool:
        """Whether a take with this speech will do: what was dropped is spoken anew."""
        with self._records.read(self.workspace_id) as tx:
            return is_undropped(tx)(speech_keys)

    def _job(
        self,
        parts: Sequence[ScriptPart],
        requests: Mapping[bytes, SpeechRequest],
        voices: Mapping[VoiceId, Voice],
        spoken: Mapping[bytes, StoredSegment],
    ) -> SpeakJob:
        keys = [part.speech_key for part in parts if part.speech_key is not None]
        return SpeakJob(
            workspace_id=self.workspace_id,
            blobs=self._blobs,
            sounds=keys,
            requests={key: requests[key] for key in keys if key not in spoken},
            voices=voices,
            spoken={key: spoken[key].location for key in keys if key in spoken},
            output_format=self._output_format,
            rests={ordinal: part.rest_frames for ordinal, part in enumerate(parts)},
        )

    def _commit(self, stretch: LiveStretch) -> bool:
        """Record what is new; False when somebody has spoken it meanwhile: that reading stays, and must be heard."""
        assert stretch.pack is not None
        with self._records.write(self.workspace_id) as tx:
            if segments.find_segments(tx, [segment.key for segment in stretch.pack.segments]):
                # A pack that is known and has no segments is deleted by clean-up.
                segments.record_pack(tx, stretch.pack)
                return False
            segments.commit_pack(tx, stretch.pack)
        self._made.append((stretch.pack.segments, stretch.spoken_characters))
        return True

    def keep(self, request: SpeakRequest, script: Script) -> HistoryItem:
        """Make the item of all parts, and let go of what held them. Nothing is spoken but what was lost meanwhile.

        Raises: StorageFull; DataDamaged; EngineFailed; Withdrawn, when the pool was stopped.
        """
        with self._records.read(self.workspace_id) as tx:
            text = "".join(part.text for part in script.parts)
            item = new_item(replace(request, text=text), as_called(script, list_voice_edits(tx)))
        work = StreamWork(
            self._work_id, item, item.output_format, script.parts, script.requests, script.voices
        )
        try:
            with self._pool.turn(character_count=item.character_count):
                while not self._keep_once(work):
                    pass
        except BaseException:
            # The first error is the one that matters: what can't be let go now is found by clean-up.
            with contextlib.suppress(RhapsodeError):
                self.let_go()
            raise
        return item

    def let_go(self) -> None:
        """Hold nothing any more."""
        with self._records.write(self.workspace_id) as tx:
            speaking.end_speaking(tx, self._work_id)

    def _keep_once(self, work: StreamWork) -> bool:
        with self._records.write(self.workspace_id) as tx:
            wanted = {"speech": work.speech_keys, "audio": work.audio_keys}
            spoken = speaking.begin_speaking(tx, work.work_id, wanted)
        job = self._job(work.parts, work.requests, work.voices, spoken)
        stream = attempted(partial(self._pool.speak, job, work.audio_keys), event=_FAILED)
        with self._records.write(self.workspace_id) as tx:
            is_kept = commit_stream(tx, work, stream)
            if is_kept:
                self._add_usage(tx, ConversionId(work.item.history_item_id))
            return is_kept

    def _add_usage(self, tx: Transaction, item_id: ConversionId) -> None:
        """The ledger has what was spoken for an item under its id, as it has a conversion's."""
        for made, characters in self._made:
            conversions.add_usage(tx, item_id, "speech", usage_of(made, character_count=characters))

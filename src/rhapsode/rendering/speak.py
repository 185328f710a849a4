"""Speak one text: as a history item, as a copy of one in another format, or while others listen to it."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from rhapsode.audio.output_formats import get_output_format
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.anew import check_undropped, is_undropped
from rhapsode.rendering.attempts import ATTEMPTS
from rhapsode.rendering.dialogue import DialogueRequest
from rhapsode.rendering.masters import Masters
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import KeptStream, SpeakJob
from rhapsode.rendering.script import Script, SpeakRequest, sound_of
from rhapsode.rendering.speech_stream import SpeechStream
from rhapsode.rendering.speech_work import (
    Requested,
    copied_part,
    find_masterings,
    new_item,
    plan_request,
)
from rhapsode.rendering.stream_file import StreamWork, commit_stream, is_settled, rests_of
from rhapsode.rendering.turns import IsWanted, Withdrawn, always
from rhapsode.rendering.voice_names import as_called
from rhapsode.storage import history, segments, speaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged, EngineFailed, EngineUnavailable, RhapsodeError
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import HistoryItemId, WorkspaceId, new_id
from rhapsode.studio.limits import RESTORED_S
from rhapsode.telemetry.metrics import SEGMENTS_FOUND, SEGMENTS_WANTED
from rhapsode.voices.catalogue import open_catalogue, read_catalogue

__all__ = [
    "DialogueRequest",
    "IsWanted",
    "Requested",
    "SpeakRequest",
    "Speaking",
    "SpeechStream",
    "Withdrawn",
]

T = TypeVar("T")

_log = structlog.get_logger()
_HALF_DAY_MS = 12 * 3600 * 1000


class Speaking:
    """Single generations of one installation. Thread-safe.

    masters: has speech spoken again that was dropped.
    """

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool
        self.masters = Masters(records, blobs, pool)

    def speak(
        self, workspace_id: WorkspaceId, request: Requested, *, is_wanted: IsWanted = always
    ) -> HistoryItem:
        """Speak a text or a dialogue and keep it; the item, its audio and its speech are durable when this returns.

        What was spoken before, here or in a project, isn't spoken again.
        is_wanted: whether anybody still waits for it; asked until it is begun.
        Raises: EmptyText; TextTooLong; UnknownOutputFormat; UnknownVoice; UnknownLanguage; TextRefused;
        EngineFailed; StorageFull; DataDamaged; Withdrawn, when it isn't wanted any more. Nothing is kept then.
        """
        work = self._new_work(workspace_id, request)
        self._keep(workspace_id, work, is_wanted)
        return work.item

    def open_stream(self) -> SpeechStream:
        """What `speak_aloud` is given; it can be listened to from now on."""
        return SpeechStream(self._blobs.temporary_directory())

    def speak_aloud(
        self,
        workspace_id: WorkspaceId,
        request: Requested,
        stream: SpeechStream,
        *,
        keep: bool,
        is_wanted: IsWanted = always,
    ) -> None:
        """The same for somebody who listens to each part as soon as it is made.

        The caller ends the stream, with `finish` or `fail`. Once it is begun, it is finished and kept, whether
        anybody listens or not. An attempt that fails when a part may have been heard is repeated only where every
        engine of the text is reproducible: what was heard is the beginning of what is kept.
        keep: False keeps nothing of it, not even that it was spoken. What was spoken before is used without a
          reference then: its pack stays for a day, whatever happens to it.
        Raises: as `speak` does, also when parts were heard already.
        """
        if keep:
            work = self._new_work(workspace_id, request)
            stream.begin(
                work.parts,
                work.output_format,
                character_count=request.character_count,
                history_item_id=work.item.history_item_id,
            )
            self._keep(workspace_id, work, is_wanted, stream)
        else:
            self._speak_unkept(workspace_id, request, stream, is_wanted)

    def _new_work(self, workspace_id: WorkspaceId, request: Requested) -> StreamWork:
        with self._records.read(workspace_id) as tx:
            catalogue = open_catalogue(tx)
            script = plan_request(workspace_id, request, catalogue, is_undropped(tx))
        item = new_item(request, as_called(script, catalogue.edits))
        return StreamWork(new_id(), item, item.output_format, script.parts, script.requests, script.voices)

    def _speak_unkept(
        self, workspace_id: WorkspaceId, request: Requested, stream: SpeechStream, is_wanted: IsWanted
    ) -> None:
        script = plan_request(workspace_id, request, read_catalogue(self._records, workspace_id))
        stream.begin(script.parts, request.output_format, character_count=request.character_count)
        with self._pool.turn(character_count=request.character_count, is_wanted=is_wanted):
            with self._records.read(workspace_id) as tx:
                spoken = segments.find_segments(tx, script.requests)
            job = self._job(workspace_id, script, spoken, request.output_format)
            _repeated(lambda: self._tell(job, None, stream, spoken), is_wanted, job, stream)

    def _tell(
        self,
        job: SpeakJob,
        audio_keys: Sequence[bytes] | None,
        stream: SpeechStream,
        spoken: Mapping[bytes, StoredSegment],
    ) -> KeptStream | None:
        return self._pool.speak_aloud(job, audio_keys, stream.attempt(spoken), stream.add)

    def ensure_file(
        self, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str
    ) -> HistoryFile:
        """The file of an item in a format, made of its speech where it isn't there.

        It stays for half a day at least, if the item does.
        Raises: HistoryItemNotFound; UnknownOutputFormat; MasterDropped; DataDamaged; StorageFull.
        """
        get_output_format(output_format)
        with self._records.read(workspace_id) as tx:
            item = history.get_item(tx, history_item_id)
            file = history.find_file(tx, history_item_id, output_format)
            parts = history.get_file_parts(tx, history_item_id, item.output_format) if file is None else ()
            masterings = find_masterings(tx, item, parts)
        if file is None:
            spoken = {part.speech_key for part in parts if part.speech_key is not None}
            self.masters.restore(workspace_id, spoken, max_s=RESTORED_S)
            script = [copied_part(part) for part in parts]
            work = StreamWork(new_id(), item, output_format, script, {}, {}, masterings)
            self._keep(workspace_id, work, always)
        return self._fresh_file(workspace_id, history_item_id, output_format)

    def _fresh_file(
        self, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str
    ) -> HistoryFile:
        """A file that clean-up leaves alone while a download that was planned with it goes on."""
        with self._records.read(workspace_id) as tx:
            file, now_ms = history.find_file(tx, history_item_id, output_format), tx.now_ms
        if file is None:
            raise history.not_found(history_item_id)
        if file.created_at_ms < now_ms - _HALF_DAY_MS:
            with self._records.write(workspace_id) as tx:
                history.touch_file(tx, history_item_id, output_format)
        return file

    # Making a file

    def _keep(
        self,
        workspace_id: WorkspaceId,
        work: StreamWork,
        is_wanted: IsWanted,
        heard: SpeechStream | None = None,
    ) -> None:
        """Make a file and commit it with all it needs in one transaction; after an error nothing refers to it.

        Asked and committed in one turn: whoever waits for the next one finds what was spoken in this one.
        Killed before that transaction, packs that have their names are adopted at the next start, as segments of
        which nobody knows, and references are found by clean-up (storage.speaking).
        """
        with self._pool.turn(character_count=work.item.character_count, is_wanted=is_wanted):
            self._keep_now(workspace_id, work, is_wanted, heard)

    def _keep_now(
        self, workspace_id: WorkspaceId, work: StreamWork, is_wanted: IsWanted, heard: SpeechStream | None
    ) -> None:
        try:
            while not self._attempt(workspace_id, work, is_wanted, heard):
                pass
        except BaseException:
            # The first error is the one that matters: what can't be let go now is found by clean-up.
            with contextlib.suppress(RhapsodeError), self._records.write(workspace_id) as tx:
                speaking.end_speaking(tx, work.work_id)
            raise

    def _attempt(
        self, workspace_id: WorkspaceId, work: StreamWork, is_wanted: IsWanted, heard: SpeechStream | None
    ) -> bool:
        with self._records.write(workspace_id) as tx:
            if is_settled(tx, work):
                return True
            wanted = {"speech": work.speech_keys, "audio": work.audio_keys}
            spoken = speaking.begin_speaking(tx, work.work_id, wanted)
            missing = work.speech_keys - spoken.keys()
            check_undropped(tx, missing)
        SEGMENTS_WANTED.add(len(work.speech_keys))
        SEGMENTS_FOUND.add(sum(key in spoken for key in work.speech_keys))
        if missing - work.requests.keys():
            msg = f"Speech of history item {work.item.history_item_id} is missing. Speak it again."
            raise DataDamaged(msg)
        job = self._job(workspace_id, work, spoken, work.output_format)
        job = replace(job, masterings=work.masterings)
        stream = _repeated(lambda: self._make(job, work, heard, spoken), is_wanted, job, heard)
        with self._records.write(workspace_id) as tx:
            return commit_stream(tx, work, stream)

    def _make(
        self,
        job: SpeakJob,
        work: StreamWork,
        heard: SpeechStream | None,
        spoken: Mapping[bytes, StoredSegment],
    ) -> KeptStream:
        if heard is None:
            return self._pool.speak(job, work.audio_keys)
        made = self._tell(job, work.audio_keys, heard, spoken)
        assert made is not None
        return made

    def _job(
        self,
        workspace_id: WorkspaceId,
        said: Script | StreamWork,
        spoken: Mapping[bytes, StoredSegment],
        output_format: str,
    ) -> SpeakJob:
        sounds = [sound_of(part) for part in said.parts]
        return SpeakJob(
            workspace_id=workspace_id,
            blobs=self._blobs,
            sounds=sounds,
            requests={key: request for key, request in said.requests.items() if key not in spoken},
            voices=said.voices,
            spoken={key: spoken[key].location for key in sounds if isinstance(key, bytes) and key in spoken},
            output_format=output_format,
            rests=rests_of(said.parts, spoken),
        )


def _repeated(attempt: Callable[[], T], is_wanted: IsWanted, job: SpeakJob, heard: SpeechStream | None) -> T:
    """Try again when the engine or its process has died, which may have been another text's fault.

    One that is away was asked several times already, and somebody waits for an answer.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except EngineFailed as error:
            _log.warning("speak.attempt_failed", attempt=number, error=str(error))
            has_begun = heard is not None and heard.has_been_heard
            is_away = isinstance(error, EngineUnavailable)
            if number == ATTEMPTS or is_away or (has_begun and not _is_reproducible(job)):
                raise
            if not has_begun and not is_wanted():
                raise Withdrawn from error
    raise AssertionError


def _is_reproducible(job: SpeakJob) -> bool:
    return all(get_engine(request.engine).traits.reproducible for request in job.requests.values())

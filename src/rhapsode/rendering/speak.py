"""Speak one text: as a history item, as a copy of one in another format, or without keeping anything."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from rhapsode.audio.mastering import Mastering, mastering_named
from rhapsode.audio.output_formats import get_output_format
from rhapsode.rendering.dialogue import DialogueRequest, plan_dialogue
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import Sound, SpeakJob
from rhapsode.rendering.script import Script, ScriptPart, SpeakRequest, plan_script
from rhapsode.rendering.stream_file import StreamWork, commit_stream, is_settled
from rhapsode.rendering.turns import IsWanted, Withdrawn, always
from rhapsode.rendering.unkept import UnkeptSpeech, assemble_unkept
from rhapsode.rendering.voice_names import as_called
from rhapsode.storage import history, segments, speaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.storage.spool import Spool
from rhapsode.storage.voice_edits import list_voice_edits
from rhapsode.studio.errors import DataDamaged, EngineFailed, RhapsodeError
from rhapsode.studio.history import HistoryFile, HistoryItem
from rhapsode.studio.ids import HistoryItemId, WorkspaceId, new_id
from rhapsode.studio.snapshot import SnapshotPart

__all__ = [
    "DialogueRequest",
    "IsWanted",
    "Requested",
    "SpeakRequest",
    "Speaking",
    "UnkeptSpeech",
    "Withdrawn",
]

Requested = SpeakRequest | DialogueRequest
T = TypeVar("T")

_log = structlog.get_logger()
_ATTEMPTS = 3
_HALF_DAY_MS = 12 * 3600 * 1000


class Speaking:
    """Single generations of one installation. Thread-safe."""

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool

    def speak(
        self, workspace_id: WorkspaceId, request: Requested, *, is_wanted: IsWanted = always
    ) -> HistoryItem:
        """Speak a text or a dialogue and keep it; the item, its audio and its speech are durable when this returns.

        What was spoken before, here or in a project, isn't spoken again.
        is_wanted: whether anybody still waits for it; asked until it is begun.
        Raises: EmptyText; TextTooLong; UnknownOutputFormat; UnknownVoice; UnknownLanguage; TextRefused;
        EngineFailed; StorageFull; DataDamaged; Withdrawn, when it isn't wanted any more. Nothing is kept then.
        """
        script = _plan(workspace_id, request)
        with self._records.read(workspace_id) as tx:
            item = _new_item(request, as_called(script, list_voice_edits(tx)))
        work = StreamWork(new_id(), item, item.output_format, script.parts, script.requests)
        self._keep(workspace_id, work, is_wanted)
        return item

    def speak_unkept(
        self, workspace_id: WorkspaceId, request: Requested, *, is_wanted: IsWanted = always
    ) -> UnkeptSpeech:
        """Speak a text or a dialogue and keep nothing of it, not even that it was spoken. Raises: as `speak` does.

        What was spoken before is used without a reference: its pack stays for a day, whatever happens to it.
        """
        script = _plan(workspace_id, request)
        with self._pool.turn(character_count=request.character_count, is_wanted=is_wanted):
            with self._records.read(workspace_id) as tx:
                spoken = segments.find_segments(tx, script.requests)
            job = self._job(workspace_id, script.sounds, script.requests, spoken, request.output_format)
            return _repeated(lambda: self._speak_unkept(job, script, spoken), is_wanted)

    def _speak_unkept(
        self, job: SpeakJob, script: Script, spoken: Mapping[bytes, StoredSegment]
    ) -> UnkeptSpeech:
        spool = Spool(self._blobs.temporary_directory())
        try:
            stream = self._pool.speak_unkept(job, spool.path)
            return assemble_unkept(job.output_format, script.parts, stream, spoken, spool)
        except BaseException:
            spool.close()
            raise

    def ensure_file(
        self, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str
    ) -> HistoryFile:
        """The file of an item in a format, made of its speech where it isn't there.

        It stays for half a day at least, if the item does.
        Raises: HistoryItemNotFound; UnknownOutputFormat; DataDamaged; StorageFull.
        """
        get_output_format(output_format)
        with self._records.read(workspace_id) as tx:
            item = history.get_item(tx, history_item_id)
            file = history.find_file(tx, history_item_id, output_format)
            parts = history.get_file_parts(tx, history_item_id, item.output_format) if file is None else ()
            masterings = _find_masterings(tx, item, parts)
        if file is None:
            script = [_script_part(part) for part in parts]
            work = StreamWork(new_id(), item, output_format, script, {}, masterings)
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

    def _keep(self, workspace_id: WorkspaceId, work: StreamWork, is_wanted: IsWanted) -> None:
        """Make a file and commit it with all it needs in one transaction; after an error nothing refers to it.

        Asked and committed in one turn: whoever waits for the next one finds what was spoken in this one.
        Killed before that transaction, packs that have their names are adopted at the next start, as segments of
        which nobody knows, and references are found by clean-up (storage.speaking).
        """
        with self._pool.turn(character_count=work.item.character_count, is_wanted=is_wanted):
            self._keep_now(workspace_id, work, is_wanted)

    def _keep_now(self, workspace_id: WorkspaceId, work: StreamWork, is_wanted: IsWanted) -> None:
        try:
            while not self._attempt(workspace_id, work, is_wanted):
                pass
        except BaseException:
            # The first error is the one that matters: what can't be let go now is found by clean-up.
            with contextlib.suppress(RhapsodeError), self._records.write(workspace_id) as tx:
                speaking.end_speaking(tx, work.work_id)
            raise

    def _attempt(self, workspace_id: WorkspaceId, work: StreamWork, is_wanted: IsWanted) -> bool:
        with self._records.write(workspace_id) as tx:
            if is_settled(tx, work):
                return True
            wanted = {"speech": work.speech_keys, "audio": work.audio_keys}
            spoken = speaking.begin_speaking(tx, work.work_id, wanted)
        if any(key not in spoken and key not in work.requests for key in work.speech_keys):
            msg = f"Speech of history item {work.item.history_item_id} is missing. Speak it again."
            raise DataDamaged(msg)
        job = self._job(workspace_id, work.sounds, work.requests, spoken, work.output_format)
        job = replace(job, masterings=work.masterings)
        stream = _repeated(lambda: self._pool.speak(job, work.audio_keys), is_wanted)
        with self._records.write(workspace_id) as tx:
            return commit_stream(tx, work, stream)

    def _job(
        self,
        workspace_id: WorkspaceId,
        sounds: Sequence[Sound],
        requests: Mapping[bytes, SpeechRequest],
        spoken: Mapping[bytes, StoredSegment],
        output_format: str,
    ) -> SpeakJob:
        return SpeakJob(
            workspace_id=workspace_id,
            blobs=self._blobs,
            sounds=sounds,
            requests={key: request for key, request in requests.items() if key not in spoken},
            spoken={key: spoken[key].location for key in sounds if isinstance(key, bytes) and key in spoken},
            output_format=output_format,
        )


def _plan(workspace_id: WorkspaceId, request: Requested) -> Script:
    if isinstance(request, DialogueRequest):
        return plan_dialogue(workspace_id, request)
    return plan_script(workspace_id, request)


def _new_item(request: Requested, script: Script) -> HistoryItem:
    now_ms = time.time_ns() // 1_000_000
    return HistoryItem(
        history_item_id=HistoryItemId(new_id(now_ms)),
        request_id=request.request_id,
        voice_id=script.voice_id,
        voice_name=script.voice_name,
        model_id=request.model_id,
        language=script.language,
        text=request.text,
        output_format=request.output_format,
        created_at_ms=now_ms,
        settings=request.settings,
        dialogue=script.lines,
    )


def _find_masterings(
    tx: Transaction, item: HistoryItem, parts: Sequence[SnapshotPart]
) -> dict[bytes, Mastering]:
    """How the speech of a converted chapter was mastered, so that a copy of it sounds like the chapter."""
    if item.chapter_snapshot_id is None:
        return {}
    stored = segments.find_segments(tx, (part.segment_key for part in parts))
    named = (
        (part.speech_key, stored[part.segment_key].mastering) for part in parts if part.segment_key in stored
    )
    return {key: mastering_named(name) for key, name in named if key is not None and name is not None}


def _script_part(part: SnapshotPart) -> ScriptPart:
    """What a copy says in the place of a part, which was said before."""
    frame_count = part.frame_count if part.speech_key is None else None
    return ScriptPart(part.text, part.spans, part.speech_key, frame_count, part.spoken_text)


def _repeated(attempt: Callable[[], T], is_wanted: IsWanted) -> T:
    """Try again when the engine or its process has died, which may have been another text's fault."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return attempt()
        except EngineFailed as error:
            _log.warning("speak.attempt_failed", attempt=number, error=str(error))
            if number == _ATTEMPTS:
                raise
            if not is_wanted():
                raise Withdrawn from error
    raise AssertionError

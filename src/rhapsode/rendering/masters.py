"""Masters that were dropped get their sound back where it is wanted and their voices still say it as they did."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.remaking import Remaking
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.masters import find_dropped, note_changed
from rhapsode.storage.packed import DroppedSound
from rhapsode.storage.packs import PackWriter, SpeechMeta
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment, commit_pack, find_known_segments
from rhapsode.storage.speaking import begin_speaking, end_speaking
from rhapsode.studio.errors import (
    DataDamaged,
    EngineFailed,
    MasterDropped,
    ObjectStoreFailed,
    RecordsUnavailable,
)
from rhapsode.studio.ids import WorkspaceId, new_id

_AT_ONCE = 32
"""Segments of one pack, all of which are in memory: some megabytes."""

_MOMENTARY = (EngineFailed, ObjectStoreFailed, RecordsUnavailable)
"""What says nothing of whether speech can be had again."""


class Masters:
    """Has dropped speech spoken again, in the pool's processes, for whatever is made of it. Thread-safe."""

    def __init__(self, records: Records, blobs: Blobs, pool: RenderPool) -> None:
        self._records = records
        self._blobs = blobs
        self._pool = pool

    def restore(
        self, workspace_id: WorkspaceId, speech_keys: Collection[bytes], *, max_s: float | None = None
    ) -> None:
        """Have all of these spoken again that were dropped, byte for byte; from now on they count as used.

        max_s: seconds of sound beyond which nothing is spoken; None for any length.
        What was spoken until it raises is kept.
        Raises: MasterDropped, when one of them can't be had again, or when it is too much; EngineFailed;
        ObjectStoreFailed; RecordsUnavailable; StorageFull; Withdrawn, when the pool was stopped.
        """
        with self._records.read(workspace_id) as tx:
            dropped = find_dropped(tx, speech_keys)
        if dropped:
            with self.held(workspace_id, dropped, max_s=max_s):
                pass

    @contextlib.contextmanager
    def held(
        self, workspace_id: WorkspaceId, speech_keys: Collection[bytes], *, max_s: float | None = None
    ) -> Iterator[None]:
        """The same, and as long as this lasts none of them is dropped. Raises: as `restore` does."""
        work_id = new_id()
        with self._records.write(workspace_id) as tx:
            begin_speaking(tx, work_id, {"speech": speech_keys})
            dropped = find_dropped(tx, speech_keys)
            known = find_known_segments(tx, dropped)
        try:
            _check_unchanged(dropped)
            self._speak(workspace_id, [*known.values()], max_s)
            yield
        finally:
            with self._records.write(workspace_id) as tx:
                end_speaking(tx, work_id)

    def _speak(
        self, workspace_id: WorkspaceId, dropped: Sequence[StoredSegment], max_s: float | None
    ) -> None:
        if max_s is not None and sum(map(_seconds, dropped)) > max_s:
            msg = (
                "The speech that this would be made of was dropped, and it is too long to be spoken again while you "
                "wait. Take the audio as it is stored, or an export."
            )
            raise MasterDropped(msg)
        pieces = [dropped[start : start + _AT_ONCE] for start in range(0, len(dropped), _AT_ONCE)]
        threads = ThreadPoolExecutor(self._pool.process_count, thread_name_prefix="masters")
        try:
            for _ in threads.map(lambda piece: self._speak_piece(workspace_id, piece), pieces):
                pass
        finally:
            threads.shutdown(cancel_futures=True)

    def _speak_piece(self, workspace_id: WorkspaceId, piece: Sequence[StoredSegment]) -> None:
        """Make the segments of a pack, and commit those that are what they were."""
        remade = Remaking(self._records, self._blobs, self._pool, workspace_id).remake(
            piece, interrupted_by=_MOMENTARY
        )
        writer = PackWriter(self._blobs.temporary_directory(), workspace_id, "speech")
        for segment in piece:
            if segment.key in remade.contents:
                writer.append(segment.key, remade.contents[segment.key], _meta_of(segment))
        pack = writer.close(self._blobs)
        if pack is not None or remade.changed:
            with self._records.write(workspace_id) as tx:
                if pack is not None:
                    commit_pack(tx, pack)
                note_changed(tx, remade.changed)
        for key, reason in remade.losses.items():
            raise _gone(key, reason)
        if remade.interruption is not None:
            raise remade.interruption


def _check_unchanged(dropped: Mapping[bytes, DroppedSound]) -> None:
    """Nothing is spoken for something that is known to lack a part."""
    for key, sound in dropped.items():
        if sound.has_changed:
            raise _gone(key, "its voice was heard to say it otherwise")


def _gone(key: bytes, reason: str) -> MasterDropped:
    return MasterDropped(
        f"Speech {key.hex()}, which this would be made of, was dropped and can't be had again: {reason}. "
        "Convert the project again for a snapshot that is spoken anew, or take the audio as it is stored."
    )


def _seconds(segment: StoredSegment) -> float:
    return (segment.sample_count or 0) / (segment.sample_rate_hz or 1)


def _meta_of(segment: StoredSegment) -> SpeechMeta:
    """What is known of dropped speech, of which the same is spoken now."""
    if segment.sample_rate_hz is None or segment.sample_count is None or segment.alignment is None:
        msg = f"The record of speech {segment.key.hex()} says too little."
        raise DataDamaged(msg)
    return SpeechMeta(segment.sample_rate_hz, segment.sample_count, segment.alignment, segment.flaws)

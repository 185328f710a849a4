"""The peaks of what a snapshot is made of. Audio that was made before there were any gets them when somebody asks."""

from collections.abc import Iterable, Mapping
from functools import partial

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.measurements import find_segment_peaks
from rhapsode.audio.peaks import Peaks, unpack_peaks
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import PeaksJob, PeaksRequest
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.peaks import StoredAudio, find_stored_audio, keep_peaks
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId

_AT_ONCE = 64
"""Segments that are decoded in one turn, in a second or less, and kept before the next ones are."""

_DECODED_S_AS_CHARACTERS = 1
"""A process decodes about as many seconds of audio in a second as it speaks characters."""


def ensure_peaks(
    records: Records,
    blobs: Blobs,
    pool: RenderPool,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
) -> dict[bytes, Peaks]:
    """The peaks of all speech in a chapter's snapshot, by the key of the audio; those that lack are made and kept.

    They are made of the audio and not of the speech in it, which may have been dropped since.
    Raises: DataDamaged; EngineFailed, when a process died again and again; Withdrawn, when the pool was stopped.
    """
    with records.read(workspace_id) as tx:
        audio = find_stored_audio(tx, chapter_snapshot_id)
    found = dict(_known(audio))
    missing = [_request(key, stored) for key, stored in audio.items() if key not in found]
    for start in range(0, len(missing), _AT_ONCE):
        packed = _make(pool, PeaksJob(blobs, missing[start : start + _AT_ONCE]))
        with records.write(workspace_id) as tx:
            keep_peaks(tx, packed)
        found |= {key: unpack_peaks(content) for key, content in packed.items()}
    return found


def _request(key: bytes, stored: StoredAudio) -> PeaksRequest:
    return PeaksRequest(key, stored.location, stored.encoding, stored.frame_count)


def _known(audio: Mapping[bytes, StoredAudio]) -> Iterable[tuple[bytes, Peaks]]:
    for key, stored in audio.items():
        try:
            peaks = _find_known(stored)
        except ValueError as error:
            msg = f"The peaks of segment {key.hex()} can't be read: {error}."
            raise DataDamaged(msg) from error
        if peaks is not None:
            yield key, peaks


def _find_known(stored: StoredAudio) -> Peaks | None:
    if stored.peaks is not None:
        return unpack_peaks(stored.peaks)
    return None if stored.measurements is None else find_segment_peaks(stored.measurements)


def _make(pool: RenderPool, job: PeaksJob) -> dict[bytes, bytes]:
    frames = sum(request.frame_count for request in job.requests)
    seconds = frames * FRAME_SAMPLES // SAMPLE_RATE_HZ
    with pool.turn(character_count=seconds * _DECODED_S_AS_CHARACTERS):
        return attempted(partial(pool.find_peaks, job), event="peaks.attempt_failed")

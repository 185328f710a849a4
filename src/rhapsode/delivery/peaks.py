"""What a chapter's waveform is drawn of: the peaks of its segments, one behind the other."""

from collections.abc import Iterator, Mapping

from rhapsode.audio.levels import ENCODER_SCALES
from rhapsode.audio.peaks import PEAKS_PER_FRAME, Peaks, silent_peaks
from rhapsode.rendering.peaks import ensure_peaks
from rhapsode.rendering.pool import RenderPool
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot, SnapshotPart


def peak_count(snapshot: ChapterSnapshot) -> int:
    """Of a chapter's file, as long as it is heard: not of its last frame (audio.grid)."""
    return (snapshot.frame_count - 1) * PEAKS_PER_FRAME


def full_scale(snapshot: ChapterSnapshot) -> float:
    """The amplitude that a peak of 255 is heard with: LAME makes everything a little quieter."""
    return ENCODER_SCALES.get(snapshot.encoding, 1.0)


def iterate_peaks(
    records: Records, blobs: Blobs, pool: RenderPool, workspace_id: WorkspaceId, snapshot: ChapterSnapshot
) -> Iterator[Peaks]:
    """The `peak_count` peaks of a chapter, whole frames of them at a time. Raises: as `ensure_peaks` does."""
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, snapshot.chapter_snapshot_id)
    known = ensure_peaks(records, blobs, pool, workspace_id, snapshot.chapter_snapshot_id)
    left = peak_count(snapshot)
    for part in parts:
        peaks = _peaks(part, known)[:left]
        left -= peaks.size
        yield peaks


def _peaks(part: SnapshotPart, known: Mapping[bytes, Peaks]) -> Peaks:
    if part.speech_key is None:
        return silent_peaks(part.frame_count)
    peaks = known.get(part.segment_key)
    if peaks is None or peaks.size != part.frame_count * PEAKS_PER_FRAME:
        msg = f"Segment {part.segment_key.hex()} of a snapshot is missing, or has other peaks. Convert it again."
        raise DataDamaged(msg)
    return peaks

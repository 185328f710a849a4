"""Character alignments of snapshots: the original text, timed on the 44.1 kHz axis of its file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.storage import segments, snapshots
from rhapsode.storage.alignments import original_samples, pause_boundaries
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.text.spoken import spoken_text_of

__all__ = [
    "AlignedText",
    "TimedText",
    "align_parts",
    "align_spoken_parts",
    "check_alignments",
    "check_project_alignments",
    "grid_starts",
    "iterate_alignment",
    "iterate_timed",
    "place_parts",
    "without_gaps",
]


@dataclass(frozen=True, slots=True, eq=False)
class TimedText:
    """An `AlignedText` whose boundaries are an array, shape (characters + 1,): a novel has a million of them."""

    text: str
    samples: NDArray[np.int64]


def check_alignments(tx: Transaction, chapter_snapshot_id: ChapterSnapshotId) -> None:
    """See that `iterate_alignment` will find everything, without reading it. Raises: DataDamaged."""
    if not segments.has_all_alignments(tx, chapter_snapshot_id):
        msg = f"An alignment of chapter snapshot {chapter_snapshot_id} is missing. Convert the project again."
        raise DataDamaged(msg)


def check_project_alignments(tx: Transaction, project_snapshot_id: ProjectSnapshotId) -> None:
    """The same of all chapters of a project's snapshot, at once. Raises: DataDamaged."""
    if snapshots.has_lost_alignments(tx, project_snapshot_id):
        msg = f"An alignment of project snapshot {project_snapshot_id} is missing. Convert the project again."
        raise DataDamaged(msg)


def iterate_alignment(
    records: Records,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    start_frame: int = 0,
) -> Iterator[AlignedText]:
    """A chapter's alignment, one piece for each of its segments; joined, the texts are the chapter's text.

    start_frame: where the chapter begins in the audio, 0 for its own file.    Raises: NotFound; DataDamaged.
    """
    timed = iterate_timed(records, workspace_id, chapter_snapshot_id, start_frame=start_frame)
    return map(_as_aligned, timed)


def iterate_timed(
    records: Records,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    start_frame: int = 0,
) -> Iterator[TimedText]:
    """The pieces of `iterate_alignment` for whoever wants them by the million. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id, kind="speech")
    for part, start_sample in _placed(parts, start_frame):
        yield _timed(part, start_sample, stored)


def grid_starts(parts: Sequence[SnapshotPart]) -> list[int]:
    """The samples where parts begin in a file of just these, on its grid (audio.grid), and last where that ends."""
    return [frame * FRAME_SAMPLES for frame in accumulate((part.frame_count for part in parts), initial=0)]


def place_parts(
    parts: Sequence[SnapshotPart], stored: Mapping[bytes, StoredSegment], starts: Iterable[int]
) -> Iterator[tuple[SnapshotPart, TimedText]]:
    """The parts that have a text, each with its times. starts: the sample at 44.1 kHz where each part begins.

    stored: their speech, by its key.    Raises: DataDamaged.
    """
    for part, start_sample in zip(parts, starts, strict=True):
        if part.text:
            yield part, _timed(part, start_sample, stored)


def align_parts(
    parts: Sequence[SnapshotPart], stored: Mapping[bytes, StoredSegment], *, start_frame: int = 0
) -> Iterator[AlignedText]:
    """The alignment of a file's parts. stored: their speech, by its key. Raises: DataDamaged."""
    return (_as_aligned(_timed(part, start, stored)) for part, start in _placed(parts, start_frame))


def align_spoken_parts(
    parts: Sequence[SnapshotPart], stored: Mapping[bytes, StoredSegment], *, start_frame: int = 0
) -> Iterator[AlignedText]:
    """The same pieces, each with what was spoken for its text, pauses included (text.pauses). Raises: DataDamaged."""
    return (
        _as_aligned(_timed(_as_spoken(part), start, stored)) for part, start in _placed(parts, start_frame)
    )


def _placed(parts: Sequence[SnapshotPart], start_frame: int) -> Iterator[tuple[SnapshotPart, int]]:
    """The parts that have a text, and the samples where they begin."""
    frame = start_frame
    for part in parts:
        if part.text:
            yield part, frame * FRAME_SAMPLES
        frame += part.frame_count


def _as_spoken(part: SnapshotPart) -> SnapshotPart:
    """A part whose text is what was spoken for it; a pause has nothing else than its text."""
    if part.speech_key is None:
        return part
    return replace(part, text=spoken_text_of(part.text, part.spoken_text), spans=())


def _timed(part: SnapshotPart, start_sample: int, stored: Mapping[bytes, StoredSegment]) -> TimedText:
    if part.speech_key is None:
        # The newline between two blocks is heard as the pause between them.
        samples = np.array(pause_boundaries(part.text, part.frame_count), np.int64)
    else:
        samples = _speech_samples(part, stored.get(part.speech_key))
    return TimedText(part.text, samples + start_sample)


def _speech_samples(part: SnapshotPart, speech: StoredSegment | None) -> NDArray[np.int64]:
    if speech is None or speech.alignment is None or speech.sample_rate_hz is None:
        msg = "The alignment of a text is missing. Convert or speak it again."
        raise DataDamaged(msg)
    return original_samples(part.text, part.spans, speech.alignment, sample_rate_hz=speech.sample_rate_hz)


def _as_aligned(timed: TimedText) -> AlignedText:
    return AlignedText(timed.text, tuple(timed.samples.tolist()))


def without_gaps(pieces: Iterable[AlignedText]) -> Iterator[AlignedText]:
    """The same pieces, each ending where the next begins: the silence behind it is its last character's."""
    before: AlignedText | None = None
    for piece in pieces:
        if before is not None:
            yield AlignedText(before.text, (*before.boundaries[:-1], piece.boundaries[0]))
        before = piece
    if before is not None:
        yield before

"""A chapter's text with the time of each character and word, on the timeline of the file it is shown beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.delivery.alignments import place_parts
from rhapsode.delivery.words import TimedWord, words_of
from rhapsode.storage import segments, snapshots
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart

PlaceParts = Callable[[tuple[SnapshotPart, ...], Mapping[bytes, StoredSegment]], Sequence[int]]
"""(parts of the next chapter, their speech by its key) -> where each part begins in the file, in samples at 44.1 kHz,
and where the last one ends: one number more than there are parts."""


@dataclass(frozen=True, slots=True, eq=False)
class TimedChapter:
    """Times are samples at 44.1 kHz from the beginning of the file.

    starts, ends: when each character is heard, shape (characters,).    words: in order, apart.
    start_sample, end_sample: of the chapter's whole sound.
    """

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    words: tuple[TimedWord, ...]
    start_sample: int
    end_sample: int


def time_chapter(
    records: Records,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    place_parts_at: PlaceParts,
) -> TimedChapter:
    """One chapter. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id, kind="speech")
    starts = place_parts_at(parts, stored)
    texts: list[str] = []
    samples: list[NDArray[np.int64]] = []
    words: list[TimedWord] = []
    place = 0
    for part, timed in place_parts(parts, stored, starts[:-1]):
        words += words_of(part, timed.samples, place)
        texts.append(timed.text)
        samples.append(timed.samples)
        place += len(timed.text)
    nothing = np.zeros(0, np.int64)
    begins = np.concatenate([nothing, *(each[:-1] for each in samples)])
    ends = np.concatenate([nothing, *(each[1:] for each in samples)])
    return TimedChapter(
        text="".join(texts),
        starts=begins,
        # A pause has the length that it has on the snapshot's own grid, where another codec's may be shorter.
        ends=np.minimum(ends, np.append(begins[1:], starts[-1])),
        words=tuple(words),
        start_sample=starts[0],
        end_sample=starts[-1],
    )

"""When each word of a snapshot is heard, of the same alignments that its characters are timed by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.delivery.alignments import align_parts
from rhapsode.storage import segments, snapshots
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.text.spoken import spoken_text_of
from rhapsode.text.words import iterate_words


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word of a chapter's text, from code point `start` to `end` of it, and what was spoken for it.

    start_sample, end_sample: at 44.1 kHz, in the audio that was asked for.
    """

    text: str
    spoken: str
    start: int
    end: int
    start_sample: int
    end_sample: int


def iterate_timed_words(
    records: Records,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    start_frame: int = 0,
) -> Iterator[TimedWord]:
    """The words of a chapter in order, of one segment after the other.

    start_frame: where the chapter begins in the audio, 0 for its own file.    Raises: NotFound; DataDamaged.
    """
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id)
    place = 0
    written = (part for part in parts if part.text)
    for part, aligned in zip(written, align_parts(parts, stored, start_frame=start_frame), strict=True):
        yield from words_of(part, aligned.boundaries, place)
        place += len(part.text)


def words_of(
    part: SnapshotPart, boundaries: Sequence[int] | NDArray[np.int64], place: int
) -> Iterator[TimedWord]:
    """The words of one part, none of a pause. boundaries: of its characters.    place: where its text begins."""
    if part.speech_key is None:
        return
    spoken_text = spoken_text_of(part.text, part.spoken_text)
    for word in iterate_words(part.text, part.spans, spoken_text):
        yield TimedWord(
            text=part.text[word.start : word.end],
            spoken=word.spoken,
            start=place + word.start,
            end=place + word.end,
            start_sample=int(boundaries[word.start]),
            end_sample=int(boundaries[word.end]),
        )

"""When each block of a chapter's snapshot is heard, and each word of it: of the same alignments as everything else.

A snapshot knows whose text each of its parts is, so a block is found in it whatever became of it since.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from rhapsode.delivery.alignments import TimedText, grid_starts, place_parts
from rhapsode.delivery.words import TimedWord, words_of
from rhapsode.storage import segments, snapshots
from rhapsode.storage.records import Records
from rhapsode.studio.ids import BlockId, ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart


@dataclass(frozen=True, slots=True)
class TimedBlock:
    """A block as it was spoken.

    start_sample, end_sample: at 44.1 kHz, in what is listened to; the pauses around it are none of it.
    words: in order, their places within `text`.
    """

    block_id: BlockId
    text: str
    start_sample: int
    end_sample: int
    words: tuple[TimedWord, ...]


def iterate_timed_blocks(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> Iterator[TimedBlock]:
    """The blocks of a chapter in its own file, in order, one after the other. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id, kind="speech")
    yield from join_blocks(place_parts(parts, stored, grid_starts(parts)[:-1]))


def join_blocks(placed: Iterable[tuple[SnapshotPart, TimedText]]) -> Iterator[TimedBlock]:
    """The blocks that parts are of, one after the other; what is between two is none's."""
    spoken = ((part.block_id, part, timed) for part, timed in placed if part.block_id is not None)
    for block_id, of_block in groupby(spoken, key=itemgetter(0)):
        yield _joined(block_id, ((part, timed) for _, part, timed in of_block))


def _joined(block_id: BlockId, placed: Iterable[tuple[SnapshotPart, TimedText]]) -> TimedBlock:
    text = ""
    words: list[TimedWord] = []
    moments: list[int] = []
    for part, timed in placed:
        words += words_of(part, timed.samples, len(text))
        moments += (int(timed.samples[0]), int(timed.samples[-1]))
        text += part.text
    return TimedBlock(block_id, text, moments[0], moments[-1], tuple(words))

"""When each block of a chapter's snapshot is heard, and each word of it: of the same alignments as everything else.

A snapshot knows whose text each of its parts is, so a block is found in it whatever became of it since.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rhapsode.delivery.alignments import AlignedText, align_parts
from rhapsode.delivery.words import TimedWord, words_of
from rhapsode.storage import segments, snapshots
from rhapsode.storage.records import Records
from rhapsode.studio.ids import BlockId, ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart


@dataclass(slots=True)
class TimedBlock:
    """A block as it was spoken.

    start_sample, end_sample: at 44.1 kHz, in the chapter's own file; the pauses around it are none of it.
    words: in order, their places within the block's text.
    """

    block_id: BlockId
    start_sample: int
    end_sample: int = 0
    text: str = ""
    words: list[TimedWord] = field(default_factory=list)


def iterate_timed_blocks(
    records: Records, workspace_id: WorkspaceId, chapter_snapshot_id: ChapterSnapshotId
) -> Iterator[TimedBlock]:
    """The blocks of a chapter in order, one after the other. Raises: NotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id, kind="speech")
    written = (part for part in parts if part.text)
    block: TimedBlock | None = None
    for part, aligned in zip(written, align_parts(parts, stored), strict=True):
        if block is not None and block.block_id != part.block_id:
            yield block
            block = None
        if part.block_id is not None:
            block = block or TimedBlock(part.block_id, aligned.boundaries[0])
            _add(block, part, aligned)
    if block is not None:
        yield block


def _add(block: TimedBlock, part: SnapshotPart, aligned: AlignedText) -> None:
    block.words += words_of(part, aligned.boundaries, len(block.text))
    block.text += part.text
    block.end_sample = aligned.boundaries[-1]

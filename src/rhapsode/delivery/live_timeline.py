"""When each word is heard of a chapter that is listened to from a block on, as far as it is made by now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from rhapsode.delivery.alignments import grid_starts, place_parts
from rhapsode.delivery.tails import find_heard
from rhapsode.delivery.timeline import TimedBlock, join_blocks
from rhapsode.rendering.assemble import assembled_part
from rhapsode.rendering.listening import Listened, find_made, list_parts, parts_from
from rhapsode.rendering.plan import PlannedPart
from rhapsode.storage import segments, snapshots
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.rows import chunks
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart

Parts = Sequence[PlannedPart | SnapshotPart]


@dataclass(frozen=True, slots=True)
class LiveTimeline:
    """What is heard of a chapter. is_complete: whether all of it is made.

    blocks: those of which anything is made, in order, each with its whole text and the end of what is made of it.
    """

    is_complete: bool
    blocks: tuple[TimedBlock, ...]


def read_live_timeline(
    records: Records,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    block_id: BlockId,
) -> LiveTimeline:
    """The timeline of what is sent of a chapter from a block on.

    Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound, when it was never converted; BlockNotFound;
    ConversionFailed; DataDamaged.
    """
    with records.read(workspace_id) as tx:
        heard = find_heard(tx, project_id, chapter_id, block_id)
        if isinstance(heard, Listened):
            parts: Parts = list_parts(tx, heard, heard.chapters[0])
            made = _list_made(tx, heard, parts)
        else:
            made = parts_from(snapshots.get_parts(tx, heard.chapter_snapshot_id), block_id)
            parts = made
        keys = (part.speech_key for part in made if part.speech_key is not None)
        speech = segments.find_known_segments(tx, keys)
    texts = _texts_of(parts)
    blocks = join_blocks(place_parts(made, speech, grid_starts(made)[:-1]))
    whole = tuple(replace(block, text=texts[block.block_id]) for block in blocks)
    return LiveTimeline(is_complete=len(made) == len(parts), blocks=whole)


def _list_made(tx: Transaction, listened: Listened, parts: Parts) -> Sequence[SnapshotPart]:
    """The parts up to the first that doesn't exist yet."""
    made: list[SnapshotPart] = []
    for some in chunks(parts):
        keys = [part.segment_key for part in some]
        stored = find_made(tx, listened, listened.chapters[0], keys)
        existing = [stored[key] for key in takewhile(stored.__contains__, keys)]
        made += (
            part if isinstance(part, SnapshotPart) else assembled_part(part, segment)
            for part, segment in zip(some, existing, strict=False)
        )
        if len(existing) < len(some):
            break
    return made


def _texts_of(parts: Parts) -> dict[BlockId, str]:
    texts: defaultdict[BlockId, str] = defaultdict(str)
    for part in parts:
        if part.block_id is not None:
            texts[part.block_id] += part.text
    return texts

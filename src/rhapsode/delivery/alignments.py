"""Character alignments of snapshots: the original text, timed on the 44.1 kHz axis of its file."""

from collections.abc import Iterator
from dataclasses import dataclass

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.storage import segments, snapshots
from rhapsode.storage.alignments import unpack_alignment
from rhapsode.storage.records import Records
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.text.spoken import SpanMap, project


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A stretch of a snapshot's text; character i is heard from boundaries[i] to boundaries[i + 1].

    boundaries: samples at 44.1 kHz from the beginning of the audio the alignment was asked for.
    """

    text: str
    boundaries: tuple[int, ...]


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
    with records.read(workspace_id) as tx:
        parts = snapshots.get_parts(tx, chapter_snapshot_id)
        stored = segments.find_owned_segments(tx, chapter_snapshot_id)
    frame = start_frame
    for part in parts:
        if part.text:
            yield _aligned(part, frame * FRAME_SAMPLES, stored)
        frame += part.frame_count


def _aligned(part: SnapshotPart, start_sample: int, stored: dict[bytes, StoredSegment]) -> AlignedText:
    if part.speech_key is None:
        # The newline between two blocks is heard as the pause between them.
        boundaries = tuple(
            part.frame_count * FRAME_SAMPLES * i // len(part.text) for i in range(len(part.text) + 1)
        )
    else:
        boundaries = _speech_boundaries(part, stored.get(part.speech_key))
    return AlignedText(part.text, tuple(start_sample + boundary for boundary in boundaries))


def _speech_boundaries(part: SnapshotPart, speech: StoredSegment | None) -> tuple[int, ...]:
    if speech is None or speech.alignment is None or speech.sample_rate_hz is None:
        msg = f"The alignment of a part of block {part.block_id} is missing. Convert the project again."
        raise DataDamaged(msg)
    alignment = unpack_alignment(speech.alignment)
    spoken = alignment.at_rate(from_hz=speech.sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    try:
        return project(spoken.boundaries, SpanMap.from_list(part.spans), len(part.text))
    except ValueError as error:
        msg = f"The alignment of a part of block {part.block_id} is that of another text."
        raise DataDamaged(msg) from error

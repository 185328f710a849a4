"""What a conversion has made, in figures for the person who asked for it."""

from dataclasses import dataclass

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.rendering.quality import SHOWN_CHARACTERS
from rhapsode.storage import conversions, snapshots
from rhapsode.storage.flawed import list_flawed_passages
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ConversionFailed
from rhapsode.studio.ids import ConversionId, ProjectSnapshotId, WorkspaceId
from rhapsode.text.characters import beginning_of

_FLAWED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Converted:
    """A conversion that has succeeded.

    audio_s: seconds of audio in the snapshot.    spoken_segments: spoken for it, in all its runs.
    flawed_count: passages of its project that something seems wrong with;  flawed: how the first few of them begin.
    """

    project_snapshot_id: ProjectSnapshotId
    chapter_count: int
    audio_s: float
    spoken_segments: int
    flawed_count: int = 0
    flawed: tuple[str, ...] = ()


def get_converted(records: Records, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Converted:
    """The result of a conversion that has ended. Raises: NotFound; ConversionFailed, also when cancelled."""
    with records.read(workspace_id) as tx:
        conversion = conversions.get_conversion(tx, conversion_id)
        if conversion.project_snapshot_id is None:
            raise ConversionFailed(conversion.error or "The conversion was cancelled.")
        snapshot = snapshots.get_project_snapshot(tx, conversion.project_snapshot_id)
        usage = conversions.get_usage(tx, conversion_id, "speech")
        flawed = list_flawed_passages(tx, snapshot.project_id)
    return Converted(
        project_snapshot_id=snapshot.project_snapshot_id,
        chapter_count=len(snapshot.chapter_snapshot_ids),
        audio_s=snapshot.frame_count * FRAME_SAMPLES / SAMPLE_RATE_HZ,
        spoken_segments=usage.segment_count,
        flawed_count=len(flawed),
        flawed=tuple(beginning_of(passage.text, SHOWN_CHARACTERS) for passage in flawed[:_FLAWED_SHOWN]),
    )

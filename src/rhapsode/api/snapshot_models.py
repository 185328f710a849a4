"""Snapshots as the wire has them."""

from pydantic import BaseModel

from rhapsode.api.alignment_models import CharacterAlignment
from rhapsode.storage.snapshots import ListedSnapshot
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


class ProjectSnapshotResponse(BaseModel):
    """Source: schema ProjectSnapshotResponseModel; the uploads are deprecated there, and always null here."""

    project_snapshot_id: str
    project_id: str
    created_at_unix: int
    name: str
    audio_upload: dict[str, object] | None = None
    zip_upload: dict[str, object] | None = None


class ProjectSnapshotExtended(ProjectSnapshotResponse):
    """With one alignment for each narrated chapter. Source: schema ProjectSnapshotExtendedResponseModel."""

    character_alignments: list[CharacterAlignment]
    audio_duration_secs: float


class ProjectSnapshots(BaseModel):
    """Newest first. Source: schema ProjectSnapshotsResponseModel."""

    snapshots: list[ProjectSnapshotResponse]


class ChapterSnapshotResponse(BaseModel):
    """Source: schema ChapterSnapshotResponseModel."""

    chapter_snapshot_id: str
    project_id: str
    chapter_id: str
    created_at_unix: int
    name: str


class ChapterSnapshotExtended(ChapterSnapshotResponse):
    """With the alignment of its text. Source: schema ChapterSnapshotExtendedResponseModel."""

    character_alignments: list[CharacterAlignment]


class ChapterSnapshots(BaseModel):
    """Newest first. Source: schema ChapterSnapshotsResponseModel."""

    snapshots: list[ChapterSnapshotResponse]


class StreamBody(BaseModel):
    """Source: schema Body_Stream_Studio_project_audio_v1_studio_projects__project_id__snapshots_.

    convert_to_mpeg: MP3 in any case; otherwise the audio comes as it is stored.
    """

    convert_to_mpeg: bool = False


def project_snapshots(project_id: ProjectId, listed: list[ListedSnapshot]) -> ProjectSnapshots:
    """The list of a project's snapshots."""
    return ProjectSnapshots(
        snapshots=[
            ProjectSnapshotResponse(
                project_snapshot_id=snapshot.snapshot_id,
                project_id=project_id,
                created_at_unix=snapshot.created_at_ms // 1000,
                name=snapshot.name,
            )
            for snapshot in listed
        ]
    )


def project_snapshot(snapshot: ProjectSnapshot) -> ProjectSnapshotResponse:
    """A project's snapshot without its alignments."""
    return ProjectSnapshotResponse(
        project_snapshot_id=snapshot.project_snapshot_id,
        project_id=snapshot.project_id,
        created_at_unix=snapshot.created_at_ms // 1000,
        name=snapshot.name,
    )


def chapter_snapshots(
    project_id: ProjectId, chapter_id: ChapterId, listed: list[ListedSnapshot]
) -> ChapterSnapshots:
    """The list of a chapter's snapshots."""
    return ChapterSnapshots(
        snapshots=[
            ChapterSnapshotResponse(
                chapter_snapshot_id=snapshot.snapshot_id,
                project_id=project_id,
                chapter_id=chapter_id,
                created_at_unix=snapshot.created_at_ms // 1000,
                name=snapshot.name,
            )
            for snapshot in listed
        ]
    )


def chapter_snapshot(snapshot: ChapterSnapshot) -> ChapterSnapshotResponse:
    """A chapter's snapshot without its alignment."""
    return ChapterSnapshotResponse(
        chapter_snapshot_id=snapshot.chapter_snapshot_id,
        project_id=snapshot.project_id,
        chapter_id=snapshot.chapter_id,
        created_at_unix=snapshot.created_at_ms // 1000,
        name=snapshot.name,
    )

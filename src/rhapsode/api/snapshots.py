"""Snapshots of projects and chapters: list, get, stream, archive."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response

from rhapsode.api import snapshot_models as models
from rhapsode.api.alignment_json import alignments_response
from rhapsode.api.byte_routes import OCTET_STREAM, bytes_response, negotiated_type
from rhapsode.api.chosen_form import choose_form
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import check_alignments, iterate_timed
from rhapsode.delivery.archive import archive_bytes, plan_archive
from rhapsode.delivery.files import FilePiece, chapter_file, iterate_file, project_file
from rhapsode.delivery.mp3_copy import MP3_COPY, iterate_mp3_copy, mp3_copy_bytes
from rhapsode.storage.snapshots import get_chapter_digest, get_project_digest
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot

# A body without a Content-Type is read too: samples in several languages send one.
router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)

_PROJECT = "/v1/studio/projects/{project_id}/snapshots"
_CHAPTER = "/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots"

StreamOptions = Annotated[models.StreamBody | None, Body()]


def bytes_of(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """What the document of the API says of a response of bytes."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"content": dict.fromkeys(media_types, binary)}}


@router.get(_PROJECT)
def get_project_snapshots(
    project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf
) -> models.ProjectSnapshots:
    """The snapshots of a project, newest first."""
    with services.records.read(workspace_id) as tx:
        return models.project_snapshots(project_id, found.list_of_project(tx, project_id))


@router.get(f"{_PROJECT}/{{project_snapshot_id}}", responses={200: {"model": models.ProjectSnapshotExtended}})
def get_project_snapshot(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """A snapshot with the alignment of each chapter, timed in the project's single file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
        form = choose_form(request, get_project_digest(tx, project_snapshot_id))
        if (unchanged := form.find_unchanged(request)) is not None:
            return unchanged
        starts = found.list_chapter_starts(tx, snapshot)
    return alignments_response(
        request,
        models.project_snapshot(snapshot),
        (
            iterate_timed(
                services.records, workspace_id, chapter.chapter_snapshot_id, start_frame=chapter.start_frame
            )
            for chapter in starts
        ),
        form,
        duration_samples=stream_samples(snapshot.frame_count),
    )


@router.post(f"{_PROJECT}/{{project_snapshot_id}}/stream", responses=bytes_of("audio/mpeg", "audio/wav"))
def stream_project_snapshot_audio(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    options: StreamOptions = None,
) -> Response:
    """A project's audio as one file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
        pieces = project_file(tx, snapshot)
    return audio_response(request, services, snapshot, pieces, options)


@router.post(
    f"{_PROJECT}/{{project_snapshot_id}}/archive", responses=bytes_of(OCTET_STREAM, "application/zip")
)
def stream_project_snapshot_archive(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    include_report: bool = False,
) -> Response:
    """A zip of one audio file for each chapter. Whatever body a client sends along is ignored.

    With `include_report=true`, which is ours, its last file is the mastering report as plain text.
    """
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
    layout = plan_archive(services.records, workspace_id, project_snapshot_id, with_report=include_report)
    return bytes_response(
        request,
        size_bytes=layout.size_bytes,
        media_type=negotiated_type(request, "application/zip"),
        filename=f"{snapshot.name}.zip",
        content=archive_bytes(services.records, services.blobs, workspace_id, layout),
    )


@router.get(_CHAPTER)
def get_chapter_snapshots(
    project_id: ProjectId, chapter_id: ChapterId, services: ServicesOf, workspace_id: WorkspaceOf
) -> models.ChapterSnapshots:
    """The snapshots of a chapter, newest first."""
    with services.records.read(workspace_id) as tx:
        listed = found.list_of_chapter(tx, project_id, chapter_id)
    return models.chapter_snapshots(project_id, chapter_id, listed)


@router.get(f"{_CHAPTER}/{{chapter_snapshot_id}}", responses={200: {"model": models.ChapterSnapshotExtended}})
def get_chapter_snapshot(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """A snapshot with its alignment, timed in the chapter's own file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
        form = choose_form(request, get_chapter_digest(tx, chapter_snapshot_id))
        if (unchanged := form.find_unchanged(request)) is not None:
            return unchanged
        check_alignments(tx, chapter_snapshot_id)
    alignment = iterate_timed(services.records, workspace_id, chapter_snapshot_id)
    return alignments_response(request, models.chapter_snapshot(snapshot), [alignment], form)


@router.post(f"{_CHAPTER}/{{chapter_snapshot_id}}/stream", responses=bytes_of("audio/mpeg", "audio/wav"))
def stream_chapter_snapshot_audio(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    options: StreamOptions = None,
) -> Response:
    """A chapter's audio file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
        pieces = chapter_file(tx, snapshot)
    return audio_response(request, services, snapshot, pieces, options)


def audio_response(
    request: Request,
    services: Services,
    snapshot: ProjectSnapshot | ChapterSnapshot,
    pieces: Sequence[FilePiece],
    options: models.StreamBody | None,
) -> Response:
    """A file as it is stored; of a lossless one, the MP3 that may be asked for instead."""
    encoding = ENCODINGS[snapshot.encoding]
    if options is not None and options.convert_to_mpeg and encoding.media_type != MP3_COPY.media_type:
        return bytes_response(
            request,
            size_bytes=mp3_copy_bytes(snapshot.frame_count),
            media_type=MP3_COPY.media_type,
            filename=f"{snapshot.name}.{MP3_COPY.extension}",
            content=iterate_mp3_copy(services.blobs, pieces, snapshot.frame_count),
        )
    return bytes_response(
        request,
        size_bytes=sum(piece.size_bytes for piece in pieces),
        media_type=encoding.media_type,
        filename=f"{snapshot.name}.{encoding.extension}",
        content=iterate_file(services.blobs, pieces),
    )

"""Partial books: what is finished of a project while the rest is made. All of it is ours."""

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response, own_address
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.grid import seconds_of, stream_samples
from rhapsode.delivery.downloads import ZIP
from rhapsode.delivery.partial import open_partial, ordinals_text
from rhapsode.delivery.partial_book import PartialBook, PartialChapter, get_partial_book
from rhapsode.studio.ids import ProjectId

# A body without a Content-Type is read too.
router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)

_PARTIAL = "/rhapsode/v1/studio/projects/{project_id}/partial"
_ARCHIVE = f"{_PARTIAL}/archive"


class FinishedChapter(BaseModel):
    """What can be had of a chapter. size_bytes: of its file.    audio_duration_secs: of its sound."""

    chapter_snapshot_id: str
    created_at_unix: int
    size_bytes: int
    audio_duration_secs: float


class PartialChapterModel(BaseModel):
    """A chapter in its place. ordinal: from 1, as its file is called in archives.    finished: null until it is."""

    ordinal: int
    chapter_id: str
    name: str
    finished: FinishedChapter | None


class PartialBookModel(BaseModel):
    """How far a project is.

    is_partial: whether any chapter isn't finished.    is_converting: whether it is being converted, or waits for it.
    chapters: of the whole book, in order.
    """

    project_id: str
    name: str
    is_converting: bool
    is_partial: bool
    finished_chapter_count: int
    chapter_count: int
    chapters: list[PartialChapterModel]


@router.get(_PARTIAL, summary="See which chapters are finished")
def get_partial(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> PartialBookModel:
    """The chapters of the conversion that runs or waits, and which of them can be downloaded already.

    A finished chapter has the snapshot that the whole book will have; its file and alignment are had like those of
    any other. Where nothing is being converted, these are the chapters of the newest snapshot.
    """
    with services.records.read(workspace_id) as tx:
        return _book_model(project_id, get_partial_book(tx, ProjectId(project_id)))


@file_route(router, _ARCHIVE, summary="Download the finished chapters", responses=file_of(ZIP))
def get_partial_archive(
    request: Request,
    project_id: str,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    chapters: str | None = Query(None, description="Those that are wanted, by their places: `1-3,5`."),
) -> Response:
    """A zip of the chapters that are finished, each called as in the archive of the whole book.

    As long as a chapter is missing, `Rhapsode-Partial` is `true`, the file is called a partial one, and the last file
    in it says what is missing; afterwards, and where nothing is being converted, it is the archive of the whole book.
    `Rhapsode-Chapters` has how many chapters are in it of how many. As more are finished meanwhile, the address in
    `Content-Location` names those of this answer: there a download that broke off is gone on with.
    """
    opened = open_partial(services.records, services.blobs, workspace_id, ProjectId(project_id), chapters)
    path, ordinals = _ARCHIVE.format(project_id=project_id), ordinals_text(opened.ordinals)
    return download_response(
        request,
        opened.download,
        headers={
            "rhapsode-partial": "true" if opened.is_partial else "false",
            "rhapsode-chapters": f"{len(opened.ordinals)}/{opened.chapter_count}",
            "content-location": own_address(request, path, chapters=ordinals)
            if ordinals
            else own_address(request, path),
        },
    )


def _book_model(project_id: str, book: PartialBook) -> PartialBookModel:
    finished_count, count = len(book.finished), len(book.chapters)
    return PartialBookModel(
        project_id=project_id,
        name=book.name,
        is_converting=book.conversion_id is not None,
        is_partial=finished_count < count,
        finished_chapter_count=finished_count,
        chapter_count=count,
        chapters=[_chapter_model(chapter) for chapter in book.chapters],
    )


def _chapter_model(chapter: PartialChapter) -> PartialChapterModel:
    snapshot = chapter.snapshot
    finished = (
        None
        if snapshot is None
        else FinishedChapter(
            chapter_snapshot_id=snapshot.chapter_snapshot_id,
            created_at_unix=snapshot.created_at_ms // 1000,
            size_bytes=snapshot.file_size_bytes,
            audio_duration_secs=seconds_of(stream_samples(snapshot.frame_count)),
        )
    )
    return PartialChapterModel(
        ordinal=chapter.ordinal, chapter_id=chapter.chapter_id, name=chapter.name, finished=finished
    )

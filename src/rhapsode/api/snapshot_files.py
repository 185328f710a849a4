"""The files of snapshots: a project's audio and archive, and a chapter's audio.

The contract has them by POST alone, which no client can go on with; beside each is the same by GET, which is ours.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.archive_includes import Includes, make_extras, not_finished
from rhapsode.api.asked_snapshots import AskedChapter, AskedChapterOf, AskedProject, AskedProjectOf
from rhapsode.api.byte_answers import file_of, file_route, posted_file_of
from rhapsode.api.byte_routes import OCTET_STREAM, download_response, negotiated_type, own_address
from rhapsode.api.exports import DEFAULT_WAIT_S, UNFINISHED, WaitS, unfinished_file
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.snapshot_models import StreamBody
from rhapsode.delivery.archive_extras import ArchiveExtras
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import ZIP, open_archive, open_chapter_audio, open_project_audio

# A body without a Content-Type is read too: samples in several languages send one.
router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)

_PROJECT = "/v1/studio/projects/{project_id}/snapshots/{project_snapshot_id}"
_CHAPTER = "/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}"
_AUDIO = ("audio/mpeg", "audio/wav")

StreamOptions = Annotated[StreamBody | None, Body()]


@router.post(
    f"{_PROJECT}/stream",
    response_class=Response,
    responses=posted_file_of(*_AUDIO),
)
def stream_project_snapshot_audio(
    asked: AskedProjectOf,
    options: StreamOptions = None,
) -> Response:
    """A project's audio as one file."""
    as_mp3 = _wants_mp3(options)
    address = _address_of(asked.request, convert_to_mpeg=as_mp3)
    return download_response(asked.request, _project_audio(asked, as_mp3=as_mp3), headers=address)


@file_route(router, f"{_PROJECT}/stream", summary="Get project audio", responses=file_of(*_AUDIO))
def get_project_snapshot_audio(
    asked: AskedProjectOf,
    convert_to_mpeg: bool = False,
) -> Response:
    """A project's audio as one file, which can be asked for in parts and gone on with."""
    return download_response(asked.request, _project_audio(asked, as_mp3=convert_to_mpeg))


def _project_audio(asked: AskedProject, *, as_mp3: bool) -> Download:
    services = asked.services
    return open_project_audio(
        services.records,
        services.blobs,
        asked.workspace_id,
        asked.project_id,
        asked.project_snapshot_id,
        as_mp3=as_mp3,
    )


@router.post(
    f"{_PROJECT}/archive",
    response_class=Response,
    responses=posted_file_of(OCTET_STREAM, ZIP),
)
async def stream_project_snapshot_archive(
    asked: AskedProjectOf,
    include_report: bool = False,
    include: Includes = None,
    wait_s: WaitS = DEFAULT_WAIT_S,
) -> Response:
    """A zip of one audio file for each chapter. Whatever body a client sends along is ignored.

    With `include_report=true`, which is ours, its last file is the mastering report as plain text; `include`, ours as
    well, names exports that it has, as by GET.
    """
    extras = await make_extras(asked, include, wait_s)
    if not isinstance(extras, ArchiveExtras):
        return not_finished(asked.request)
    address = _address_of(asked.request, include_report=include_report, include=include or ())
    return await run_in_threadpool(_archive_response, asked, include_report, extras, address)


@file_route(router, f"{_PROJECT}/archive", summary="Get archive", responses=file_of(ZIP) | UNFINISHED)
async def get_project_snapshot_archive(
    asked: AskedProjectOf,
    include_report: bool = False,
    include: Includes = None,
    wait_s: WaitS = DEFAULT_WAIT_S,
) -> Response:
    """A zip of one audio file for each chapter, which can be asked for in parts and gone on with.

    With `include_report=true`, its last file is the mastering report as plain text. `include`, once for each format,
    names exports that it has: SRT, WebVTT and JSON beside each chapter's audio, and others of the whole book at its
    end. What of them doesn't exist is made first, which may take more than one request (202).
    """
    extras = await make_extras(asked, include, wait_s)
    if not isinstance(extras, ArchiveExtras):
        return unfinished_file(extras)
    return await run_in_threadpool(_archive_response, asked, include_report, extras)


def _archive_response(
    asked: AskedProject,
    with_report: bool,
    extras: ArchiveExtras,
    address: Mapping[str, str] | None = None,
) -> Response:
    """address: where it is had by GET, if it was asked for by POST."""
    archive = open_archive(
        asked.services.records,
        asked.services.blobs,
        asked.workspace_id,
        asked.project_id,
        asked.project_snapshot_id,
        with_report=with_report,
        extras=extras,
    )
    if address is None:
        return download_response(asked.request, archive)
    media_type = negotiated_type(asked.request, archive.media_type)
    return download_response(asked.request, archive, media_type=media_type, headers=address)


@router.post(
    f"{_CHAPTER}/stream",
    response_class=Response,
    responses=posted_file_of(*_AUDIO),
)
def stream_chapter_snapshot_audio(
    asked: AskedChapterOf,
    options: StreamOptions = None,
) -> Response:
    """A chapter's audio file."""
    as_mp3 = _wants_mp3(options)
    address = _address_of(asked.request, convert_to_mpeg=as_mp3)
    return download_response(asked.request, _chapter_audio(asked, as_mp3=as_mp3), headers=address)


@file_route(router, f"{_CHAPTER}/stream", summary="Get chapter audio", responses=file_of(*_AUDIO))
def get_chapter_snapshot_audio(
    asked: AskedChapterOf,
    convert_to_mpeg: bool = False,
) -> Response:
    """A chapter's audio file, which can be asked for in parts and gone on with."""
    return download_response(asked.request, _chapter_audio(asked, as_mp3=convert_to_mpeg))


def _chapter_audio(asked: AskedChapter, *, as_mp3: bool) -> Download:
    services = asked.services
    return open_chapter_audio(
        services.records,
        services.blobs,
        asked.workspace_id,
        asked.project_id,
        asked.chapter_id,
        asked.chapter_snapshot_id,
        as_mp3=as_mp3,
    )


def _wants_mp3(options: StreamBody | None) -> bool:
    return options is not None and options.convert_to_mpeg


def _address_of(request: Request, *, include: Sequence[str] = (), **wishes: bool) -> dict[str, str]:
    """Where what a POST answers is had by GET: at its own path, which has its wishes in the query."""
    query: dict[str, str | Sequence[str]] = {name: "true" for name, is_wanted in wishes.items() if is_wanted}
    if include:
        query["include"] = include
    return {"content-location": own_address(request, request.scope["path"], **query)}

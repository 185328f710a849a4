"""Listening to a project, or to one chapter of it, while it is converted."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.byte_answers import RANGE_PARAMETERS, file_of
from rhapsode.api.byte_routes import content_disposition, download_response
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.live_response import LiveBlocks, LiveResponse
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.downloads import open_chapter_audio, open_project_audio
from rhapsode.delivery.live import iterate_live
from rhapsode.delivery.tails import find_heard, open_chapter_tail
from rhapsode.rendering.listening import Listened, find_listened
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, WorkspaceId

router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)

_PROJECT = "/rhapsode/v1/studio/projects/{project_id}"


@router.get(
    f"{_PROJECT}/stream",
    summary="Listen to a project while it is converted",
    response_class=Response,
    responses=file_of("audio/mpeg", "audio/wav"),
    openapi_extra=dict(RANGE_PARAMETERS),
)
async def stream_project(
    request: Request, project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """The chapters of the conversion that runs or waits, in order, each segment as soon as it exists.

    Where nothing is being converted, the file of the newest snapshot, of which parts can be had. The connection is
    broken off when the conversion fails or is cancelled.
    """
    opened = await run_in_threadpool(_open_project, request, services, workspace_id, project_id)
    return await _answered(request, services, workspace_id, opened)


@router.get(
    f"{_PROJECT}/chapters/{{chapter_id}}/stream",
    summary="Listen to a chapter while it is converted",
    response_class=Response,
    responses=file_of("audio/mpeg", "audio/wav"),
    openapi_extra=dict(RANGE_PARAMETERS),
)
async def stream_chapter(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    from_block_id: Annotated[
        BlockId | None, Query(description="The block to begin with; without one, the chapter's beginning.")
    ] = None,
) -> Response:
    """The chapter of the conversion that runs or waits, from its beginning, each segment as soon as it exists.

    What is listened to is rendered before everything else. Where the chapter isn't being converted, the file of its
    newest snapshot. The connection is broken off when the conversion fails or is cancelled.

    From a block on, it is what was asked for last, though another conversion runs. It asks for none by itself:
    convert the chapter before, if it has changed.
    """
    if from_block_id is None:
        opened = await run_in_threadpool(
            _open_chapter, request, services, workspace_id, project_id, chapter_id
        )
    else:
        opened = await run_in_threadpool(
            _open_from_block, request, services, workspace_id, project_id, chapter_id, from_block_id
        )
    return await _answered(request, services, workspace_id, opened)


def _open_project(
    request: Request, services: Services, workspace_id: WorkspaceId, project_id: ProjectId
) -> Listened | Response:
    with services.records.read(workspace_id) as tx:
        found.need_project(tx, project_id)
        listened = find_listened(tx, project_id)
        if listened is not None and listened.chapters:
            return listened
        newest = found.get_newest_of_project(tx, project_id).project_snapshot_id
    audio = open_project_audio(services.records, services.blobs, workspace_id, project_id, newest)
    return download_response(request, audio)


def _open_chapter(
    request: Request,
    services: Services,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
) -> Listened | Response:
    with services.records.read(workspace_id) as tx:
        found.need_chapter(tx, project_id, chapter_id)
        listened = find_listened(tx, project_id, chapter_id)
        if listened is not None:
            return listened
        newest = found.get_newest_of_chapter(tx, project_id, chapter_id).chapter_snapshot_id
    audio = open_chapter_audio(services.records, services.blobs, workspace_id, project_id, chapter_id, newest)
    return download_response(request, audio)


def _open_from_block(
    request: Request,
    services: Services,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    block_id: BlockId,
) -> Listened | Response:
    with services.records.read(workspace_id) as tx:
        newest = find_heard(tx, project_id, chapter_id, block_id)
    if isinstance(newest, Listened):
        return newest
    tail = open_chapter_tail(services.records, services.blobs, workspace_id, newest, block_id)
    return download_response(request, tail)


async def _answered(
    request: Request, services: Services, workspace_id: WorkspaceId, opened: Listened | Response
) -> Response:
    """A file as it is, or a stream as soon as it has a beginning."""
    if isinstance(opened, Response):
        return opened
    listener = services.listening.listener(workspace_id, opened)
    content = iterate_live(services.records, services.blobs, workspace_id, opened, listener)
    blocks = LiveBlocks(content, services.listening, opened.conversion_id)
    first = await blocks.first(request)
    return LiveResponse(request, _headers(opened), first, blocks)


def _headers(listened: Listened) -> dict[str, str]:
    encoding = listened.encoding
    return {
        "content-type": encoding.media_type,
        "content-disposition": content_disposition(f"{listened.name}.{encoding.extension}"),
        # The next one who asks gets another stream, and in the end a file.
        "cache-control": "no-store",
    }

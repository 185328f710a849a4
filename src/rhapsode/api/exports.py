"""Snapshots as files of other formats: made when somebody first asks, then kept and answered at once. Ours."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.asked_snapshots import AskedChapter, AskedChapterOf, AskedProject, AskedProjectOf
from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import download_response, own_address
from rhapsode.api.context import Services
from rhapsode.api.export_models import ExportModel, SnapshotExports, export_model
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.room import NEEDS_ROOM
from rhapsode.delivery.export_orders import Exportable, ExportOrder, exportable_chapter, exportable_project
from rhapsode.delivery.export_store import ReadyExport, find_sizes
from rhapsode.delivery.exporting import Making
from rhapsode.delivery.formats.chosen import choose_format
from rhapsode.delivery.formats.format import ExportFormat
from rhapsode.delivery.formats.names import FORMAT_NAMES, Cues, FormatName, Timeline
from rhapsode.storage.records import Transaction
from rhapsode.studio.limits import MAX_EXPORT_WAIT_S
from rhapsode.voices.rights import list_warnings

router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["exports"],
    route_class=JsonRoute,
    strict_content_type=False,
)

_PROJECT = "/snapshots/{project_snapshot_id}"
_CHAPTER = "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}"
RETRY_AFTER_S = 2
DEFAULT_WAIT_S = 25
_CHOICES = frozenset({"format", "cues", "timeline"})

Asked = AskedProject | AskedChapter


async def _chosen(
    format: FormatName,  # noqa: A002 -- the name on the wire
    cues: Cues = "sentence",
    timeline: Timeline = "file",
) -> ExportFormat:
    return choose_format(format, cues=cues, timeline=timeline)


ChosenFormat = Annotated[ExportFormat, Depends(_chosen)]
WaitS = Annotated[float, Query(ge=0, le=MAX_EXPORT_WAIT_S)]

UNFINISHED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It is being made: `Rhapsode-Progress` has the share that is done, 0 to 1, and there is no "
        "body. Ask again after `Retry-After` seconds."
    }
}
_BEGUN: dict[int | str, dict[str, Any]] = {
    202: {"description": "It is being made. Ask again after `Retry-After` seconds.", "model": ExportModel},
    200: {"description": "It is there.", "model": ExportModel},
}
_FILE = file_of(*dict.fromkeys(choose_format(name).media_type for name in FORMAT_NAMES)) | UNFINISHED


@file_route(router, f"{_PROJECT}/export", summary="Get export of a project snapshot", responses=_FILE)
async def get_project_export(
    asked: AskedProjectOf,
    chosen: ChosenFormat,
    wait_s: WaitS = DEFAULT_WAIT_S,
) -> Response:
    """A whole book as one file. It is made when it is first asked for, and kept until nobody has for 30 days.

    `cues` of subtitles are sentences, words, or, in WebVTT, sentences in which each word has its time (`karaoke`).
    `timeline` says of subtitles and JSON beside which file they are shown: the snapshot's own (`file`, also right for
    FLAC and WAV), or its export as `m4b` or `opus`.
    """
    return await _file(asked, chosen, wait_s)


@router.post(
    f"{_PROJECT}/export",
    summary="Begin export of a project snapshot",
    dependencies=[NEEDS_ROOM],
    response_class=Response,
    responses=_BEGUN,
)
def begin_project_export(
    asked: AskedProjectOf,
    chosen: ChosenFormat,
) -> Response:
    """Have the file made, and don't wait for it: `Content-Location` says where it will be."""
    return _begun(asked, chosen)


@router.get(f"{_PROJECT}/exports", summary="List exports of a project snapshot")
def list_project_exports(
    asked: AskedProjectOf,
) -> SnapshotExports:
    """Which formats a snapshot can be had in, and which of them are there or being made."""
    return _listed(asked)


@file_route(router, f"{_CHAPTER}/export", summary="Get export of a chapter snapshot", responses=_FILE)
async def get_chapter_export(
    asked: AskedChapterOf,
    chosen: ChosenFormat,
    wait_s: WaitS = DEFAULT_WAIT_S,
) -> Response:
    """A chapter by itself as a file, with all that there is to say of the export of a project snapshot."""
    return await _file(asked, chosen, wait_s)


@router.post(
    f"{_CHAPTER}/export",
    summary="Begin export of a chapter snapshot",
    dependencies=[NEEDS_ROOM],
    response_class=Response,
    responses=_BEGUN,
)
def begin_chapter_export(
    asked: AskedChapterOf,
    chosen: ChosenFormat,
) -> Response:
    """Have the file made, and don't wait for it: `Content-Location` says where it will be."""
    return _begun(asked, chosen)


@router.get(f"{_CHAPTER}/exports", summary="List exports of a chapter snapshot")
def list_chapter_exports(
    asked: AskedChapterOf,
) -> SnapshotExports:
    """Which formats a chapter's snapshot can be had in, and which of them are there or being made."""
    return _listed(asked)


def _find(tx: Transaction, asked: Asked) -> Exportable:
    if isinstance(asked, AskedProject):
        return exportable_project(tx, asked.get(tx))
    return exportable_chapter(tx, asked.get(tx))


async def _file(asked: Asked, chosen: ExportFormat, wait_s: float) -> Response:
    """The file, when it is there in time."""
    services, workspace_id = asked.services, asked.workspace_id

    def look() -> tuple[ExportOrder, ReadyExport | None]:
        with services.records.read(workspace_id) as tx:
            order = _find(tx, asked).ordered(chosen)
        return order, services.exporting.find(workspace_id, order)

    order, ready = await run_in_threadpool(look)
    if ready is None:
        making = services.exporting.find_making(order) or services.exporting.begin(workspace_id, order)
        await wait_for(services, order, making, wait_s)
        ready = await run_in_threadpool(services.exporting.find, workspace_id, order)
        if ready is None:
            return unfinished_file(making.progress)
    return await run_in_threadpool(download_response, asked.request, ready.download)


async def wait_for(services: Services, order: ExportOrder, making: Making, wait_s: float) -> None:
    """Wait until an export is made, but no longer than `wait_s`. Raises: why it failed; the next one tries again."""
    ended = asyncio.wrap_future(making.future)
    try:
        await asyncio.wait([ended], timeout=wait_s)
    finally:
        ended.cancel()
    if making.error is not None:
        services.exporting.forget(order, making)
        raise making.error


def _begun(asked: Asked, chosen: ExportFormat) -> Response:
    request, services, workspace_id = asked.request, asked.services, asked.workspace_id
    with services.records.read(workspace_id) as tx:
        order = _find(tx, asked).ordered(chosen)
        warnings = list_warnings(tx, order.project.project_id)
    choices = {name: value for name, value in request.query_params.items() if name in _CHOICES}
    address = {"content-location": own_address(request, request.scope["path"], **choices)}
    ready = services.exporting.find(workspace_id, order)
    if ready is None:
        making = services.exporting.begin(workspace_id, order)
        model = export_model(chosen.name, size_bytes=None, making=making)
        model.warnings = warnings
        return json_answer(model, 202, headers={"retry-after": str(RETRY_AFTER_S), **address})
    model = export_model(chosen.name, size_bytes=ready.download.size_bytes, making=None)
    model.warnings = warnings
    return json_answer(model, headers=address)


def unfinished_file(progress: float) -> Response:
    """What is answered in place of a file while it is being made.

    Without a body: `curl -C -` would keep it as the file's first bytes, and go on behind them.
    """
    said = {"retry-after": str(RETRY_AFTER_S), "rhapsode-progress": f"{progress:.3f}"}
    return Response(status_code=202, headers=said)


def _listed(asked: Asked) -> SnapshotExports:
    services = asked.services
    with services.records.read(asked.workspace_id) as tx:
        exportable = _find(tx, asked)
        orders = [exportable.ordered(choose_format(name)) for name in FORMAT_NAMES]
        sizes = find_sizes(tx, orders)
        warnings = list_warnings(tx, exportable.project.project_id)
    return SnapshotExports(
        warnings=warnings,
        exports=[
            export_model(name, size_bytes=size, making=services.exporting.find_making(order))
            for name, order, size in zip(FORMAT_NAMES, orders, sizes, strict=True)
        ],
    )

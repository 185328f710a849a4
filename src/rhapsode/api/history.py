"""History: list, get, delete, audio, download."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.byte_routes import AUDIO_CONTENT, bytes_response, negotiated_type
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.errors import error_response
from rhapsode.api.history_models import (
    Deleted,
    DownloadBody,
    DownloadRefused,
    HistoryItemModel,
    HistoryPage,
    alignments_of_item,
    history_item_model,
    history_page,
)
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.audio.output_formats import get_output_format
from rhapsode.delivery.files import iterate_file
from rhapsode.delivery.history import (
    download_bytes,
    file_name,
    item_file,
    iterate_item_alignment,
    plan_download,
)
from rhapsode.storage import history
from rhapsode.storage.history import NamedFile
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.studio.errors import InvalidCursor, InvalidInput, InvalidPageSize
from rhapsode.studio.ids import HistoryItemId, WorkspaceId, is_id
from rhapsode.studio.limits import MAX_DOWNLOADED_ITEMS, MAX_HISTORY_PAGE

# A body without a Content-Type is read too.
router = APIRouter(prefix="/v1/history", tags=["history"], route_class=JsonRoute, strict_content_type=False)

_WAV = "wav_44100"
_MADE_AT_ONCE = 4  # as the client waits, and each waits for the disk as much as for a processor
_COPIES = OwnThreads("copies", 4)  # each has files made, and waits for them
_ZIP = "application/zip"
_ZIP_NAME = "Rhapsode_history.zip"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio as it was stored.", "content": AUDIO_CONTENT}
}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file of one item, or a zip of several.",
        "content": {"application/octet-stream": _BINARY, _ZIP: _BINARY, **AUDIO_CONTENT},
    },
    400: {"description": "Invalid request", "model": DownloadRefused},
}


@router.get("", summary="List generated items")
def get_speech_history(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    page_size: int = 100,
    start_after_history_item_id: str | None = None,
    voice_id: str | None = None,
    model_id: str | None = None,
    date_before_unix: int | None = None,
    date_after_unix: int | None = None,
    sort_direction: Literal["asc", "desc"] | None = "desc",
    search: str | None = None,
    source: Literal["TTS", "STS", "Flows", "Projects", "PD", "AN"] | None = None,
) -> HistoryPage:
    """Items by the time they were made, without their alignments."""
    if not 1 <= page_size <= MAX_HISTORY_PAGE:
        msg = f"page_size is 1 to {MAX_HISTORY_PAGE}, not {page_size}."
        raise InvalidPageSize(msg)
    after = start_after_history_item_id or None
    if after is not None and not is_id(after):
        msg = "start_after_history_item_id isn't the id of a history item."
        raise InvalidCursor(msg)
    query = HistoryQuery(
        voice_id=voice_id,
        model_id=model_id,
        date_before_ms=_milliseconds(date_before_unix),
        date_after_ms=_milliseconds(date_after_unix),
        search=search,
        source=source,
        after=None if after is None else HistoryItemId(after),
        descending=sort_direction != "asc",
    )
    with services.records.read(workspace_id) as tx:
        return history_page(list_page(tx, query, page_size))


def _milliseconds(unix_s: int | None) -> int | None:
    return None if unix_s is None else unix_s * 1000


@router.get("/{history_item_id}", summary="Get history item")
def get_speech_history_item_by_id(
    history_item_id: HistoryItemId, services: ServicesOf, workspace_id: WorkspaceOf
) -> HistoryItemModel:
    """An item with its alignment."""
    with services.records.read(workspace_id) as tx:
        item = history.get_item(tx, history_item_id)
    written, spoken = (
        iterate_item_alignment(services.records, workspace_id, history_item_id, as_spoken=as_spoken)
        for as_spoken in (False, True)
    )
    return history_item_model(item, alignments_of_item(written, spoken))


@router.delete("/{history_item_id}", summary="Delete history item")
def delete_speech_history_item(
    history_item_id: HistoryItemId, services: ServicesOf, workspace_id: WorkspaceOf
) -> Deleted:
    """Delete an item with its audio. A download that has begun may break off."""
    with services.records.write(workspace_id) as tx:
        history.delete_item(tx, history_item_id)
    return Deleted()


@router.head("/{history_item_id}/audio", include_in_schema=False)
@router.get(
    "/{history_item_id}/audio",
    summary="Get audio from history item",
    response_class=Response,
    responses=_AUDIO,
)
def get_audio_full_from_speech_history_item(
    history_item_id: HistoryItemId, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """The audio of an item."""
    file = _get_file(services, workspace_id, history_item_id, None)
    media_type = get_output_format(file.output_format).media_type
    return _file_response(request, services, workspace_id, file, media_type)


@router.post("/download", summary="Download history items", response_class=Response, responses=_DOWNLOAD)
async def download_speech_history_items(
    body: DownloadBody, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """The file of one item, as it was stored or as WAV; of more than one, a zip of their files."""
    ids = [HistoryItemId(item_id) for item_id in body.history_item_ids]
    if not 1 <= len(ids) <= MAX_DOWNLOADED_ITEMS:
        message = f"A download has 1 to {MAX_DOWNLOADED_ITEMS} history items, not {len(ids)}."
        return _refused(request, InvalidInput.code, message)
    if body.output_format not in (None, "default", "wav"):
        return _refused(request, "invalid_output_format", "output_format must be wav, default or none")
    output_format = _WAV if body.output_format == "wav" else None
    if output_format is not None:
        await _COPIES.run(partial(_make_files, services, workspace_id, ids, output_format))
    return await run_in_threadpool(_download, request, services, workspace_id, ids, output_format)


def _download(
    request: Request,
    services: Services,
    workspace_id: WorkspaceId,
    ids: Sequence[HistoryItemId],
    output_format: str | None,
) -> Response:
    if len(ids) > 1:
        return _zip_response(request, services, workspace_id, ids, output_format)
    file = _get_file(services, workspace_id, ids[0], output_format)
    media_type = negotiated_type(request, get_output_format(file.output_format).media_type)
    return _file_response(request, services, workspace_id, file, media_type)


def _refused(request: Request, code: str, message: str) -> Response:
    """This operation alone has an error shape of its own, beside the one that all have."""
    return error_response(
        request, http_status=400, code=code, message=message, beside={"error": code, "message": message}
    )


def _make_files(
    services: Services, workspace_id: WorkspaceId, ids: Sequence[HistoryItemId], output_format: str
) -> None:
    """Make what isn't there yet, after every id was looked for: one that is absent must cost nothing."""
    plan_download(services.records, workspace_id, ids, None)
    threads = ThreadPoolExecutor(_MADE_AT_ONCE)
    try:
        list(
            threads.map(
                lambda item_id: services.speaking.ensure_file(workspace_id, item_id, output_format),
                dict.fromkeys(ids),
            )
        )
    finally:
        threads.shutdown(cancel_futures=True)


def _get_file(
    services: Services, workspace_id: WorkspaceId, history_item_id: HistoryItemId, output_format: str | None
) -> NamedFile:
    with services.records.read(workspace_id) as tx:
        found = history.find_named_files(tx, [history_item_id], output_format)
    if history_item_id not in found:
        raise history.not_found(history_item_id)
    return found[history_item_id]


def _file_response(
    request: Request, services: Services, workspace_id: WorkspaceId, file: NamedFile, media_type: str
) -> Response:
    pieces = item_file(services.records, workspace_id, file.history_item_id, file.output_format)
    return bytes_response(
        request,
        size_bytes=file.size_bytes,
        media_type=media_type,
        filename=file_name(file),
        # Nobody sees the body of an answer to HEAD, so it isn't read.
        content=iter(()) if request.method == "HEAD" else iterate_file(services.blobs, pieces),
    )


def _zip_response(
    request: Request,
    services: Services,
    workspace_id: WorkspaceId,
    ids: Sequence[HistoryItemId],
    output_format: str | None,
) -> Response:
    layout = plan_download(services.records, workspace_id, ids, output_format)
    return bytes_response(
        request,
        size_bytes=layout.size_bytes,
        media_type=negotiated_type(request, _ZIP),
        filename=_ZIP_NAME,
        content=download_bytes(services.records, services.blobs, workspace_id, layout),
    )

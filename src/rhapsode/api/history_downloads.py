"""Downloads of history items: asked for by POST, and had again, or gone on with, at an address of their own."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.byte_answers import Answers, file_of, file_route, posted_file_of
from rhapsode.api.byte_routes import (
    AUDIO_CONTENT,
    OCTET_STREAM,
    download_response,
    negotiated_type,
    own_address,
)
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.errors import error_response
from rhapsode.api.history_models import DownloadBody, DownloadRefused
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_threads import OwnThreads
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import ZIP, open_item, open_items
from rhapsode.delivery.history import plan_download
from rhapsode.delivery.wav_copy import WAV_FORMAT, find_speech_of, open_item_wav
from rhapsode.storage import history_downloads
from rhapsode.storage.history import get_item
from rhapsode.storage.history_downloads import HistoryDownload
from rhapsode.storage.uses import note_use
from rhapsode.studio.errors import InvalidInput, StorageFull
from rhapsode.studio.ids import HistoryItemId, WorkspaceId
from rhapsode.studio.limits import MAX_DOWNLOADED_ITEMS, RESTORED_S

# A body without a Content-Type is read too.
router = APIRouter(tags=["history"], route_class=JsonRoute, strict_content_type=False)

_KEPT = "/rhapsode/v1/history/downloads/{download_id}"
_MADE_AT_ONCE = 4  # as the client waits, and each waits for the disk as much as for a processor
_COPIES = OwnThreads("copies", 4)  # each has files made, and waits for them
_TYPES = (ZIP, *AUDIO_CONTENT)
_POSTED: Answers = {
    **posted_file_of(OCTET_STREAM, *_TYPES, description="The file of one item, or a zip of several."),
    400: {"description": "Invalid request", "model": DownloadRefused},
}


@router.post(
    "/v1/history/download", summary="Download history items", response_class=Response, responses=_POSTED
)
async def download_speech_history_items(
    body: DownloadBody, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """The file of one item, as it was stored or as WAV; of more than one, a zip of their files."""
    ids = tuple(HistoryItemId(item_id) for item_id in body.history_item_ids)
    if not 1 <= len(ids) <= MAX_DOWNLOADED_ITEMS:
        message = f"A download has 1 to {MAX_DOWNLOADED_ITEMS} history items, not {len(ids)}."
        return _refused(request, InvalidInput.code, message)
    if body.output_format not in (None, "default", "wav"):
        return _refused(request, "invalid_output_format", "output_format must be wav, default or none")
    wanted = HistoryDownload(ids, WAV_FORMAT if body.output_format == "wav" else None)
    await _have_made(services, workspace_id, wanted)
    return await run_in_threadpool(_answer_post, request, services, workspace_id, wanted)


@file_route(router, _KEPT, summary="Get a download of history items", responses=file_of(*_TYPES))
async def get_history_download(
    download_id: str, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """What `POST /v1/history/download` has answered with this address, for as long as its items exist.

    The same items in the same order and format always have the same address. A month after it was last asked for, it
    is forgotten.
    """
    wanted = await run_in_threadpool(_get_wanted, services, workspace_id, download_id)
    await _have_made(services, workspace_id, wanted)
    return await run_in_threadpool(_answer_get, request, services, workspace_id, wanted)


def _answer_post(
    request: Request, services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload
) -> Response:
    download = _open(services, workspace_id, wanted)
    headers = {}
    # A full disk takes the address away, and not the audio.
    with contextlib.suppress(StorageFull):
        headers["content-location"] = own_address(request, _address(services, workspace_id, wanted))
    return download_response(
        request, download, media_type=negotiated_type(request, download.media_type), headers=headers
    )


def _answer_get(
    request: Request, services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload
) -> Response:
    return download_response(request, _open(services, workspace_id, wanted))


def _address(services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload) -> str:
    """Where a download is had by GET. What one item's own address doesn't tell is kept first."""
    if len(wanted.history_item_ids) == 1 and wanted.output_format is None:
        return f"/v1/history/{wanted.history_item_ids[0]}/audio"
    with services.records.write(workspace_id) as tx:
        return _KEPT.format(download_id=history_downloads.keep_download(tx, wanted))


def _get_wanted(services: Services, workspace_id: WorkspaceId, download_id: str) -> HistoryDownload:
    with services.records.read(workspace_id) as tx:
        wanted = history_downloads.get_download(tx, download_id)
        is_due = history_downloads.is_due_for_touch(tx, download_id)
    if is_due:
        note_use(services.records, workspace_id, lambda tx: history_downloads.touch_download(tx, download_id))
    return wanted


def _open(services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload) -> Download:
    ids, output_format = wanted.history_item_ids, wanted.output_format
    records, blobs = services.records, services.blobs
    if len(ids) > 1:
        return open_items(records, blobs, workspace_id, ids, output_format)
    if output_format is None or _own_format(services, workspace_id, ids[0]) == output_format:
        return open_item(records, blobs, workspace_id, ids[0], output_format)
    spoken = find_speech_of(records, workspace_id, ids[0])
    services.speaking.masters.restore(workspace_id, spoken, max_s=RESTORED_S)
    return open_item_wav(records, blobs, workspace_id, ids[0])


def _own_format(services: Services, workspace_id: WorkspaceId, history_item_id: HistoryItemId) -> str:
    with services.records.read(workspace_id) as tx:
        return get_item(tx, history_item_id).output_format


async def _have_made(services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload) -> None:
    """Make the files of a zip in another format: it begins with the checksum of the first. One alone needs none."""
    if wanted.output_format is not None and len(wanted.history_item_ids) > 1:
        await _COPIES.run(partial(_make_files, services, workspace_id, wanted, wanted.output_format))


def _make_files(
    services: Services, workspace_id: WorkspaceId, wanted: HistoryDownload, output_format: str
) -> None:
    """Make what isn't there yet, after every id was looked for: one that is absent must cost nothing."""
    plan_download(services.records, workspace_id, wanted.history_item_ids, None)
    threads = ThreadPoolExecutor(_MADE_AT_ONCE)
    try:
        list(
            threads.map(
                lambda item_id: services.speaking.ensure_file(workspace_id, item_id, output_format),
                dict.fromkeys(wanted.history_item_ids),
            )
        )
    finally:
        threads.shutdown(cancel_futures=True)


def _refused(request: Request, code: str, message: str) -> Response:
    """This operation alone has an error shape of its own, beside the one that all have."""
    return error_response(
        request, http_status=400, code=code, message=message, beside={"error": code, "message": message}
    )

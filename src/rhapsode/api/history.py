"""History: list, get, delete, audio."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from rhapsode.api.byte_answers import file_of, file_route
from rhapsode.api.byte_routes import AUDIO_CONTENT, download_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.history_models import (
    Deleted,
    HistoryItemModel,
    HistoryPage,
    alignments_of_item,
    history_item_model,
    history_page,
)
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.paging import check_page_size, read_place
from rhapsode.delivery.downloads import open_item
from rhapsode.delivery.history import iterate_item_alignment
from rhapsode.storage import history
from rhapsode.storage.history_list import HistoryQuery, list_page
from rhapsode.studio.ids import HistoryItemId
from rhapsode.studio.limits import MAX_HISTORY_PAGE

# A body without a Content-Type is read too.
router = APIRouter(prefix="/v1/history", tags=["history"], route_class=JsonRoute, strict_content_type=False)


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
    check_page_size(page_size, most=MAX_HISTORY_PAGE)
    after = read_place(
        start_after_history_item_id, name="start_after_history_item_id", of_what="history item"
    )
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
    """Delete an item with its audio. A download that has begun has it all the same."""
    with services.records.write(workspace_id) as tx:
        history.delete_item(tx, history_item_id)
    return Deleted()


@file_route(
    router,
    "/{history_item_id}/audio",
    summary="Get audio from history item",
    responses=file_of(*AUDIO_CONTENT),
)
def get_audio_full_from_speech_history_item(
    history_item_id: HistoryItemId, request: Request, services: ServicesOf, workspace_id: WorkspaceOf
) -> Response:
    """The audio of an item, as it was stored."""
    return download_response(
        request, open_item(services.records, services.blobs, workspace_id, history_item_id, None)
    )

"""What clients ask for in an archive beside the chapters' audio: exports, which are made before it is planned."""

import time
from collections.abc import Collection, Sequence
from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from rhapsode.api.asked_snapshots import AskedProject
from rhapsode.api.context import Services
from rhapsode.api.errors import error_response
from rhapsode.api.exports import RETRY_AFTER_S, wait_for
from rhapsode.delivery.archive_extras import NO_EXTRAS, OF_CHAPTERS, ArchiveExtras, ExtraFile
from rhapsode.delivery.export_orders import ExportOrder, exportable_chapter, exportable_project
from rhapsode.delivery.export_store import ReadyExport
from rhapsode.delivery.formats.chosen import choose_format
from rhapsode.delivery.formats.names import FormatName
from rhapsode.storage import snapshots
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.snapshot import ProjectSnapshot

Includes = Annotated[list[FormatName] | None, Query()]


class _Place(NamedTuple):
    """An export and whose it is: a chapter's, by its ordinal, or the whole book's (None)."""

    ordinal: int | None
    order: ExportOrder


async def make_extras(
    asked: AskedProject, include: Sequence[FormatName] | None, wait_s: float
) -> ArchiveExtras | float:
    """All that is wanted, made; or which share of it is, 0 to 1. Raises: NotFound; what making it raises."""
    if not include:
        return NO_EXTRAS
    services, workspace_id = asked.services, asked.workspace_id

    def list_places() -> list[_Place]:
        with services.records.read(workspace_id) as tx:
            return _list_places(tx, asked.get(tx), dict.fromkeys(include))

    def find() -> list[ReadyExport | None]:
        return services.exporting.find_all(workspace_id, [place.order for place in places])

    places = await run_in_threadpool(list_places)
    ready = await run_in_threadpool(find)
    missing = [place.order for place, there in zip(places, ready, strict=True) if there is None]
    if missing:
        await _make(services, workspace_id, missing, wait_s)
        ready = await run_in_threadpool(find)
    there = [each for each in ready if each is not None]
    if len(there) < len(places):
        return len(there) / len(places)
    return _extras(places, there)


def not_finished(request: Request) -> Response:
    """What a POST answers meanwhile: the contract has no 202 there, and its SDKs ask again after a 503."""
    message = "What the archive shall include is still being made. Ask again."
    response = error_response(request, http_status=503, code="export_unfinished", message=message)
    response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


def _list_places(tx: Transaction, snapshot: ProjectSnapshot, include: Collection[FormatName]) -> list[_Place]:
    of_chapters = [choose_format(name) for name in include if name in OF_CHAPTERS]
    of_book = [choose_format(name) for name in include if name not in OF_CHAPTERS]
    places = []
    for ordinal, chapter in enumerate(snapshots.list_chapters(tx, snapshot.project_snapshot_id), start=1):
        if of_chapters:
            exportable = exportable_chapter(tx, chapter)
            places += [_Place(ordinal, exportable.ordered(each)) for each in of_chapters]
    if of_book:
        book = exportable_project(tx, snapshot)
        places += [_Place(None, book.ordered(each)) for each in of_book]
    return places


async def _make(
    services: Services, workspace_id: WorkspaceId, orders: Sequence[ExportOrder], wait_s: float
) -> None:
    """Have exports made, and wait for all of them, but no longer than `wait_s`. Raises: what making them raises."""
    until_s = time.monotonic() + wait_s
    begun = [(order, services.exporting.begin(workspace_id, order)) for order in orders]
    for order, making in begun:
        await wait_for(services, order, making, max(0.0, until_s - time.monotonic()))


def _extras(places: Sequence[_Place], ready: Sequence[ReadyExport]) -> ArchiveExtras:
    of_chapters: dict[int, list[ExtraFile]] = {}
    of_book: list[ExtraFile] = []
    for (ordinal, order), export in zip(places, ready, strict=True):
        extra = ExtraFile(
            order.format.extension,
            export.download.size_bytes,
            export.crc32,
            export.download.digest,
            export.download.modified_at_ms,
            export.list_pieces,
        )
        beside = of_book if ordinal is None else of_chapters.setdefault(ordinal, [])
        beside.append(extra)
    return ArchiveExtras(of_chapters, of_book)

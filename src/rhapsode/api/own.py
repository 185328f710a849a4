"""Routes of ours: readiness, and what the program's own commands ask of the server that has their data directory.

A command shows the token that only readers of the data directory know (`api.key_check`), and works in the default
workspace, as it does without a server.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from rhapsode.access.people import COMMAND
from rhapsode.api import own_people
from rhapsode.api.byte_routes import download_response
from rhapsode.api.context import Services, ServicesOf, WorkspaceOf
from rhapsode.api.export_models import ExportModel, export_model
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.own_backup import backup_lines
from rhapsode.api.own_check import check_lines
from rhapsode.api.own_speech import speak_request
from rhapsode.api.own_voices import install_lines, list_voices
from rhapsode.api.own_wire import COMMANDS_PATH, BackupOrder, CheckOrder, SpeechOrder
from rhapsode.authoring import exports, narrations
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow, carry_out
from rhapsode.authoring.exports import ExportWishes, Preset
from rhapsode.delivery import exports as export_files
from rhapsode.delivery.book_report import report_book
from rhapsode.delivery.downloads import BookFormat, open_book, open_chapter
from rhapsode.delivery.export_orders import ExportOrder, exportable_project
from rhapsode.delivery.formats.chosen import choose_format
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.rendering.conversions import Progress
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.refresh import Refresh
from rhapsode.rendering.results import Converted, get_converted
from rhapsode.rendering.voice_trials import VoiceTrial, try_voice
from rhapsode.storage.audit import acting
from rhapsode.storage.disk_usage import DiskUsage, measure_disk
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.retention import Retention, RetentionChange, list_retentions, set_retention
from rhapsode.storage.snapshots import get_project_snapshot
from rhapsode.studio.document import Cover, SourceFile
from rhapsode.studio.errors import ExportFailed
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import (
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    ProjectSnapshotId,
    WorkspaceId,
)
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import read_catalogue
from rhapsode.voices.offers import Offer
from rhapsode.voices.removing import Removed, remove_voices
from rhapsode.voices.rights import list_warnings
from rhapsode.voices.wanted import InstallOrder

router = APIRouter(include_in_schema=False, route_class=JsonRoute)
_commands = APIRouter(prefix=COMMANDS_PATH, route_class=JsonRoute)
_BOOK: TypeAdapter[narrations.Book] = TypeAdapter(narrations.Book)
_OPTIONS: TypeAdapter[BookOptions] = TypeAdapter(BookOptions)


@router.get("/health")
def health(services: ServicesOf) -> dict[str, str]:
    """Answer as long as the records can be read. Raises: DataDamaged."""
    with services.records.read(DEFAULT_WORKSPACE_ID):
        return {"status": "ok"}


@_commands.post("/books")
def keep_book(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    book: Annotated[UploadFile, File()],
    options: Annotated[str, Form()],
    cover: Annotated[UploadFile | None, File()] = None,
    source: Annotated[UploadFile | None, File()] = None,
) -> narrations.KeptBook:
    """Keep a book that a command has read. book, options: as JSON, in which neither cover nor source are: bytes."""
    wanted = _OPTIONS.validate_json(options)
    if cover is not None:
        wanted = replace(wanted, cover=Cover(cover.content_type or "", cover.file.read()))
    read = _BOOK.validate_json(book.file.read())
    if source is not None:
        kept = SourceFile(source.content_type or "", source.file.read())
        read = replace(read, document=replace(read.document, source=kept))
    return narrations.keep_book(services.records, services.blobs, workspace_id, read, wanted)


@_commands.post("/projects/{project_id}/conversions")
def request_conversion(
    services: ServicesOf, workspace_id: WorkspaceOf, project_id: ProjectId, refresh: bool = False
) -> RequestedConversion:
    """Freeze the project as it is now, and let it be converted, all that older versions have spoken too if wanted."""
    requested = services.rendering.request_conversion(
        workspace_id, project_id, needs_text=True, refresh=Refresh() if refresh else None
    )
    services.wake()
    return requested


@_commands.post("/projects/{project_id}/cast")
def change_cast(
    services: ServicesOf, workspace_id: WorkspaceOf, project_id: ProjectId, order: CastOrder
) -> list[CastRow]:
    """Change who speaks in a project, and tell."""
    return carry_out(services.records, workspace_id, project_id, order)


@_commands.get("/conversions/{conversion_id}")
def get_progress(services: ServicesOf, workspace_id: WorkspaceOf, conversion_id: ConversionId) -> Progress:
    """How far a conversion is."""
    return services.rendering.get_progress(workspace_id, conversion_id)


@_commands.get("/conversions/{conversion_id}/result")
def get_result(services: ServicesOf, workspace_id: WorkspaceOf, conversion_id: ConversionId) -> Converted:
    """What a conversion that has ended has made."""
    return get_converted(services.records, workspace_id, conversion_id)


@_commands.post("/conversions/{conversion_id}/cancel")
def cancel_conversion(services: ServicesOf, workspace_id: WorkspaceOf, conversion_id: ConversionId) -> bool:
    """End a conversion; False when it had ended already."""
    return services.rendering.cancel_conversion(workspace_id, conversion_id)


@_commands.get("/snapshots/{project_snapshot_id}/{book_format}")
def get_book(
    request: Request,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    project_snapshot_id: ProjectSnapshotId,
    book_format: BookFormat,
    report: bool = False,
) -> Response:
    """A narrated book as one file."""
    book = open_book(
        services.records,
        services.blobs,
        workspace_id,
        project_snapshot_id,
        book_format,
        with_report=report,
    )
    return download_response(request, book)


@_commands.post("/snapshots/{project_snapshot_id}/exports/{format_name}")
def make_export(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    project_snapshot_id: ProjectSnapshotId,
    format_name: FormatName,
    cues: Cues,
    timeline: Timeline,
) -> ExportModel:
    """Have a file made, and say how far it is. Raises: why it failed."""
    order = _ordered(services, workspace_id, project_snapshot_id, format_name, cues, timeline)
    ready = services.exporting.find(workspace_id, order)
    if ready is not None:
        return export_model(format_name, size_bytes=ready.download.size_bytes, making=None)
    making = services.exporting.find_making(order) or services.exporting.begin(workspace_id, order)
    if making.error is not None:
        services.exporting.forget(order, making)
        raise making.error
    return export_model(format_name, size_bytes=None, making=making)


@_commands.get("/snapshots/{project_snapshot_id}/exports/{format_name}")
def get_export(
    request: Request,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    project_snapshot_id: ProjectSnapshotId,
    format_name: FormatName,
    cues: Cues,
    timeline: Timeline,
) -> Response:
    """A file that was made. Raises: ExportFailed, when it is gone again."""
    order = _ordered(services, workspace_id, project_snapshot_id, format_name, cues, timeline)
    ready = services.exporting.find(workspace_id, order)
    if ready is None:
        raise ExportFailed
    return download_response(request, ready.download)


def _ordered(
    services: Services,
    workspace_id: WorkspaceId,
    project_snapshot_id: ProjectSnapshotId,
    format_name: FormatName,
    cues: Cues,
    timeline: Timeline,
) -> ExportOrder:
    chosen = choose_format(format_name, cues=cues, timeline=timeline)
    with services.records.read(workspace_id) as tx:
        snapshot = get_project_snapshot(tx, project_snapshot_id)
        return exportable_project(tx, snapshot).ordered(chosen)


@_commands.get("/report")
def get_report(
    services: ServicesOf, workspace_id: WorkspaceOf, book: str, preset: Preset | None = None
) -> str:
    """The mastering report of a book's newest snapshot, or of its export, as plain text."""
    return report_book(services.records, workspace_id, book, preset)


@_commands.post("/projects/{project_id}/exports")
def keep_export(
    services: ServicesOf, workspace_id: WorkspaceOf, project_id: ProjectId, wishes: ExportWishes
) -> exports.KeptExport:
    """Make the export of a project, or bring it up to date."""
    return exports.keep_export(services.records, workspace_id, project_id, wishes)


@_commands.get("/projects/{project_id}/warnings")
def list_project_warnings(
    services: ServicesOf, workspace_id: WorkspaceOf, project_id: ProjectId
) -> list[str]:
    """What whoever sells a project should know of its voices."""
    with services.records.read(workspace_id) as tx:
        return list_warnings(tx, project_id)


@_commands.get("/exports/{project_snapshot_id}/files")
def list_export_files(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    project_snapshot_id: ProjectSnapshotId,
    sample_id: ChapterId | None = None,
) -> list[export_files.ExportFile]:
    """The files of an export that was converted."""
    return export_files.list_export_files(services.records, workspace_id, project_snapshot_id, sample_id)


@_commands.get("/chapter-snapshots/{chapter_snapshot_id}")
def get_chapter(
    request: Request,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    chapter_snapshot_id: ChapterSnapshotId,
) -> Response:
    """A chapter's file."""
    chapter = open_chapter(services.records, services.blobs, workspace_id, chapter_snapshot_id)
    return download_response(request, chapter)


@_commands.post("/check")
def check(services: ServicesOf, rebuild: bool = False, repair: bool = False) -> Response:
    """Check every stored byte: a CheckLine as JSON for each step, the last with the outcome."""
    order = CheckOrder(rebuild, repair)
    lines = check_lines(services.records, services.blobs, services.pool, order)
    return StreamingResponse(lines, media_type="application/x-ndjson")


@_commands.post("/backups")
def back_up(services: ServicesOf, order: BackupOrder) -> Response:
    """Take a backup: a BackupLine as JSON for each step, the last with what it is."""
    lines = backup_lines(services.records, services.blobs, services.running_downloads, order)
    return StreamingResponse(lines, media_type="application/x-ndjson")


@_commands.get("/usage")
def measure_usage(services: ServicesOf) -> DiskUsage:
    """What takes up the disk."""
    return measure_disk(services.records, services.blobs)


@_commands.get("/retention")
def list_all_retentions(services: ServicesOf) -> list[Retention]:
    """How long each workspace keeps its history and its masters."""
    return list_retentions(services.records)


@_commands.put("/retention")
def change_retention(services: ServicesOf, change: RetentionChange) -> bool:
    """Change how long a workspace keeps its history or its masters; True."""
    with acting(COMMAND):
        set_retention(services.records, change)
    return True


@_commands.post("/speech")
def speak(services: ServicesOf, workspace_id: WorkspaceOf, order: SpeechOrder) -> HistoryItem:
    """Speak a text into the history."""
    return services.speaking.speak(
        workspace_id, speak_request(order, read_catalogue(services.records, workspace_id))
    )


@_commands.get("/voices")
def list_all_voices(services: ServicesOf) -> list[tuple[Voice, str]]:
    """All voices, each with what it was installed by."""
    return list_voices(services.records)


@_commands.get("/voices/available")
def list_available_voices(services: ServicesOf) -> list[Offer]:
    """What can be installed by its name."""
    return services.installing.list_offers()


@_commands.post("/voices")
def install_voices(services: ServicesOf, order: InstallOrder) -> Response:
    """Install voices: an InstallLine as JSON for each step, the last with what is there now."""
    return StreamingResponse(install_lines(services.installing, order), media_type="application/x-ndjson")


@_commands.delete("/voices")
def remove_installed_voices(services: ServicesOf, name: str) -> Removed:
    """Remove what was installed by a name, or the voice of that name."""
    return remove_voices(services.records, name)


@_commands.post("/voices/trials")
def try_out_voice(services: ServicesOf, name: str, text: str | None = None) -> VoiceTrial:
    """Try a voice, and say what of it is well."""
    return try_voice(services.records, services.blobs, services.pool, name, text)


_commands.include_router(own_people.router)
router.include_router(_commands)

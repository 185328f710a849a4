"""An installation that this process has to itself, for the length of a command."""

import contextlib
from collections.abc import Callable

from rhapsode.access.audit import note_backup
from rhapsode.access.people import COMMAND, People, PeopleHere
from rhapsode.api.own_check import check_all
from rhapsode.api.own_voices import list_voices
from rhapsode.api.own_wire import BackupOrder, CheckOrder, CheckOutcome, SpeechOrder
from rhapsode.app import App, cleanup_policy
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow, carry_out
from rhapsode.authoring.exports import ExportWishes, KeptExport, Preset, keep_export
from rhapsode.authoring.narrations import Book, KeptBook, keep_book
from rhapsode.cli.converting import convert
from rhapsode.cli.incoming import Incoming, reading_ahead
from rhapsode.cli.stopping import never
from rhapsode.delivery.book_report import report_book
from rhapsode.delivery.downloads import BookFormat, open_book, open_chapter
from rhapsode.delivery.exports import ExportFile, list_export_files
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.rendering.refresh import Refresh
from rhapsode.rendering.results import Converted
from rhapsode.rendering.voice_trials import VoiceTrial, try_voice
from rhapsode.settings import Settings
from rhapsode.storage.audit import acting
from rhapsode.storage.backups.taking import BackupReport, take_backup
from rhapsode.storage.cleanup import clean_up
from rhapsode.storage.disk_usage import DiskUsage, measure_disk
from rhapsode.storage.housekeeping import CLEAN_UP
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, current_ms
from rhapsode.storage.retention import Retention, RetentionChange, list_retentions, set_retention
from rhapsode.studio.errors import InvalidInput, StorageFull
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.voice import Voice
from rhapsode.voices.catalogue import read_catalogue
from rhapsode.voices.installing import Installed, Installing, Tell
from rhapsode.voices.offers import Offer
from rhapsode.voices.removing import Removed, remove_voices
from rhapsode.voices.rights import list_warnings
from rhapsode.voices.wanted import InstallOrder


class ThisProcess:
    """An Installation without a server; see there."""

    address: str | None = None

    def __init__(self, app: App) -> None:
        self._app = app

    def keep_book(self, book: Book, options: BookOptions) -> KeptBook:
        """See Installation."""
        # Whoever keeps a book narrates it next: a first process starts while this one plans.
        self._app.pool.warm_up(1)
        return keep_book(self._app.records, self._app.blobs, DEFAULT_WORKSPACE_ID, book, options)

    def convert(
        self, project_id: ProjectId, *, refresh: bool = False, is_over: Callable[[], bool] = never
    ) -> Converted:
        """See Installation."""
        wanted = Refresh() if refresh else None
        return convert(self._app, DEFAULT_WORKSPACE_ID, project_id, refresh=wanted, is_over=is_over)

    def open_book(
        self, project_snapshot_id: ProjectSnapshotId, book_format: BookFormat, *, with_report: bool = False
    ) -> Incoming:
        """See Installation."""
        records, blobs = self._app.records, self._app.blobs
        return reading_ahead(
            open_book(
                records,
                blobs,
                DEFAULT_WORKSPACE_ID,
                project_snapshot_id,
                book_format,
                with_report=with_report,
            )
        )

    def report_book(self, book: str, preset: Preset | None) -> str:
        """See Installation."""
        return report_book(self._app.records, DEFAULT_WORKSPACE_ID, book, preset)

    def keep_export(self, project_id: ProjectId, wishes: ExportWishes) -> KeptExport:
        """See Installation."""
        return keep_export(self._app.records, DEFAULT_WORKSPACE_ID, project_id, wishes)

    def list_export_files(
        self, project_snapshot_id: ProjectSnapshotId, sample_id: ChapterId | None
    ) -> list[ExportFile]:
        """See Installation."""
        return list_export_files(self._app.records, DEFAULT_WORKSPACE_ID, project_snapshot_id, sample_id)

    def change_cast(self, project_id: ProjectId, order: CastOrder) -> list[CastRow]:
        """See Installation."""
        return carry_out(self._app.records, DEFAULT_WORKSPACE_ID, project_id, order)

    def list_warnings(self, project_id: ProjectId) -> list[str]:
        """See Installation."""
        with self._app.records.read(DEFAULT_WORKSPACE_ID) as tx:
            return list_warnings(tx, project_id)

    def open_chapter(self, chapter_snapshot_id: ChapterSnapshotId) -> Incoming:
        """See Installation."""
        records, blobs = self._app.records, self._app.blobs
        return reading_ahead(open_chapter(records, blobs, DEFAULT_WORKSPACE_ID, chapter_snapshot_id))

    def make_export(
        self,
        project_snapshot_id: ProjectSnapshotId,
        format_name: FormatName,
        *,
        cues: Cues,
        timeline: Timeline,
    ) -> Incoming:
        """See Installation."""
        # As encoders are.
        from rhapsode.cli.exporting import make_export
        from rhapsode.delivery.formats.chosen import choose_format

        chosen = choose_format(format_name, cues=cues, timeline=timeline)
        return reading_ahead(make_export(self._app, DEFAULT_WORKSPACE_ID, project_snapshot_id, chosen))

    def clean_up(self) -> None:
        """See Installation. Whoever shares the records and cleans up already does it for all.

        That there is no room to rewrite packs in can wait for the next time.
        """
        part = self._app.part
        if not part.may(CLEAN_UP):
            return
        try:
            with contextlib.suppress(StorageFull):
                clean_up(
                    self._app.records,
                    self._app.blobs,
                    cleanup_policy(Settings()),
                    now_ms=current_ms(self._app.records),
                    oldest_download_at_ms=part.oldest_download_at_ms(),
                )
        finally:
            part.done(CLEAN_UP)

    def check(self, order: CheckOrder, *, on_progress: Callable[[int, int], None]) -> CheckOutcome:
        """See Installation."""
        return check_all(self._app.records, self._app.blobs, self._app.pool, order, on_progress=on_progress)

    def back_up(self, order: BackupOrder, *, on_progress: Callable[[int, int], None]) -> BackupReport:
        """See Installation. Whoever shares the records cleans up nothing that it needs."""
        records, blobs = self._app.records, self._app.blobs
        with self._app.running_downloads.download():
            report = take_backup(records, blobs, order.place, keep=order.keep, on_progress=on_progress)
        with acting(COMMAND):
            note_backup(records, report.backup_id)
        return report

    def measure_disk(self) -> DiskUsage:
        """See Installation."""
        return measure_disk(self._app.records, self._app.blobs)

    def list_retentions(self) -> list[Retention]:
        """See Installation."""
        return list_retentions(self._app.records)

    def set_retention(self, change: RetentionChange) -> None:
        """See Installation."""
        with acting(COMMAND):
            set_retention(self._app.records, change)

    def speak(self, order: SpeechOrder) -> HistoryItem:
        """See Installation."""
        # Its encoders take a moment to import, which other commands need not wait for.
        from rhapsode.api.own_speech import speak_request
        from rhapsode.rendering.speak import Speaking

        speaking = Speaking(self._app.records, self._app.blobs, self._app.pool)
        catalogue = read_catalogue(self._app.records, DEFAULT_WORKSPACE_ID)
        return speaking.speak(DEFAULT_WORKSPACE_ID, speak_request(order, catalogue))

    def new_sign_in_link(self) -> str:
        """See Installation."""
        msg = "No server runs here. `rhapsode serve` starts one, and prints such a link in a terminal."
        raise InvalidInput(msg)

    def list_voices(self) -> list[tuple[Voice, str]]:
        """See Installation."""
        return list_voices(self._app.records)

    def list_available_voices(self) -> list[Offer]:
        """See Installation."""
        return self._installing().list_offers()

    def install_voices(self, order: InstallOrder, tell: Tell) -> tuple[Installed, ...]:
        """See Installation."""
        return self._installing().install(order, tell)

    def remove_voices(self, name: str) -> Removed:
        """See Installation."""
        return remove_voices(self._app.records, name)

    def try_voice(self, name: str, text: str | None) -> VoiceTrial:
        """See Installation."""
        return try_voice(self._app.records, self._app.blobs, self._app.pool, name, text)

    def _installing(self) -> Installing:
        from rhapsode.net.fetcher import Fetcher

        settings = Settings()
        return self._app.new_installing(Fetcher(settings.allowed_networks), settings.voices_url)

    @property
    def people(self) -> People:
        """See Installation."""
        return PeopleHere(self._app.records, self._app.blobs)

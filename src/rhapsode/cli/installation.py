"""What commands ask of a data directory, whether this process has it or a server (docs/decisions/0009)."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from rhapsode.access.people import People
from rhapsode.api.own_wire import BackupOrder, CheckOrder, CheckOutcome, SpeechOrder
from rhapsode.app import App, open_configured
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow
from rhapsode.authoring.exports import ExportWishes, KeptExport, Preset
from rhapsode.authoring.narrations import Book, KeptBook
from rhapsode.cli.incoming import Incoming
from rhapsode.cli.stopping import never, raise_if_interrupted
from rhapsode.cli.this_process import ThisProcess
from rhapsode.delivery.downloads import BookFormat
from rhapsode.delivery.exports import ExportFile
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.rendering.results import Converted
from rhapsode.rendering.voice_trials import VoiceTrial
from rhapsode.settings import Settings
from rhapsode.storage.backups.taking import BackupReport
from rhapsode.storage.directory import ServerAddress, find_server, is_data_directory
from rhapsode.storage.disk_usage import DiskUsage
from rhapsode.storage.retention import Retention, RetentionChange
from rhapsode.studio.errors import DataDirectoryInUse, InvalidInput
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.voice import Voice
from rhapsode.voices.installing import Installed, Tell
from rhapsode.voices.offers import Offer
from rhapsode.voices.removing import Removed
from rhapsode.voices.wanted import InstallOrder


class Installation(Protocol):
    """A data directory with somebody who works on it. Both kinds raise the same errors.

    Raises (a server's): ServerGone, when it ends meanwhile; what it has finished is kept.
    """

    address: str | None
    """Where clients reach the API, as in "http://127.0.0.1:8000"; None where nothing listens."""

    def keep_book(self, book: Book, options: BookOptions) -> KeptBook:
        """Make the project of a book, or bring it up to date.

        Raises: DocumentRefused; UnknownChapters; StorageFull.
        """

    def convert(
        self, project_id: ProjectId, *, refresh: bool = False, is_over: Callable[[], bool] = never
    ) -> Converted:
        """Convert a project as it is now, show how it goes, and wait for its end.

        refresh: whether what an older version of its engine or voice has spoken is spoken again.
        is_over: whether the time for it is up.
        Raises: ConversionFailed; InvalidInput; KeyboardInterrupt and Stopped: what is finished is kept.
        """

    def open_book(
        self, project_snapshot_id: ProjectSnapshotId, book_format: BookFormat, *, with_report: bool = False
    ) -> Incoming:
        """See delivery.downloads. Raises: DataDamaged."""

    def report_book(self, book: str, preset: Preset | None) -> str:
        """See delivery.book_report. Raises: ProjectNotFound; SnapshotNotFound."""

    def keep_export(self, project_id: ProjectId, wishes: ExportWishes) -> KeptExport:
        """See authoring.exports. Raises: ProjectNotFound; InvalidInput."""

    def list_export_files(
        self, project_snapshot_id: ProjectSnapshotId, sample_id: ChapterId | None
    ) -> list[ExportFile]:
        """See delivery.exports."""

    def change_cast(self, project_id: ProjectId, order: CastOrder) -> list[CastRow]:
        """See authoring.cast.orders. Raises: CharacterNotFound; UnknownVoice."""

    def list_warnings(self, project_id: ProjectId) -> list[str]:
        """See voices.rights."""

    def open_chapter(self, chapter_snapshot_id: ChapterSnapshotId) -> Incoming:
        """See delivery.downloads. Raises: DataDamaged."""

    def make_export(
        self,
        project_snapshot_id: ProjectSnapshotId,
        format_name: FormatName,
        *,
        cues: Cues,
        timeline: Timeline,
    ) -> Incoming:
        """Have a snapshot made into a file of a format, show how it goes, and open it.

        Raises: InvalidInput; ExportFailed; EngineFailed; DataDamaged; KeyboardInterrupt, when it was stopped: what
        was encoded is kept.
        """

    def clean_up(self) -> None:
        """Evict what nobody needs any more; nothing to do where a server does it by itself."""

    def check(self, order: CheckOrder, *, on_progress: Callable[[int, int], None]) -> CheckOutcome:
        """Check every stored byte, if wanted after a rebuild of lost records of segments and a repair.

        on_progress: called with (bytes read, bytes in all), after a repair from the beginning again.
        """

    def back_up(self, order: BackupOrder, *, on_progress: Callable[[int, int], None]) -> BackupReport:
        """Take a backup, through a server too: see storage.backups.taking, also for what it raises."""

    def measure_disk(self) -> DiskUsage:
        """See storage.disk_usage."""

    def list_retentions(self) -> list[Retention]:
        """See storage.retention."""

    def set_retention(self, change: RetentionChange) -> None:
        """See storage.retention. Raises: InvalidInput, when there is no such workspace."""

    def speak(self, order: SpeechOrder) -> HistoryItem:
        """Speak a text into the history. Raises: UnknownVoice; TextRefused; EngineFailed; StorageFull."""

    def new_sign_in_link(self) -> str:
        """An address that signs a browser in to the server, once. Raises: InvalidInput, where none runs."""

    def list_voices(self) -> list[tuple[Voice, str]]:
        """All voices, the default first, each with what it was installed by; nothing for those of engines."""

    def list_available_voices(self) -> list[Offer]:
        """What can be installed by its name. Raises: FetchRefused; FetchFailed."""

    def install_voices(self, order: InstallOrder, tell: Tell) -> tuple[Installed, ...]:
        """See voices.installing. Raises: what is said there; KeyboardInterrupt: what has come is kept."""

    def remove_voices(self, name: str) -> Removed:
        """See voices.removing. Raises: UnknownVoice; InvalidInput."""

    def try_voice(self, name: str, text: str | None) -> VoiceTrial:
        """See rendering.voice_trials. Raises: UnknownVoice."""

    @property
    def people(self) -> People:
        """Who works with the data directory, and by which keys."""


@contextlib.contextmanager
def open_installation(data: Path, *, command: str, makes: bool = True) -> Iterator[Installation]:
    """Take a data directory, or reach the server that has it.

    command: what others are told who want the directory meanwhile.    makes: whether one that isn't there is made.
    Raises: InvalidInput, when it isn't there; DataDirectoryInUse, when somebody has it who is no server; what
    open_app raises.
    """
    if not makes:
        _refuse_missing(data)
    with contextlib.ExitStack() as stack:
        opened = _open(stack, data, command)
        raise_if_interrupted()
        if isinstance(opened, App):
            yield ThisProcess(opened)
        else:
            # Few commands need an HTTP client, which takes a moment to import.
            from rhapsode.cli.running_server import RunningServer

            yield stack.enter_context(RunningServer(opened))


def _open(stack: contextlib.ExitStack, data: Path, command: str) -> App | ServerAddress:
    try:
        settings = Settings()
        return stack.enter_context(open_configured(data, settings, command=command))
    except DataDirectoryInUse:
        server = find_server(data)
        if server is None:
            raise
        return server


def _refuse_missing(data: Path) -> None:
    # What can't be looked into is told by whoever opens it; with shared records, a directory holds none of them.
    with contextlib.suppress(PermissionError):
        if not is_data_directory(data) and Settings().database_url is None:
            msg = f"There is no data directory at {data}."
            raise InvalidInput(msg)

"""An installation that a running server has: the same work, asked for over HTTP (`api.own`)."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from rhapsode.access.people import People
from rhapsode.api.export_models import ExportModel
from rhapsode.api.own_wire import (
    COMMANDS_PATH,
    TOKEN_HEADER,
    BackupLine,
    BackupOrder,
    CheckLine,
    CheckOrder,
    CheckOutcome,
    InstallLine,
    SpeechOrder,
)
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow
from rhapsode.authoring.exports import ExportWishes, KeptExport, Preset
from rhapsode.authoring.narrations import Book, KeptBook
from rhapsode.cli.continued import iterate_continued
from rhapsode.cli.export_progress import watch_export
from rhapsode.cli.incoming import Incoming
from rhapsode.cli.people_there import PeopleThere
from rhapsode.cli.progress import cancelled_by_interrupt, print_unspoken, watch
from rhapsode.cli.stopping import StopRequest, never, on_stop_signals
from rhapsode.cli.tls import trusting_only
from rhapsode.delivery.downloads import BookFormat
from rhapsode.delivery.exports import ExportFile
from rhapsode.delivery.formats.names import Cues, FormatName, Timeline
from rhapsode.rendering.conversions import Progress
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.results import Converted
from rhapsode.rendering.voice_trials import VoiceTrial
from rhapsode.storage.backups.taking import BackupReport
from rhapsode.storage.directory import ServerAddress
from rhapsode.storage.disk_usage import DiskUsage
from rhapsode.storage.retention import Retention, RetentionChange
from rhapsode.studio.errors import RhapsodeError, ServerGone
from rhapsode.studio.history import HistoryItem
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.voice import Voice
from rhapsode.voices.installing import Installed, Tell
from rhapsode.voices.offers import Offer
from rhapsode.voices.removing import Removed
from rhapsode.voices.wanted import InstallOrder

T = TypeVar("T")
L = TypeVar("L", CheckLine, BackupLine, InstallLine)
_CONNECT_LIMIT_S = 5


class RunningServer:
    """An Installation behind a server, until the `with` block ends; see there.

    Nothing is limited in time but connecting: to read a book or to check a disk takes as long as it takes, and a
    server that ends closes the connection.
    """

    def __init__(self, server: ServerAddress) -> None:
        self.address: str | None = server.url
        self._http = httpx.Client(
            base_url=server.url + COMMANDS_PATH,
            headers={TOKEN_HEADER: server.token},
            timeout=httpx.Timeout(None, connect=_CONNECT_LIMIT_S),
            # The server is on this machine, whatever proxy the environment names.
            trust_env=False,
            verify=True if server.certificate is None else trusting_only(server.certificate),
        )

    def __enter__(self) -> "RunningServer":
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def keep_book(self, book: Book, options: BookOptions) -> KeptBook:
        """See Installation."""
        cover, source = options.cover or book.document.cover, book.document.source
        # Their bytes are no JSON.
        bare = replace(book, document=replace(book.document, cover=None, source=None))
        files = {"book": ("book", TypeAdapter(Book).dump_json(bare), "application/json")}
        if cover is not None:
            files["cover"] = ("cover", cover.content, cover.media_type)
        if source is not None:
            files["source"] = ("source", source.content, source.media_type)
        data = {"options": TypeAdapter(BookOptions).dump_json(replace(options, cover=None)).decode()}
        return self._ask("POST", "/books", KeptBook, data=data, files=files)

    def convert(
        self, project_id: ProjectId, *, refresh: bool = False, is_over: Callable[[], bool] = never
    ) -> Converted:
        """See Installation."""
        requested = self._ask(
            "POST", f"/projects/{project_id}/conversions", RequestedConversion, params={"refresh": refresh}
        )
        print_unspoken(requested.unspoken_languages)
        path, stop = f"/conversions/{requested.conversion_id}", StopRequest(is_over)
        with (
            on_stop_signals(stop.note),
            cancelled_by_interrupt(lambda: self._ask("POST", f"{path}/cancel", bool)),
        ):
            watch(lambda: self._ask("GET", path, Progress), stop)
        return self._ask("GET", f"{path}/result", Converted)

    def open_book(
        self, project_snapshot_id: ProjectSnapshotId, book_format: BookFormat, *, with_report: bool = False
    ) -> Incoming:
        """See Installation."""
        return self._download(f"/snapshots/{project_snapshot_id}/{book_format}", report=with_report)

    def report_book(self, book: str, preset: Preset | None) -> str:
        """See Installation."""
        wanted = {"book": book} if preset is None else {"book": book, "preset": preset}
        return self._ask("GET", "/report", str, params=wanted)

    def keep_export(self, project_id: ProjectId, wishes: ExportWishes) -> KeptExport:
        """See Installation."""
        return self._ask("POST", f"/projects/{project_id}/exports", KeptExport, json=asdict(wishes))

    def list_export_files(
        self, project_snapshot_id: ProjectSnapshotId, sample_id: ChapterId | None
    ) -> list[ExportFile]:
        """See Installation."""
        params = {} if sample_id is None else {"sample_id": sample_id}
        return self._ask("GET", f"/exports/{project_snapshot_id}/files", list[ExportFile], params=params)

    def change_cast(self, project_id: ProjectId, order: CastOrder) -> list[CastRow]:
        """See Installation."""
        return self._ask("POST", f"/projects/{project_id}/cast", list[CastRow], json=asdict(order))

    def list_warnings(self, project_id: ProjectId) -> list[str]:
        """See Installation."""
        return self._ask("GET", f"/projects/{project_id}/warnings", list[str])

    def open_chapter(self, chapter_snapshot_id: ChapterSnapshotId) -> Incoming:
        """See Installation."""
        return self._download(f"/chapter-snapshots/{chapter_snapshot_id}")

    def make_export(
        self,
        project_snapshot_id: ProjectSnapshotId,
        format_name: FormatName,
        *,
        cues: Cues,
        timeline: Timeline,
    ) -> Incoming:
        """See Installation."""
        path, stop = f"/snapshots/{project_snapshot_id}/exports/{format_name}", StopRequest()
        wishes = {"cues": cues, "timeline": timeline}
        with on_stop_signals(stop.note):
            watch_export(lambda: self._ask("POST", path, ExportModel, params=wishes), stop)
        return self._download(path, **wishes)

    def _download(self, path: str, **params: bool | str) -> Incoming:
        def ask(headers: Mapping[str, str]) -> httpx.Response:
            return self._send("GET", path, params=params, headers=headers, stream=True)

        response = ask({})
        return Incoming(int(response.headers["content-length"]), iterate_continued(response, ask))

    def clean_up(self) -> None:
        """See Installation."""

    def check(self, order: CheckOrder, *, on_progress: Callable[[int, int], None]) -> CheckOutcome:
        """See Installation."""
        return self._follow("/check", CheckLine, lambda line: line.outcome, on_progress, params=asdict(order))

    def back_up(self, order: BackupOrder, *, on_progress: Callable[[int, int], None]) -> BackupReport:
        """See Installation."""
        return self._follow("/backups", BackupLine, lambda line: line.report, on_progress, json=asdict(order))

    def measure_disk(self) -> DiskUsage:
        """See Installation."""
        return self._ask("GET", "/usage", DiskUsage)

    def list_retentions(self) -> list[Retention]:
        """See Installation."""
        return self._ask("GET", "/retention", list[Retention])

    def set_retention(self, change: RetentionChange) -> None:
        """See Installation."""
        self._ask("PUT", "/retention", bool, json=asdict(change))

    def speak(self, order: SpeechOrder) -> HistoryItem:
        """See Installation."""
        return self._ask("POST", "/speech", HistoryItem, json={"text": order.text, "voice": order.voice})

    def new_sign_in_link(self) -> str:
        """See Installation."""
        return self._ask("POST", "/sign-in-links", str)

    def list_voices(self) -> list[tuple[Voice, str]]:
        """See Installation."""
        return self._ask("GET", "/voices", list[tuple[Voice, str]])

    def list_available_voices(self) -> list[Offer]:
        """See Installation."""
        return self._ask("GET", "/voices/available", list[Offer])

    def install_voices(self, order: InstallOrder, tell: Tell) -> tuple[Installed, ...]:
        """See Installation."""
        return self._follow("/voices", InstallLine, lambda line: line.installed, tell, json=asdict(order))

    def remove_voices(self, name: str) -> Removed:
        """See Installation."""
        return self._ask("DELETE", "/voices", Removed, params={"name": name})

    def try_voice(self, name: str, text: str | None) -> VoiceTrial:
        """See Installation."""
        asked = {"name": name} if text is None else {"name": name, "text": text}
        return self._ask("POST", "/voices/trials", VoiceTrial, params=asked)

    @property
    def people(self) -> People:
        """See Installation."""
        return PeopleThere(self._ask)

    def _follow(
        self,
        path: str,
        kind: type[L],
        find_end: Callable[[L], T | None],
        tell: Callable[..., None],
        **arguments: Any,
    ) -> T:
        """How something ended that tells in lines how far it is. tell: called with the bytes of each line."""
        response = self._send("POST", path, stream=True, **arguments)
        with contextlib.closing(response), _translated():
            for text in response.iter_lines():
                line = TypeAdapter(kind).validate_json(text)
                ended = find_end(line)
                if ended is not None:
                    return ended
                if line.error is not None:
                    raise RhapsodeError(line.error)
                tell(line.done_bytes, line.total_bytes)
        raise ServerGone

    def _ask(self, method: str, path: str, kind: type[T], **arguments: Any) -> T:
        return TypeAdapter(kind).validate_json(self._send(method, path, **arguments).content)

    def _send(self, method: str, path: str, *, stream: bool = False, **arguments: Any) -> httpx.Response:
        with _translated():
            response = self._http.send(self._http.build_request(method, path, **arguments), stream=stream)
            if response.is_error:
                response.read()
                raise error_of(response)
        return response


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise ServerGone from error


def error_of(response: httpx.Response) -> RhapsodeError:
    """The server's error as it would have been raised here."""
    try:
        detail = response.json()["detail"]
        return _class_of(detail["code"])(detail["message"])
    except (ValueError, KeyError, TypeError):
        return RhapsodeError(f"The server answered something unexpected: {response.text[:200]}")


def _class_of(code: str, kind: type[RhapsodeError] = RhapsodeError) -> type[RhapsodeError]:
    """The class that says `code` of itself, and whose name stands highest in the tree."""
    if kind.code == code:
        return kind
    found = (_class_of(code, below) for below in kind.__subclasses__())
    return next((match for match in found if match.code == code), RhapsodeError)

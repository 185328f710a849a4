"""Build and wire everything for one data directory: for a command, or for a server."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rhapsode.jobs.conversions import ConversionRunner
from rhapsode.jobs.thread_runner import ThreadRunner
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.pool import RenderPool
from rhapsode.settings import Settings
from rhapsode.storage.blobs import AddressedBlobs, Blobs
from rhapsode.storage.check import adopt_unknown_packs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.housekeeping import Housekeeping
from rhapsode.storage.records import Records
from rhapsode.storage.stores import open_blobs
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId
from rhapsode.studio.limits import ENGINE_PATIENCE_S

if TYPE_CHECKING:
    from rhapsode.api.context import Services
    from rhapsode.authoring.creations import Creations
    from rhapsode.delivery.redirects import Redirects
    from rhapsode.net.chat import Chat
    from rhapsode.net.fetcher import Fetcher
    from rhapsode.voices.installing import Installing

_SLOTS_PER_PROCESS = 2


@dataclass(frozen=True, slots=True)
class App:
    """What a command works with, as long as it has the data directory to itself."""

    directory: DataDirectory
    records: Records
    blobs: Blobs
    pool: RenderPool
    rendering: Rendering

    def new_runner(self) -> ConversionRunner:
        """What runs a server's conversions; one at a time in a process, started and stopped by its user."""
        # Importing the job engine takes a second, which commands need not wait for.
        from rhapsode.jobs.dbos_runner import DbosRunner

        return DbosRunner(self.directory.jobs_path, slots=self._slots)

    def new_command_runner(self) -> ConversionRunner:
        """What runs the one conversion of a command, which the next command takes up when this one is killed."""
        return ThreadRunner(slots=self._slots)

    def new_installing(self, fetcher: "Fetcher", voices_url: str | None) -> "Installing":
        """What has voices that are files; one at a time in a process. voices_url: of a mirror."""
        from rhapsode.voices.installing import Installing

        return Installing(
            self.records, self.blobs, fetcher, self.directory.downloads_path, voices_url=voices_url
        )

    @property
    def _slots(self) -> int:
        return _SLOTS_PER_PROCESS * self.pool.process_count


@contextlib.contextmanager
def open_app(
    data: Path,
    *,
    command: str,
    process_count: int | None = None,
    blobs_url: str | None = None,
    engine_patience_s: float = ENGINE_PATIENCE_S,
) -> Iterator[App]:
    """Take the data directory and open what is in it; let go of everything at the end.

    command: what others are told who want the directory meanwhile.    blobs_url: see `storage.stores.open_blobs`.
    engine_patience_s: see `Rendering`.
    Raises: DataDirectoryInUse; DataDirectoryRefused; InvalidInput; DataDamaged; StorageFull.
    """
    with DataDirectory.open(data, command) as directory:
        blobs = open_blobs(directory, blobs_url)
        records = Records.open_sqlite(directory.records_path)
        pool = RenderPool(process_count or available_cores())
        try:
            adopt_unknown_packs(records, blobs)
            rendering = Rendering(records, blobs, pool, engine_patience_s=engine_patience_s)
            yield App(directory, records, blobs, pool, rendering)
        finally:
            pool.stop()
            records.close()


@contextlib.contextmanager
def run_services(app: App, settings: Settings, *, url: str) -> Iterator["Services"]:
    """Run what a server consists of beside the wire.

    That is conversions, those that wait first, content that takes long to make, callbacks, and clean-up.
    url: where it listens, which is what its addresses begin with where no other is set.
    At the end no further step begins, and those that are being taken end; the next start goes on from there.
    Raises: StorageFull.
    """
    # Commands without a server need neither the wire nor the encoders, which take a second to import.
    from rhapsode.api.addresses import Addresses
    from rhapsode.api.context import Services
    from rhapsode.delivery.callbacks import CallbackSender
    from rhapsode.delivery.exporting import Exporting
    from rhapsode.delivery.running import RunningDownloads
    from rhapsode.net.fetcher import Fetcher
    from rhapsode.rendering.forced_alignment import Aligning
    from rhapsode.rendering.listening import Listening
    from rhapsode.rendering.live_session import LiveSpeaking
    from rhapsode.rendering.speak import Speaking
    from rhapsode.rendering.sweeper import ConversionSweeper
    from rhapsode.rendering.transcoding import Transcoding
    from rhapsode.rendering.voice_samples import VoiceSamples

    app.pool.warm_up()
    sweeper = ConversionSweeper(app.records, app.rendering, app.new_runner())
    running_downloads = RunningDownloads()
    housekeeping = Housekeeping(
        app.records, app.blobs, find_oldest_download=running_downloads.oldest_started_at_ms
    )
    fetcher = Fetcher(settings.allowed_networks)
    sender = CallbackSender(app.records, fetcher.post)
    chat = _new_chat(settings)
    creations = _new_creations(app, fetcher, chat, sweeper.wake)
    listening = Listening(
        app.records, app.rendering, thread_count=_SLOTS_PER_PROCESS * app.pool.process_count
    )
    exporting = Exporting(app.records, app.blobs, Transcoding(app.records, app.blobs, app.pool))
    redirects = _new_redirects(app, settings)
    with contextlib.ExitStack() as stack:
        # Before the start, which takes a second that Ctrl-C may fall into.
        stack.callback(sweeper.stop)
        sweeper.start()
        housekeeping.start()
        stack.callback(housekeeping.stop)
        app.rendering.when_ended(sender.wake)
        sender.start()
        stack.callback(sender.stop)
        creations.start()
        stack.callback(creations.stop)
        stack.callback(listening.stop)
        stack.callback(exporting.stop)
        if redirects is not None:
            redirects.start()
            stack.callback(redirects.stop)
        speaking = Speaking(app.records, app.blobs, app.pool)
        yield Services(
            records=app.records,
            blobs=app.blobs,
            rendering=app.rendering,
            speaking=speaking,
            live_speaking=LiveSpeaking(app.records, app.blobs, app.pool),
            listening=listening,
            aligning=Aligning(app.blobs, app.pool),
            wake=sweeper.wake,
            fetcher=fetcher,
            creations=creations,
            exporting=exporting,
            addresses=Addresses(settings.public_url or url),
            voice_samples=VoiceSamples(app.records, app.blobs, speaking),
            pool=app.pool,
            installing=app.new_installing(fetcher, settings.voices_url),
            chat=chat,
            running_downloads=running_downloads,
            redirects=redirects,
        )


def _new_redirects(app: App, settings: Settings) -> "Redirects | None":
    """What sends clients to the object store, if it was wanted. Raises: InvalidInput, when there is no such store."""
    from rhapsode.delivery.redirects import Redirects

    if not settings.redirect_downloads:
        return None
    if not isinstance(app.blobs, AddressedBlobs):
        msg = "RHAPSODE_REDIRECT_DOWNLOADS sends clients to an object store: name it with RHAPSODE_BLOBS_URL."
        raise InvalidInput(msg)
    return Redirects(app.records, app.blobs)


def _new_creations(
    app: App, fetcher: "Fetcher", chat: "Chat | None", wake: Callable[[], None]
) -> "Creations":
    """What makes content of every kind. wake: called when the conversion of some was requested."""
    from rhapsode.authoring.cast.creation import CAST, cast_kind
    from rhapsode.authoring.creations import PODCAST, CreationKind, Creations
    from rhapsode.authoring.imports import DocumentReader, import_kinds
    from rhapsode.authoring.podcasts import podcast_kind

    def convert(workspace_id: WorkspaceId, project_id: ProjectId, key_id: ApiKeyId | None) -> None:
        app.rendering.request_conversion(workspace_id, project_id, paid_by=key_id)
        wake()

    reader = DocumentReader(fetcher.fetch)
    podcasts = podcast_kind(app.records, reader.read_address, chat)
    imports = import_kinds(app.records, app.blobs, reader)
    kinds: dict[str, CreationKind[Any]] = {**imports, PODCAST: podcasts, CAST: cast_kind(app.records, chat)}
    return Creations(app.records, kinds, convert=convert)


def _new_chat(settings: Settings) -> "Chat | None":
    """The language model that was named, if any. Raises: InvalidInput, when its address says nothing of the model."""
    from rhapsode.net.chat import Chat

    if settings.chat_url is None:
        return None
    if not settings.chat_model:
        msg = "RHAPSODE_CHAT_URL names a chat endpoint; RHAPSODE_CHAT_MODEL has to say which of its models."
        raise InvalidInput(msg)
    key = None if settings.chat_key is None else settings.chat_key.get_secret_value()
    return Chat(settings.chat_url, model=settings.chat_model, key=key)


def available_cores() -> int:
    """Cores this process may run on, which a container limits."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Build and wire everything for one data directory: for a command, or for a server."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rhapsode import __version__
from rhapsode.access.sign_in import SignInRule
from rhapsode.delivery.running import RunningDownloads
from rhapsode.engines.registry import list_engines
from rhapsode.jobs.conversions import ConversionRunner
from rhapsode.jobs.thread_runner import ThreadRunner
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.pool import RenderPool
from rhapsode.settings import Settings
from rhapsode.storage.blobs import AddressedBlobs, Blobs
from rhapsode.storage.check import adopt_unknown_packs
from rhapsode.storage.cleanup import CleanupPolicy
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.housekeeping import Housekeeping
from rhapsode.storage.members import Member, MemberKind
from rhapsode.storage.membership import Membership, Part, WholePart
from rhapsode.storage.records import Records
from rhapsode.storage.room import Room, find_folders
from rhapsode.storage.shared import open_shared, refuse_shared
from rhapsode.storage.stores import open_blobs
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ApiKeyId, ProjectId, WorkspaceId
from rhapsode.studio.limits import ENGINE_PATIENCE_S

if TYPE_CHECKING:
    from rhapsode.access.sign_in_links import SignInLinks
    from rhapsode.api.context import Services
    from rhapsode.authoring.creations import Creations
    from rhapsode.delivery.redirects import Redirects
    from rhapsode.net.chat import Chat
    from rhapsode.net.fetcher import Fetcher
    from rhapsode.net.oidc import OidcProvider
    from rhapsode.rendering.sweeper import ConversionSweeper
    from rhapsode.telemetry.readiness import Readiness
    from rhapsode.voices.installing import Installing

_SLOTS_PER_PROCESS = 2
_DAY_MS = 24 * 3600 * 1000
_ADOPTION = "adoption of packs"
_KINDS: dict[str, MemberKind] = {"serve": "server", "worker": "worker"}


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a process takes part in an installation that several have.

    engines: those that speak here for conversions.
    slot_count: how many slices of conversions are made here at once, 0 for none; None for as many as keep it busy.
    engine_patience_s: see `Rendering`.
    """

    database_url: str
    membership: Membership
    engines: Sequence[str]
    slot_count: int | None
    engine_patience_s: float


@dataclass(frozen=True, slots=True)
class App:
    """What a command works with, as long as it has the data directory to itself."""

    directory: DataDirectory
    records: Records
    blobs: Blobs
    pool: RenderPool
    rendering: Rendering
    running_downloads: RunningDownloads
    part: Part
    room: Room
    fleet: "Fleet | None" = None

    def new_runner(self) -> ConversionRunner:
        """What runs a server's conversions; one at a time in a process, started and stopped by its user."""
        # Importing the job engine takes a second, which commands need not wait for.
        if self.fleet is not None:
            from rhapsode.jobs.fleet_runner import FleetRunner
            from rhapsode.storage.postgres_session import jobs_session

            return FleetRunner(
                self.fleet.database_url,
                jobs_session(),
                executor_id=self.fleet.membership.member_id,
                engines=self.fleet.engines,
                slot_count=self._slots if self.fleet.slot_count is None else self.fleet.slot_count,
                list_dead=self.fleet.membership.list_dead,
                list_living=self.fleet.membership.list_living,
                list_engines=self.fleet.membership.list_engines,
                patience_s=self.fleet.engine_patience_s,
            )
        from rhapsode.jobs.dbos_runner import DbosRunner

        return DbosRunner(self.directory.jobs_path, slots=self._slots)

    def new_command_runner(self) -> ConversionRunner:
        """What runs the one conversion of a command, which the next command takes up when this one is killed."""
        return ThreadRunner(slots=self._slots) if self.fleet is None else self.new_runner()

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
    database_url: str | None = None,
    engines: Sequence[str] | None = None,
    slot_count: int | None = None,
    engine_patience_s: float = ENGINE_PATIENCE_S,
    min_free_bytes: int = 0,
) -> Iterator[App]:
    """Take the data directory and open what is in it; let go of everything at the end.

    command: what others are told who want the directory meanwhile.    blobs_url: see `storage.stores.open_blobs`.
    database_url: of records that several processes have, see `storage.shared.open_shared`; None for the directory's.
    engines, slot_count, engine_patience_s: see `Fleet`; None for all engines that are installed here.
    min_free_bytes: see `storage.room`.
    Raises: DataDirectoryInUse; DataDirectoryRefused; InvalidInput; DataDamaged; StorageFull; RecordsUnavailable.
    """
    downloads = RunningDownloads()
    with DataDirectory.open(data, command) as directory, contextlib.ExitStack() as stack:
        records, blobs = _open_storage(directory, database_url, blobs_url)
        stack.callback(records.close)
        pool = RenderPool(process_count or available_cores())
        stack.callback(pool.stop)
        room = Room(find_folders(directory.root, blobs), min_free_bytes)
        rendering = Rendering(
            records, blobs, pool, engine_patience_s=engine_patience_s, check_room=room.check
        )
        part = WholePart(downloads.oldest_started_at_ms)
        app = App(directory, records, blobs, pool, rendering, downloads, part, room)
        if database_url is not None:
            here = _engines_of(engines)
            membership = _new_membership(app, command, here)
            stack.callback(membership.stop)
            membership.start()
            fleet = Fleet(database_url, membership, here, slot_count, engine_patience_s)
            app = replace(app, part=membership, fleet=fleet)
        if app.part.may(_ADOPTION):
            adopt_unknown_packs(records, blobs)
            app.part.done(_ADOPTION)
        yield app


def open_configured(
    data: Path,
    settings: Settings,
    *,
    command: str,
    engines: Sequence[str] | None = None,
    slot_count: int | None = None,
) -> contextlib.AbstractContextManager[App]:
    """`open_app` as the settings have it."""
    database_url = settings.database_url
    return open_app(
        data,
        command=command,
        process_count=settings.processes,
        blobs_url=settings.blobs_url,
        database_url=None if database_url is None else database_url.get_secret_value(),
        engines=engines,
        slot_count=slot_count,
        engine_patience_s=settings.engine_patience_s,
        min_free_bytes=settings.min_free_bytes,
    )


def _open_storage(
    directory: DataDirectory, database_url: str | None, blobs_url: str | None
) -> tuple[Records, Blobs]:
    if database_url is not None:
        return open_shared(directory, database_url, blobs_url)
    refuse_shared(directory)
    blobs = open_blobs(directory, blobs_url)
    return Records.open_sqlite(directory.records_path), blobs


def _engines_of(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Engines that speak here. Raises: InvalidInput, when one isn't installed."""
    installed = list_engines()
    missing = [name for name in wanted or () if name not in installed]
    if missing:
        msg = f"The engine {missing[0]} isn't installed here. There are: {', '.join(installed)}."
        raise InvalidInput(msg)
    return tuple(installed if wanted is None else dict.fromkeys(wanted))


def _new_membership(app: App, command: str, engines: Sequence[str]) -> Membership:
    member = Member(
        app.directory.member_id,
        _KINDS.get(command, "command"),
        f"{socket.gethostname()}:{os.getpid()}",
        __version__,
        engines,
    )
    return Membership(app.records, member, find_oldest_download=app.running_downloads.oldest_started_at_ms)


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker is made of, for those who look at it."""

    records: Records
    blobs: Blobs
    pool: RenderPool
    readiness: "Readiness"


@contextlib.contextmanager
def run_conversions(app: App) -> Iterator[Worker]:
    """Run what a worker consists of: conversions that servers were asked for, and those that others have left.

    At the end no further step begins, and those that are being taken end; others go on with the rest.
    Raises: RecordsUnavailable.
    """
    from rhapsode.rendering.sweeper import ConversionSweeper

    app.pool.warm_up()
    sweeper = ConversionSweeper(app.records, app.rendering, app.new_runner())
    readiness = _new_readiness(app, sweeper)
    try:
        sweeper.start()
        yield Worker(app.records, app.blobs, app.pool, readiness)
    finally:
        readiness.stop()
        sweeper.stop()


@contextlib.contextmanager
def run_services(
    app: App, settings: Settings, *, url: str, sign_in_links: "SignInLinks | None" = None
) -> Iterator["Services"]:
    """Run what a server consists of beside the wire.

    That is conversions, those that wait first, content that takes long to make, callbacks, and clean-up.
    url: where it listens, which is what its addresses begin with where no other is set.
    sign_in_links: None where nobody is asked for a key.
    At the end no further step begins, and those that are being taken end; the next start goes on from there.
    Raises: StorageFull.
    """
    # Commands without a server need neither the wire nor the encoders, which take a second to import.
    from rhapsode.api.addresses import Addresses
    from rhapsode.api.context import Services
    from rhapsode.delivery.callbacks import CallbackSender
    from rhapsode.delivery.exporting import Exporting
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
    housekeeping = Housekeeping(app.records, app.blobs, policy=cleanup_policy(settings), part=app.part)
    fetcher = Fetcher(settings.allowed_networks)
    sender = CallbackSender(app.records, fetcher.post, part=app.part)
    chat = _new_chat(settings)
    creations = _new_creations(app, fetcher, chat, sweeper.wake)
    listening = Listening(
        app.records, app.rendering, thread_count=_SLOTS_PER_PROCESS * app.pool.process_count
    )
    exporting = Exporting(app.records, app.blobs, Transcoding(app.records, app.blobs, app.pool))
    redirects = _new_redirects(app, settings)
    readiness = _new_readiness(app, sweeper)
    oidc = _new_oidc(settings)
    with contextlib.ExitStack() as stack:
        # Before the start, which takes a second that Ctrl-C may fall into.
        stack.callback(sweeper.stop)
        stack.callback(readiness.stop)
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
            running_downloads=app.running_downloads,
            check_room=app.room.check,
            redirects=redirects,
            readiness=readiness,
            sign_in_rule=sign_in_rule(settings),
            oidc=oidc,
            sign_in_links=sign_in_links,
            measure_disks=app.room.measure,
            find_last_clean_up=housekeeping.find_last_run,
        )


def _new_readiness(app: App, sweeper: "ConversionSweeper") -> "Readiness":
    """What a server has to have to do its work."""
    from rhapsode.storage.answering import check_blobs, check_records, check_space
    from rhapsode.telemetry.readiness import Readiness

    return Readiness(
        {
            "records": partial(check_records, app.records),
            "packs": partial(check_blobs, app.blobs),
            "conversions": sweeper.check,
            "disk": partial(check_space, app.room),
        }
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


def cleanup_policy(settings: Settings) -> CleanupPolicy:
    """When something goes that nobody needs."""
    return CleanupPolicy(audit_ms=settings.audit_days * _DAY_MS)


def sign_in_rule(settings: Settings) -> SignInRule:
    """What becomes of people whom a proxy or an identity provider vouches for."""
    return SignInRule(
        role=None if settings.sign_in_role == "none" else settings.sign_in_role,
        role_claim=settings.oidc_role_claim,
        workspace_claim=settings.oidc_workspace_claim,
    )


def _new_oidc(settings: Settings) -> "OidcProvider | None":
    """The identity provider that was named, if any. Raises: InvalidInput, when it is said only in part."""
    from rhapsode.net.oidc import OidcProvider

    if settings.oidc_issuer is None:
        return None
    if not settings.oidc_client_id:
        msg = "RHAPSODE_OIDC_ISSUER names an identity provider; RHAPSODE_OIDC_CLIENT_ID has to say what it calls us."
        raise InvalidInput(msg)
    secret = settings.oidc_client_secret
    return OidcProvider(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=None if secret is None else secret.get_secret_value(),
    )


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
    return Creations(app.records, kinds, convert=convert, part=app.part)


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

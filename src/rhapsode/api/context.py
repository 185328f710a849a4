"""What every route works with, and whose request it is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from rhapsode.access.caller import Caller
from rhapsode.access.sign_in import SignInRule
from rhapsode.access.sign_in_links import SignInLinks
from rhapsode.api.addresses import Addresses
from rhapsode.authoring.creations import Creations
from rhapsode.delivery.exporting import Exporting
from rhapsode.delivery.redirects import Redirects
from rhapsode.delivery.running import RunningDownloads
from rhapsode.net.chat import Chat
from rhapsode.net.fetcher import Fetcher
from rhapsode.net.oidc import OidcProvider
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.forced_alignment import Aligning
from rhapsode.rendering.listening import Listening
from rhapsode.rendering.live_session import LiveSpeaking
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.voice_samples import VoiceSamples
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.housekeeping import CleanUpRun
from rhapsode.storage.records import Records
from rhapsode.storage.room import DiskSpace
from rhapsode.studio.ids import ApiKeyId, WorkspaceId
from rhapsode.telemetry.readiness import Readiness
from rhapsode.voices.installing import Installing


class Observed(Protocol):
    """What those who run a server or a worker look at."""

    @property
    def records(self) -> Records:
        """Its records."""

    @property
    def blobs(self) -> Blobs:
        """Its packs."""

    @property
    def pool(self) -> RenderPool:
        """The processes that speak."""

    @property
    def readiness(self) -> Readiness:
        """Whether all of it can do its work."""


@dataclass(frozen=True, slots=True)
class Services:
    """What one server is made of; the same for all requests.

    wake: to be called after a conversion was requested, so that it begins at once.
    fetcher: for every address that a client names.    creations: makes content that takes long.
    exporting: makes files of other formats.
    addresses: what clients are told to find things at.    voice_samples: how voices sound.
    pool: the processes that speak.    installing: has voices that are files.
    chat: writes scripts; None where no language model is configured.
    running_downloads: what is being answered, which clean-up leaves alone.
    check_room: see `storage.room.Room`; raises StorageFull.
    redirects: sends clients to the object store for whole files; None where they are not sent there.
    readiness: whether all of it can do its work.
    sign_in_rule: what becomes of people whom others vouch for.    oidc: the identity provider; None without one.
    sign_in_links: that nobody has used yet; None where nobody is asked for a key.
    started_at_ms: when the server began, Unix milliseconds.
    measure_disks: of the data directory, and behind it of the packs where these are elsewhere.
    find_last_clean_up: see `storage.housekeeping.Housekeeping`.
    """

    records: Records
    blobs: Blobs
    rendering: Rendering
    speaking: Speaking
    live_speaking: LiveSpeaking
    listening: Listening
    aligning: Aligning
    wake: Callable[[], None]
    fetcher: Fetcher
    creations: Creations
    exporting: Exporting
    addresses: Addresses
    voice_samples: VoiceSamples
    pool: RenderPool
    installing: Installing
    chat: Chat | None = None
    running_downloads: RunningDownloads = field(default_factory=RunningDownloads)
    check_room: Callable[[], None] = lambda: None
    redirects: Redirects | None = None
    readiness: Readiness = field(default_factory=lambda: Readiness({}))
    sign_in_rule: SignInRule = field(default_factory=SignInRule)
    oidc: OidcProvider | None = None
    sign_in_links: SignInLinks | None = None
    started_at_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    measure_disks: Callable[[], Sequence[DiskSpace]] = lambda: ()
    find_last_clean_up: Callable[[], CleanUpRun | None] = lambda: None

    def new_sign_in_link(self) -> str:
        """Where a browser is signed in, once; without keys, where the server is.

        The token is behind a #, which browsers send to no server: it is in no log and in no Referer.
        """
        home = self.addresses.of("/")
        return home if self.sign_in_links is None else f"{home}#sign-in={self.sign_in_links.new_token()}"


# Coroutines, although they wait for nothing: the framework calls all others in a thread, and each request would have
# to wait for one.
async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


async def _workspace(request: Request) -> WorkspaceId:
    return cast("WorkspaceId", request.state.workspace_id)


async def _key(request: Request) -> ApiKeyId | None:
    return cast("ApiKeyId | None", request.state.key_id)


async def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


ServicesOf = Annotated[Services, Depends(_services)]
"""The server's services, as a parameter of a route."""

ObservedOf = Annotated[Observed, Depends(_services)]
"""The same of a route that workers have, too."""

WorkspaceOf = Annotated[WorkspaceId, Depends(_workspace)]
"""The workspace whose key the request carries, as a parameter of a route."""

KeyOf = Annotated[ApiKeyId | None, Depends(_key)]
"""The key that pays for what is spoken, as a parameter of a route; None where no key is asked for."""

CallerOf = Annotated[Caller, Depends(_caller)]
"""Who asks, and what they may, as a parameter of a route."""

"""A real server in a thread of this process, and a runner that converts in another."""

import asyncio
import contextlib
import gzip
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.certificates import CertificateFiles
from tests.factories import WORKSPACE, Studio, ThisProcess, open_studio

from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_in_links import SignInLinks
from rhapsode.access.sign_ins import SignIns
from rhapsode.api.addresses import Addresses
from rhapsode.api.context import Services
from rhapsode.api.server import create_app
from rhapsode.authoring.cast.creation import CAST, cast_kind
from rhapsode.authoring.creations import PODCAST, CreationKind, Creations
from rhapsode.authoring.imports import DocumentReader, import_kinds
from rhapsode.authoring.podcasts import podcast_kind
from rhapsode.cli.connections import ConnectionLimits, Connections, LimitedListener
from rhapsode.cli.http_server import GuardedServer, new_config
from rhapsode.cli.tls import find_certificate
from rhapsode.delivery.callbacks import CallbackSender
from rhapsode.delivery.exporting import Exporting
from rhapsode.jobs.conversions import ConversionSteps, convert_at_once
from rhapsode.net.chat import Chat
from rhapsode.net.fetcher import Fetcher
from rhapsode.rendering.forced_alignment import Aligning
from rhapsode.rendering.listening import Listening
from rhapsode.rendering.live_session import LiveSpeaking
from rhapsode.rendering.speak import Speaking
from rhapsode.rendering.sweeper import ConversionSweeper
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.rendering.voice_samples import VoiceSamples
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import ApiKeyId, ConversionId, ProjectId, WorkspaceId, new_id
from rhapsode.voices.installing import Installing
from rhapsode.web import page, player
from rhapsode.web.documentation import routes as documentation

from .published import Response, find_violation

OTHER_WORKSPACE = WorkspaceId("other")
_START_LIMIT_S = 20
_GRACE_S = 5


class ThreadRunner:
    """Runs one conversion after another in a thread of its own."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[WorkspaceId, ConversionId] | None] = queue.SimpleQueue()
        self._submitted: set[ConversionId] = set()
        self._thread: threading.Thread | None = None

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """See ConversionRunner."""
        self._thread = threading.Thread(target=self._run, args=(steps,), name="conversions")
        self._thread.start()
        for workspace_id, conversion_id in waiting:
            self.submit(workspace_id, conversion_id)

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        if conversion_id not in self._submitted:
            self._submitted.add(conversion_id)
            self._waiting.put((workspace_id, conversion_id))

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """See ConversionRunner: whatever fails here is in the records."""
        return None

    def stop(self) -> None:
        """See ConversionRunner."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _run(self, steps: ConversionSteps) -> None:
        while (work := self._waiting.get()) is not None:
            convert_at_once(steps, *work)


@dataclass
class Watching:
    """Stands in front of an application and keeps what is wrong with its responses."""

    app: ASGIApp
    violations: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and look at what comes back."""
        head: dict[str, str] = {}
        body: list[bytes] = []
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                head.update(
                    (name.decode().lower(), value.decode("latin-1")) for name, value in message["headers"]
                )
            elif "json" in head.get("content-type", "") or status >= 400 or not any(body):
                # Of what is neither JSON nor an error, its beginning says what it is.
                body.append(message.get("body", b""))
            # Before the client can go on, so that its test sees what is wrong with this response.
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                content = b"".join(body)
                if head.get("content-encoding") == "gzip":
                    content = gzip.decompress(content)
                self._look(scope, status, head.get("content-type", ""), content)
            await send(message)

        await self.app(scope, receive, watch)

    def _look(self, scope: Scope, status: int, content_type: str, body: bytes) -> None:
        if scope["method"] == "HEAD":
            return
        wrong = find_violation(Response(scope["method"], scope["path"], status, content_type, body))
        if wrong is not None:
            self.violations.append(wrong)


@dataclass(frozen=True)
class LiveServer:
    """A server that runs, with a key for each of its two workspaces.

    violations: what was wrong with its responses so far.
    """

    url: str
    key: str
    other_key: str
    workspace_id: WorkspaceId
    other_workspace_id: WorkspaceId
    studio: Studio
    services: Services
    violations: list[str]

    @property
    def records(self) -> Records:
        """The records behind the server."""
        return self.studio.records


def in_new_workspaces(running: LiveServer) -> Iterator[LiveServer]:
    """A server that runs, with keys of two workspaces in which nothing has happened; for one test."""
    workspace_id, other_workspace_id = (_new_workspace(running.records) for _ in range(2))
    yield replace(
        running,
        key=create_api_key(running.records, workspace_id, name="tests").secret,
        other_key=create_api_key(running.records, other_workspace_id, name="tests").secret,
        workspace_id=workspace_id,
        other_workspace_id=other_workspace_id,
    )
    violations = list(running.violations)
    running.violations.clear()
    assert not violations, "\n".join(violations)


def _new_workspace(records: Records) -> WorkspaceId:
    workspace_id = WorkspaceId(new_id())
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
    return workspace_id


@contextlib.contextmanager
def running_server(
    root: Path, chat: Chat | None = None, fetcher: Fetcher | None = None
) -> Iterator[LiveServer]:
    """Start a server on an empty directory, and end it with everything it runs.

    chat: writes its scripts.    fetcher: None for one for which this machine stands for all others.
    """
    runner = ThreadRunner()
    pool = ThisProcess(1)
    with open_studio(root, pool) as studio:
        with studio.records.write(OTHER_WORKSPACE) as tx:
            ensure_workspace(tx)
        sweeper = ConversionSweeper(studio.records, studio.rendering, runner)
        fetcher = fetcher or Fetcher([ip_network("127.0.0.0/8")])
        sender = CallbackSender(studio.records, fetcher.post)

        def convert(workspace_id: WorkspaceId, project_id: ProjectId, key_id: ApiKeyId | None) -> None:
            studio.rendering.request_conversion(workspace_id, project_id, paid_by=key_id)
            sweeper.wake()

        reader = DocumentReader(fetcher.fetch)
        podcasts = podcast_kind(studio.records, reader.read_address, chat)
        imports = import_kinds(studio.records, studio.blobs, reader)
        casts = cast_kind(studio.records, chat)
        kinds: dict[str, CreationKind[Any]] = {**imports, PODCAST: podcasts, CAST: casts}
        creations = Creations(studio.records, kinds, convert=convert)
        listening = Listening(studio.records, studio.rendering, thread_count=2)
        transcoding = Transcoding(studio.records, studio.blobs, pool)
        exporting = Exporting(studio.records, studio.blobs, transcoding)
        listening_on = free_port()
        speaking = Speaking(studio.records, studio.blobs, pool)
        services = Services(
            records=studio.records,
            blobs=studio.blobs,
            rendering=studio.rendering,
            speaking=speaking,
            live_speaking=LiveSpeaking(studio.records, studio.blobs, pool),
            listening=listening,
            aligning=Aligning(studio.blobs, pool),
            wake=sweeper.wake,
            fetcher=fetcher,
            creations=creations,
            exporting=exporting,
            addresses=Addresses(f"http://127.0.0.1:{listening_on.getsockname()[1]}"),
            voice_samples=VoiceSamples(studio.records, studio.blobs, speaking),
            pool=pool,
            installing=Installing(studio.records, studio.blobs, fetcher, root / "downloads"),
            chat=chat,
            sign_in_links=SignInLinks(),
        )
        access = AccessRule(
            find_owner=lambda secret: find_owner(studio.records, secret), sign_ins=SignIns(studio.records)
        )
        watching = Watching(
            create_app(services, access=access, pages=[page.router, player.router, documentation.router])
        )
        sweeper.start()
        studio.rendering.when_ended(sender.wake)
        sender.start()
        creations.start()
        try:
            with serving(watching, listening=listening_on) as url:
                yield LiveServer(
                    url=url,
                    key=create_api_key(studio.records, WORKSPACE, name="tests").secret,
                    other_key=create_api_key(studio.records, OTHER_WORKSPACE, name="tests").secret,
                    workspace_id=WORKSPACE,
                    other_workspace_id=OTHER_WORKSPACE,
                    studio=studio,
                    services=services,
                    violations=watching.violations,
                )
        finally:
            listening.stop()
            exporting.stop()
            sweeper.stop()
            sender.stop()
            creations.stop()


def free_port() -> socket.socket:
    """A port of this machine that is taken from now on; `serving` closes it."""
    # Named TCP, because asyncio lets only such sockets send at once: every small response would wait 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    return listening


@contextlib.contextmanager
def serving(
    app: ASGIApp, tls: CertificateFiles | None = None, listening: socket.socket | None = None
) -> Iterator[str]:
    """Serve an application as `rhapsode serve` does; its address.

    tls: None for plain HTTP.    listening: None for any free port.
    """
    certificate = None if tls is None else find_certificate(tls.certificate, tls.key)
    connections = Connections(ConnectionLimits())
    config = new_config(app, connections, None if certificate is None else certificate.context)
    config.timeout_graceful_shutdown = _GRACE_S
    server = GuardedServer(config, connections)
    limited = LimitedListener.of(listening or free_port(), connections)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([limited])), name="server")
    thread.start()
    try:
        started_at_s = time.monotonic()
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() - started_at_s < _START_LIMIT_S
            time.sleep(0.005)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{limited.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        limited.close()

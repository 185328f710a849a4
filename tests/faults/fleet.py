"""Servers and workers of one fleet that are killed while they narrate, and a database that is started again.

Whoever is killed is started again at once in the same folder, as systemd would. What the fleet makes at last is
compared with what one quiet machine makes of the same book.
"""

import contextlib
import functools
import hashlib
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from elevenlabs import ElevenLabs
from elevenlabs.core import ApiError
from tests.acceptance.processes import kill_alone
from tests.acceptance.program import SCRIPT, Rhapsode
from tests.object_store import ObjectStore, object_store
from tests.postgres import PostgresServer, postgres_server

KEY = "a-key-of-the-tests-of-fleets"
VOICE = "21m00Tcm4TlvDq8ikWAM"
_WAIT_S = 1_800
_POLL_S = 0.25


@dataclass
class Process:
    """A server or worker. arguments: of the program."""

    rhapsode: Rhapsode
    arguments: Sequence[str]
    environment: dict[str, str]
    running: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and go on at once. What it says is in its folder."""
        with (self.rhapsode.folder / "log").open("a") as log:
            self.running = subprocess.Popen(
                [SCRIPT, *self.arguments],
                cwd=self.rhapsode.folder,
                env=self.rhapsode.environment(**self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it with its children."""
        if self.running is not None:
            kill_alone(self.running)
            self.running = None


@dataclass
class Fleet:
    """Processes that share a database and a store."""

    database: PostgresServer
    environment: dict[str, str]
    folder: Path
    servers: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    @property
    def processes(self) -> list[Process]:
        """All of them."""
        return [*self.servers, *self.workers]

    def add_server(self, port: int, *arguments: str) -> None:
        """Start one more, at a port of its own."""
        self.urls.append(f"http://127.0.0.1:{port}")
        self.servers.append(self._start(f"server-{port}", "serve", "--port", str(port), *arguments))

    def add_worker(self, *arguments: str, **variables: str) -> None:
        """Start one more. variables: of its environment alone."""
        self.workers.append(self._start(f"worker-{len(self.workers)}", "worker", *arguments, **variables))

    def _start(self, name: str, *arguments: str, **variables: str) -> Process:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        process = Process(Rhapsode(place), arguments, self.environment | variables)
        process.start()
        return process

    def ask(self, question: Callable[[ElevenLabs], Any]) -> Any:
        """Ask one server after the other until one answers, as a client behind a proxy would."""
        until_s = time.monotonic() + _WAIT_S
        for number in range(1_000_000):
            url = self.urls[number % len(self.urls)]
            try:
                return question(_client(url))
            except (httpx.HTTPError, ApiError) as error:
                is_answer = isinstance(error, ApiError) and error.status_code not in (500, 502, 503, 504)
                if is_answer or time.monotonic() > until_s:
                    raise
                time.sleep(_POLL_S)
        raise AssertionError

    def stop(self) -> list[int]:
        """Ask all to end; how each did."""
        for process in self.processes:
            if process.running is not None:
                process.running.terminate()
        return [process.running.wait(60) for process in self.processes if process.running is not None]

    def kill(self) -> None:
        """Kill all that still run."""
        for process in self.processes:
            process.kill()


@contextlib.contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """Nobody yet, with a new database and an empty store."""
    with postgres_server() as database, object_store() as store:
        made = Fleet(database, environment_of(database, store, database.port), folder)
        try:
            yield made
        finally:
            made.kill()


@functools.cache
def _client(url: str) -> ElevenLabs:
    """The official SDK, made once: to make it takes more than what it asks. No connection outlives its request."""
    connections = httpx.Client(timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
    return ElevenLabs(base_url=url, api_key=KEY, httpx_client=connections)


def environment_of(database: PostgresServer, store: ObjectStore, port: int) -> dict[str, str]:
    """What members see of the world, with a new database and an empty store. port: where they reach the database."""
    return {
        **store.environment,
        "RHAPSODE_DATABASE_URL": database.address_at(port, database.new_database()),
        "RHAPSODE_BLOBS_URL": store.new_url(),
        "RHAPSODE_API_KEY": KEY,
    }


def request_conversion(of: Fleet, book: Path) -> str:
    """Have a book made into a project and converted; its id."""

    def create(client: ElevenLabs) -> str:
        with book.open("rb") as file:
            made = client.studio.projects.create(
                name=book.stem,
                default_title_voice_id=VOICE,
                default_paragraph_voice_id=VOICE,
                default_model_id="eleven_multilingual_v2",
                from_document=(book.name, file, "application/epub+zip"),
            )
        return str(made.project.project_id)

    project_id = str(of.ask(create))
    of.ask(lambda client: client.studio.projects.convert(project_id))
    return project_id


def wait_until_converted(of: Fleet, project_id: str) -> None:
    """Until its conversion has ended well."""
    until_s = time.monotonic() + _WAIT_S
    while (project := of.ask(lambda client: client.studio.projects.get(project_id))).state != "default":
        assert time.monotonic() < until_s
        time.sleep(_POLL_S)
    assert project.can_be_downloaded, project


def archive_of(of: Fleet, project_id: str) -> str:
    """SHA-256 of the archive of its only snapshot."""

    def download(client: ElevenLabs) -> str:
        (snapshot,) = client.studio.projects.snapshots.list(project_id).snapshots
        pieces = client.studio.projects.snapshots.stream_archive(project_id, snapshot.project_snapshot_id)
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return digest.hexdigest()

    return str(of.ask(download))


def archive_of_one_machine(folder: Path, book: Path) -> str:
    """The same book on one quiet machine, through its public API too: SHA-256 of the archive."""
    from tests.acceptance.server import serving

    folder.mkdir(exist_ok=True)
    with serving(Rhapsode(folder), RHAPSODE_API_KEY=KEY) as server:
        alone = Fleet(None, {}, folder, urls=[server.url])  # type: ignore[arg-type]
        project_id = request_conversion(alone, book)
        wait_until_converted(alone, project_id)
        return archive_of(alone, project_id)


@dataclass
class Disturbance:
    """What is done to a fleet while it works: kills, at once and then every few seconds, and starts of the database.

    restart_after: numbers of kills after which the database is killed and started again.
    """

    of: Fleet
    every_s: float
    restart_after: frozenset[int]
    chance: random.Random
    kill_count: int = 0
    restart_count: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def during(self) -> Iterator["Disturbance"]:
        """Disturb it for as long as the block runs."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _run(self) -> None:
        while True:
            victim = self.chance.choice(self.of.processes)
            victim.kill()
            victim.start()
            self.kill_count += 1
            if self.kill_count in self.restart_after:
                self.of.database.kill()
                self.of.database.start()
                self.restart_count += 1
            if self._over.wait(self.every_s):
                return


@dataclass(frozen=True)
class Seen:
    """What became of a book."""

    seconds: float
    kill_count: int
    restart_count: int
    same_bytes: bool

    def line(self) -> str:
        """For people."""
        return (
            f"{self.kill_count} kills and {self.restart_count} starts of the database in {self.seconds:.0f} s, "
            f"{'the same bytes as' if self.same_bytes else 'OTHER BYTES THAN'} one quiet machine"
        )


def disturb_fleet(
    folder: Path,
    book: Path,
    ports: Sequence[int],
    *,
    worker_count: int,
    every_s: float,
    restart_after: frozenset[int],
    seed: int,
) -> Seen:
    """Have a fleet narrate a book while its processes are killed, and compare with one machine. ports: of servers."""
    expected = archive_of_one_machine(folder / "alone", book)
    with fleet(folder) as made:
        for port in ports:
            made.add_server(port, "--concurrency", "0")
        for _ in range(worker_count):
            made.add_worker()
        began_s = time.monotonic()
        project_id = request_conversion(made, book)
        disturbance = Disturbance(made, every_s, restart_after, random.Random(seed))
        with disturbance.during():
            wait_until_converted(made, project_id)
            seconds = time.monotonic() - began_s
        found = archive_of(made, project_id)
    shutil.rmtree(folder / "alone")
    return Seen(seconds, disturbance.kill_count, disturbance.restart_count, found == expected)

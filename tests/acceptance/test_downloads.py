"""Downloads that are cut off, from a server that is killed, and by clients that leave."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from tests.rounds import rounds

from .program import Rhapsode, long_book
from .server import Server, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="needs curl"),
]

KEY = "a-key-that-somebody-has-chosen"
CUTS = rounds(15, 50)
KILLS = rounds(2, 3)
LEAVING = rounds(100, 500)
MORE = LEAVING // 10
_LIMIT_S = 60
_BACK_S = rounds(30, 5)
_AT_ONCE_S = 9
"""Less than the ten seconds for which a server waits for requests under way."""


@dataclass(frozen=True)
class Archive:
    """The archive of a book, by its path on the server. tag: its ETag."""

    path: str
    content: bytes
    tag: str


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Rhapsode:
    """A program that has narrated a book of seven minutes."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("library"))
    rhapsode.narrate(rhapsode.write("book.md", long_book(20)))
    return rhapsode


def narrated_archive(server: Server) -> Archive:
    """The archive of the only project, downloaded in peace."""
    # No connection stays open.
    with httpx.Client(
        base_url=server.url, headers={"xi-api-key": KEY}, timeout=_LIMIT_S, trust_env=False
    ) as http:
        (project,) = http.get("/v1/studio/projects").json()["projects"]
        snapshots = f"/v1/studio/projects/{project['project_id']}/snapshots"
        (snapshot,) = http.get(snapshots).json()["snapshots"]
        posted = http.post(f"{snapshots}/{snapshot['project_snapshot_id']}/archive")
    return Archive(posted.headers["content-location"], posted.content, posted.headers["etag"])


@dataclass
class Receiving:
    """An archive on its way into a file."""

    archive: Archive
    path: Path

    @property
    def received_bytes(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def curl(self, url: str, *arguments: str) -> subprocess.Popen[bytes]:
        """curl on its way, from where the file ends."""
        headers = ("--header", f"xi-api-key: {KEY}", "--header", f"If-Range: {self.archive.tag}")
        command = ["curl", "--silent", "--noproxy", "*", *headers, *arguments, url + self.archive.path]
        return subprocess.Popen(command, stdout=subprocess.PIPE)

    def cut(self, url: str, count: int, *, when_taken: Callable[[], None] = lambda: None) -> None:
        """Take so many bytes more and leave. when_taken: called while curl waits to be read from."""
        with self.curl(url, "--continue-at", str(self.received_bytes)) as curl, self.path.open("ab") as file:
            assert curl.stdout is not None
            file.write(curl.stdout.read(count))
            when_taken()
            curl.kill()

    def finish(self, url: str) -> int:
        """Take all that is left; how curl ended."""
        with self.curl(url, "--continue-at", "-", "--output", str(self.path)) as curl:
            return curl.wait(_LIMIT_S)


def test_a_download_survives_cuts_and_kills(library: Rhapsode) -> None:
    """Left and gone on with again and again, also with another server than before, it is what it was."""
    chance = random.Random(50)
    port = 0
    receiving = None
    for _ in range(KILLS):
        with serving(library, port=port, RHAPSODE_API_KEY=KEY) as server:
            port = int(str(urlsplit(server.url).port))
            receiving = receiving or Receiving(narrated_archive(server), library.folder / "received.zip")
            size = len(receiving.archive.content)
            for _ in range(CUTS // KILLS):
                receiving.cut(server.url, chance.randrange(1, size // (2 * CUTS)))
            receiving.cut(server.url, size // (2 * CUTS), when_taken=server.kill)
    assert receiving is not None
    assert 0 < receiving.received_bytes < len(receiving.archive.content)
    with serving(library, port=port, RHAPSODE_API_KEY=KEY) as server:
        for _ in range(CUTS % KILLS):
            receiving.cut(server.url, 1_000)
        assert receiving.finish(server.url) == 0
        assert receiving.path.read_bytes() == receiving.archive.content
        # Once more, and nothing is added: curl takes 416 for a file that is there.
        receiving.finish(server.url)
        assert receiving.path.read_bytes() == receiving.archive.content


@dataclass(frozen=True)
class Held:
    """What a process holds for its clients: connections, and packs that it reads.

    pools: its other descriptors and its threads, of which there may be some more by then: a thread is started when it
    is first needed, and opens the database once.
    """

    connections: int
    packs: int
    pools: int


def held_by(process: psutil.Process) -> Held:
    with process.oneshot():
        sockets = process.net_connections()
        packs = sum(file.path.endswith(".pack") for file in process.open_files())
        pools = process.num_fds() - len(sockets) - packs + process.num_threads()
    return Held(sum(each.status != psutil.CONN_LISTEN for each in sockets), packs, pools)


def held_at_rest(process: psutil.Process) -> Held:
    """What it holds when it holds no connection and no pack any more, which is in some seconds."""
    until_s = time.monotonic() + _BACK_S
    while (held := held_by(process)).connections or held.packs:
        assert time.monotonic() < until_s, held
        time.sleep(0.05)
    return held


def leave(server: Server, archive: Archive, chance: random.Random) -> None:
    """Ask for the archive, read a little of it, and leave without a word."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=_LIMIT_S) as connection:
        request = f"GET {archive.path} HTTP/1.1\r\nhost: {address.netloc}\r\nxi-api-key: {KEY}\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(chance.randrange(16, 2**16)).startswith(b"HTTP/1.1 200")


def test_clients_that_leave_leave_nothing_behind(library: Rhapsode) -> None:
    """Hundreds of them in the middle: soon the server holds what it held before, and ends at once."""
    chance = random.Random(500)
    with serving(library, RHAPSODE_API_KEY=KEY) as server:
        archive = narrated_archive(server)
        process = psutil.Process(server.process.pid)
        for _ in range(20):
            leave(server, archive, chance)
        before = held_at_rest(process)
        for _ in range(LEAVING):
            leave(server, archive, chance)
        assert held_at_rest(process).pools < before.pools + MORE
        assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
        asked_at_s = time.monotonic()
        assert server.stop().exit_status == 0
        assert time.monotonic() - asked_at_s < _AT_ONCE_S

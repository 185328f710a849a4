"""Whether a small project gets its turn beside large ones, and whether the cores are busy meanwhile.

Five workspaces of one server convert books, chapters of ten pages and single pages at once. How long a page takes,
from its request to its snapshot, is compared with how long one takes alone; and with what its processor time makes
the last of several pages take at least, whoever is next. The server's own clock is asked, and clients look twice a
second: ten that look 50 times a second take more than half of two cores themselves.

    python -m benchmarks.fairness ../shared/corpus/epub/time-machine.epub BOOK
"""

import argparse
import contextlib
import itertools
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.server import make_project, serving
from rhapsode.access.keys import create_api_key
from rhapsode.storage import snapshots
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import ProjectId, WorkspaceId

WORKSPACES = [WorkspaceId(f"benchmark{number}") for number in range(5)]
PAGES = 8
CHAPTERS = 7
PAGES_OF_CHAPTER = 10
POLL_S = 0.5
WARM_UP_S = 3.0
PAGE = " ".join(
    f"The keeper of lamp number {number} climbed the stairs and looked at the sea." for number in range(25)
)


class Client:
    """One workspace's."""

    def __init__(self, url: str, workspace_id: WorkspaceId, key: str) -> None:
        self.workspace_id = workspace_id
        self.http = httpx.Client(base_url=url, headers={"xi-api-key": key}, timeout=600, trust_env=False)

    def make_text(self, page_count: int) -> str:
        """A project of one chapter, whose words nobody has spoken."""
        text = " ".join(f"Page {number} of {time.time_ns()}. {PAGE}" for number in range(page_count))
        answer = self.http.post(
            "/v1/studio/projects",
            data={"name": "Pages"},
            files={"from_document": ("pages.txt", text.encode())},
        )
        return str(answer.raise_for_status().json()["project"]["project_id"])

    def state(self, project_id: str) -> str:
        """Of a project."""
        return str(self.http.get(f"/v1/studio/projects/{project_id}").raise_for_status().json()["state"])

    def convert(self, project_id: str) -> None:
        """Convert a project and wait."""
        self.http.post(f"/v1/studio/projects/{project_id}/convert").raise_for_status()
        while self.state(project_id) != "default":
            time.sleep(POLL_S)


def open_records(data: Path) -> Records:
    """Of a data directory that is made, with the workspaces."""
    with DataDirectory.open(data, "benchmark") as directory:
        records = Records.open_sqlite(directory.records_path)
    for workspace_id in WORKSPACES:
        with records.write(workspace_id) as tx:
            ensure_workspace(tx)
    return records


@dataclass(frozen=True)
class Busy:
    """Processor time in s since the processes began, and when that was looked at."""

    machine_s: float
    server_s: float
    at_s: float

    @classmethod
    def now(cls, server: psutil.Process) -> "Busy":
        """Of all cores, and of the server with its children."""
        machine = psutil.cpu_times()
        tree = [process.cpu_times() for process in (server, *server.children(recursive=True))]
        return cls(
            sum(machine) - machine.idle - machine.iowait - machine.guest - machine.guest_nice,
            sum(times.user + times.system for times in tree),
            time.time(),
        )


class Bench:
    """What pages wait on one server.

    cores: how many there are.    records: the server's, which are only read.
    """

    def __init__(self, clients: Sequence[Client], server: psutil.Process, records: Records) -> None:
        self.cores = psutil.cpu_count() or 1
        self._clients = clients
        self._server = server
        self._records = records
        self._lone_s = 0.0

    def measure(self, books: Sequence[Path]) -> None:
        """Pages alone, beside one book, beside two, and beside chapters too. The books are left unfinished."""
        self._print_lone_pages()
        projects = [make_project(c.http, book) for c, book in zip(self._clients, books, strict=False)]
        self._begin_book(0, projects[0])
        self._print_waits("one page after the other beside a book", self._pages_in_turn())
        self._begin_book(1, projects[1])
        began = Busy.now(self._server)
        with ThreadPoolExecutor(PAGES) as threads:
            waits_s = list(threads.map(self._wait_s, *zip(*self._make_texts(PAGES, 1), strict=True)))
            self._print_waits(f"{PAGES} pages at once beside two books", waits_s)
            chapters = self._make_texts(CHAPTERS, PAGES_OF_CHAPTER)
            running = [threads.submit(self._wait_s, *chapter) for chapter in chapters]
            time.sleep(1)
            waits_s = self._pages_in_turn()
            left = sum(not chapter.done() for chapter in running)
            self._print_waits(f"a page beside two books and {CHAPTERS} chapters, {left} to the end", waits_s)
            self._print_waits(
                f"{CHAPTERS} chapters of {PAGES_OF_CHAPTER} pages", [c.result() for c in running]
            )
        self._print_busy(began, Busy.now(self._server))
        for client, project_id in zip(self._clients, projects, strict=False):
            if client.state(project_id) == "default":
                print("a book was finished before the end: this needs a longer one")

    def _begin_book(self, number: int, project_id: str) -> None:
        self._clients[number].http.post(f"/v1/studio/projects/{project_id}/convert").raise_for_status()
        time.sleep(WARM_UP_S)

    def _make_texts(self, count: int, page_count: int) -> list[tuple[Client, str]]:
        """Projects of so many pages, spread over the workspaces."""
        clients = itertools.islice(itertools.cycle(self._clients), count)
        return [(client, client.make_text(page_count)) for client in clients]

    def _pages_in_turn(self) -> list[float]:
        """What pages wait of which each is asked for when the one before is done."""
        return [self._wait_s(client, client.make_text(1)) for client in self._clients]

    def _wait_s(self, client: Client, project_id: str) -> float:
        """Convert a project; seconds from the request to the end, to the millisecond."""
        asked_at_s = time.time()
        client.convert(project_id)
        with self._records.read(client.workspace_id) as tx:
            (snapshot,) = snapshots.list_project_snapshots(tx, ProjectId(project_id))
        return snapshot.created_at_ms / 1000 - asked_at_s

    def _print_lone_pages(self) -> None:
        self._pages_in_turn()  # the first loads what all need
        before = Busy.now(self._server)
        waits_s = self._pages_in_turn()
        cost_s = (Busy.now(self._server).server_s - before.server_s) / len(waits_s)
        self._lone_s = statistics.median(waits_s)
        print(f"a page alone: {self._lone_s:.2f} s, {cost_s:.2f} s of processor time")
        least = cost_s / self.cores / self._lone_s
        print(
            f"no order can make the last of {PAGES} at once on {self.cores} cores wait less than "
            f"{PAGES * least:.1f} times as long; with as much for each of two books {(PAGES + 2) * least:.1f}"
        )

    def _print_waits(self, what: str, waits_s: Sequence[float]) -> None:
        print(
            f"{what}: median {statistics.median(waits_s):.2f} s, last {max(waits_s):.2f} s; "
            f"times a lone page {statistics.median(waits_s) / self._lone_s:.1f}, {max(waits_s) / self._lone_s:.1f}",
            flush=True,
        )

    def _print_busy(self, began: Busy, ended: Busy) -> None:
        """Since there were two books."""
        whole_s = self.cores * (ended.at_s - began.at_s)
        print(
            f"cores busy meanwhile: {(ended.machine_s - began.machine_s) / whole_s:.0%}, "
            f"with the server alone {(ended.server_s - began.server_s) / whole_s:.0%}"
        )


def main() -> None:
    """Serve five workspaces, and print what they waited."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", type=Path, nargs=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        data = Path(folder) / "data"
        with contextlib.closing(open_records(data)) as records, serving(data) as server:
            keys = [create_api_key(records, w, name="benchmark").secret for w in WORKSPACES]
            clients = [Client(server.url, w, key) for w, key in zip(WORKSPACES, keys, strict=True)]
            Bench(clients, psutil.Process(server.process.pid), records).measure(arguments.books)


if __name__ == "__main__":
    main()

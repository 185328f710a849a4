"""What it costs to hand out large files: through the server beside nginx, and to a file as `rhapsode narrate` does.

A data directory is filled with a book of 1 GiB, a book of 1,000 short chapters and 10,000 items of the history
(`benchmarks.stored`). The book's archive, its single file and a zip of the items are asked for through
`rhapsode serve`, and the same bytes as a file of nginx, by turns and in the same run, by a client that does nothing
with them; a server remembers for a while where the bytes of files are, so what the first time takes is told apart.
Then an archive is written to a file, beside a bare program that copies and syncs it; what is written is kept until
the end, as a person keeps it. And it is told how long the first byte of the 1,000 chapters takes, and to plan the
10,000 items, beside SQLite that reads their rows. Only on Linux.

With `--load`, eight clients get an archive of 4 GiB at once while 24 others read it at 256 KB/s and another one asks
for pages of history; told are the server's memory and that client's waits, beside those of a server at rest.

    python -m benchmarks.download
    python -m benchmarks.download --load
"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from tests.ports import free_port

from benchmarks.server import Phase, Server, serving, watched
from benchmarks.stored import Store, keep_book, keep_items
from rhapsode.access.keys import create_api_key
from rhapsode.app import open_app
from rhapsode.cli.output import write_output
from rhapsode.cli.this_process import ThisProcess
from rhapsode.delivery.downloads import open_items
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.ids import HistoryItemId, ProjectId, ProjectSnapshotId

REPEATS = 5
READ_BYTES = 2**20
GIB = 2**30
CHAPTERS, CHAPTER_BYTES = 64, 2**24
SHORT_CHAPTERS, SHORT_BYTES = 1_000, 300_000
ITEMS, ITEM_BYTES = 10_000, 106_000
ARCHIVES, SLOW_READERS, SLOW_BYTES_PER_S = 8, 24, 256_000
REPEATED = 4
REST_S = 5.0
MAX_GROWTH_MIB, MIN_MB_PER_S, MAX_WAIT_MS = 64, 200, 250
"""What is asked of a server with so many clients, wherever it runs."""
LISTENS_S = 10.0
NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; sendfile on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@dataclass(frozen=True)
class Cost:
    """Seconds that passed, and processor seconds of whoever handed the bytes out."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Address:
    """A server of this machine, and what is said to it each time."""

    port: int
    headers: dict[str, str]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a name for it, and the request."""

    name: str
    path: str
    method: str = "GET"
    body: bytes | None = None


@dataclass(frozen=True)
class Stored:
    """What the data directory holds, and a key for it."""

    secret: str
    book: tuple[ProjectId, ProjectSnapshotId]
    chapters: tuple[ProjectId, ProjectSnapshotId]
    long_book: tuple[ProjectId, ProjectSnapshotId]
    items: list[HistoryItemId]

    def downloads(self) -> list[Wanted]:
        """What is compared with nginx."""
        body = json.dumps({"history_item_ids": self.items}).encode()
        return [
            Wanted("archive", f"{snapshot_path(*self.book)}/archive", "POST"),
            Wanted("single file", f"{snapshot_path(*self.book)}/stream", "POST"),
            Wanted(f"{len(self.items)} items", "/v1/history/download", "POST", body),
        ]


def snapshot_path(project_id: ProjectId, snapshot_id: ProjectSnapshotId) -> str:
    """Where a snapshot is."""
    return f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"


def fill(data: Path, *, load: bool) -> Stored:
    """Make everything that is asked for."""
    with DataDirectory.open(data, "benchmark") as directory:
        store = Store(directory)
        with contextlib.closing(store.records):
            return Stored(
                create_api_key(store.records, DEFAULT_WORKSPACE_ID, name="benchmark").secret,
                keep_book(store, chapters=CHAPTERS, chapter_bytes=CHAPTER_BYTES),
                keep_book(store, chapters=0 if load else SHORT_CHAPTERS, chapter_bytes=SHORT_BYTES),
                keep_book(
                    store, chapters=CHAPTERS if load else 0, chapter_bytes=CHAPTER_BYTES, repeats=REPEATED
                ),
                [] if load else keep_items(store, count=ITEMS, size_bytes=ITEM_BYTES),
            )


@contextlib.contextmanager
def serving_stored(data: Path, stored: Stored) -> Iterator[Server]:
    """A server on the directory."""
    with serving(data) as server:
        yield replace(server, headers={"xi-api-key": stored.secret, "content-type": "application/json"})


@contextlib.contextmanager
def running_nginx(folder: Path, port: int) -> Iterator[Server]:
    """Nginx on the files of a folder; it is there for this block alone."""
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    with subprocess.Popen(["nginx", "-p", folder, "-c", configuration], text=True) as process:
        try:
            until_s = time.monotonic() + LISTENS_S
            while (folder / "nginx.pid").exists() is False and time.monotonic() < until_s:
                time.sleep(0.05)
            yield Server(process, f"http://127.0.0.1:{port}", {})
        finally:
            process.terminate()
            process.wait(LISTENS_S)


def address_of(server: Server) -> Address:
    """Where a server is."""
    return Address(urlsplit(server.url).port or 0, server.headers)


@contextlib.contextmanager
def asked(address: Address, wanted: Wanted) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, of which the body is still to be read."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", address.port)) as connection:
        connection.request(wanted.method, wanted.path, wanted.body, address.headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        yield answer


def fetch(server: Server, wanted: Wanted, copy: Path | None = None) -> Cost:
    """Ask for a file. copy: where to keep it; None for nowhere."""
    process = psutil.Process(server.process.pid)
    before, began_s = process.cpu_times(), time.perf_counter()
    with asked(address_of(server), wanted) as answer:
        if copy is None:
            pass_over(answer)
        else:
            with copy.open("xb") as file:
                shutil.copyfileobj(answer, file, READ_BYTES)
    took_s, after = time.perf_counter() - began_s, process.cpu_times()
    return Cost(took_s, after.user + after.system - before.user - before.system)


def fetch_again(server: Server, wanted: Wanted, _turn: int) -> Cost:
    """The same in any turn."""
    return fetch(server, wanted)


def pass_over(answer: http.client.HTTPResponse) -> None:
    """Read to the end and keep nothing."""
    buffer, left_bytes = bytearray(READ_BYTES), int(answer.headers["content-length"])
    while count := answer.readinto(buffer):
        left_bytes -= count
    if left_bytes:
        sys.exit(f"A download was cut: {left_bytes} bytes are missing.")


def first_byte_s(server: Server, wanted: Wanted) -> float:
    """How long the first byte of a body takes."""
    began_s = time.perf_counter()
    with asked(address_of(server), wanted) as answer:
        assert answer.read(1)
        return time.perf_counter() - began_s


def own(work: Callable[[], object]) -> Cost:
    """What something takes in this process."""
    before, began_s = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    took_s, after = time.perf_counter() - began_s, resource.getrusage(resource.RUSAGE_SELF)
    return Cost(took_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def copy_bare(source: Path, target: Path) -> None:
    """Copy a file and bring it to the disk."""
    buffer = bytearray(READ_BYTES)
    with source.open("rb", buffering=0) as reading, target.open("xb", buffering=0) as writing:
        while count := reading.readinto(buffer):
            writing.write(memoryview(buffer)[:count])
        os.fsync(writing.fileno())


def write(installation: ThisProcess, snapshot_id: ProjectSnapshotId, target: Path) -> None:
    """Write the archive as the command does."""
    write_output(target, installation.open_book(snapshot_id, "zip"))


def compare(name: str, ours: Callable[[int], Cost], bare: Callable[[int], Cost], size_bytes: int) -> None:
    """Measure both by turns, and print a line for each; the medians are compared."""
    turns = [(ours(turn), bare(turn)) for turn in range(REPEATS)]
    mine, theirs = (
        Cost(
            *(statistics.median(values) for values in zip(*((c.wall_s, c.cpu_s) for c in side), strict=True))
        )
        for side in zip(*turns, strict=True)
    )
    for who, cost in ((name, mine), ("  beside it", theirs)):
        print(
            f"{who:<14}{cost.wall_s:>8.2f}{size_bytes / cost.wall_s / 1e6:>8.0f}{cost.cpu_s * GIB / size_bytes:>9.2f}"
            f"{cost.wall_s / theirs.wall_s:>9.2f}{cost.cpu_s / theirs.cpu_s:>8.2f}",
            flush=True,
        )


def compare_times(name: str, ours: Callable[[], float], other: str, theirs: Callable[[], float]) -> None:
    """Print how long two things take, by turns, and how many times as long ours does."""
    turns = [(ours(), theirs()) for _ in range(3 * REPEATS)]
    mine_s, their_s = (statistics.median(side) for side in zip(*turns, strict=True))
    print(
        f"{name}: {mine_s * 1e3:.1f} ms; {other}: {their_s * 1e3:.1f} ms; {mine_s / their_s:.1f} times",
        flush=True,
    )


def compare_with_nginx(folder: Path, stored: Stored, server: Server) -> None:
    """The three downloads, and the first byte of many chapters."""
    chapters = Wanted("1000 chapters", f"{snapshot_path(*stored.chapters)}/archive", "POST")
    for number, wanted in enumerate([*stored.downloads(), chapters]):
        copy = folder / f"{number}.bin"
        cost_s = fetch(server, wanted, copy).cpu_s * GIB / copy.stat().st_size
        print(f"{wanted.name} for the first time: {cost_s:.2f} s of processor time for 1 GiB", flush=True)
    # What is still being written would take its part of what is measured.
    os.sync()
    with running_nginx(folder, free_port()) as nginx:
        for number, wanted in enumerate(stored.downloads()):
            compare(
                wanted.name,
                partial(fetch_again, server, wanted),
                partial(fetch_again, nginx, Wanted("", f"/{number}.bin")),
                (folder / f"{number}.bin").stat().st_size,
            )
        compare_times(
            f"first byte of {SHORT_CHAPTERS} chapters",
            partial(first_byte_s, server, chapters),
            "nginx",
            partial(first_byte_s, nginx, Wanted("", "/3.bin")),
        )


def compare_command(data: Path, folder: Path, stored: Stored) -> None:
    """The archive, written to a file."""
    whole = folder / "0.bin"
    with open_app(data, command="benchmark") as app:
        compare(
            "command",
            lambda turn: own(partial(write, ThisProcess(app), stored.book[1], folder / f"command{turn}.zip")),
            lambda turn: own(partial(copy_bare, whole, folder / f"bare{turn}.zip")),
            whole.stat().st_size,
        )


def compare_planning(data: Path, stored: Stored) -> None:
    """What there is to do before the first byte of a zip of many items can be read."""
    with DataDirectory.open(data, "benchmark") as directory:
        records, blobs = Records.open_sqlite(directory.records_path), LocalBlobs(directory.blobs_path)
        with contextlib.closing(records), contextlib.closing(sqlite3.connect(directory.records_path)) as bare:
            compare_times(
                f"planning {ITEMS} items",
                lambda: (
                    own(partial(open_items, records, blobs, DEFAULT_WORKSPACE_ID, stored.items, None)).wall_s
                ),
                "SQLite, their rows",
                lambda: own(partial(read_rows, bare, stored.items)).wall_s,
            )


def read_rows(database: sqlite3.Connection, items: list[HistoryItemId]) -> None:
    """Of each item what its name is made of, and of its file the size and the checksum."""
    database.execute(
        "SELECT history_item_id, voice_name, history_items.created_at_ms, output_format, size_bytes, crc32"
        " FROM json_each(?) JOIN history_items ON history_item_id = value"
        " JOIN history_files USING (history_item_id, output_format)",
        [json.dumps(items)],
    ).fetchall()


def read_slowly(address: Address, wanted: Wanted, over: threading.Event) -> None:
    """Read at a steady pace for as long as the others take."""
    with asked(address, wanted) as answer:
        while not over.wait(0.1) and answer.read(SLOW_BYTES_PER_S // 10):
            pass


def read_fast(address: Address, wanted: Wanted) -> None:
    """Read to the end and keep nothing."""
    with asked(address, wanted) as answer:
        pass_over(answer)


def read_at_once(address: Address, wanted: Wanted, is_ready: Event, go: Event) -> None:
    """Many clients, in a process of their own: they would keep the one that is measured from its interpreter."""
    over = threading.Event()
    with ThreadPoolExecutor(SLOW_READERS + ARCHIVES) as clients:
        is_ready.set()
        go.wait()
        slow = [clients.submit(read_slowly, address, wanted, over) for _ in range(SLOW_READERS)]
        fast = [clients.submit(read_fast, address, wanted) for _ in range(ARCHIVES)]
        wait(fast)
        over.set()
        for client in [*slow, *fast]:
            client.result()


def measure_load(data: Path, stored: Stored) -> None:
    """Many large archives at once, beside many slow readers."""
    wanted = Wanted("", f"{snapshot_path(*stored.long_book)}/archive", "POST")
    processes = multiprocessing.get_context("spawn")
    with serving_stored(data, stored) as server:
        # What is imported and kept from the first download on isn't any other's.
        fetch(server, replace(wanted, path=f"{snapshot_path(*stored.book)}/archive"))
        is_ready, go = processes.Event(), processes.Event()
        clients = processes.Process(target=read_at_once, args=(address_of(server), wanted, is_ready, go))
        clients.start()
        is_ready.wait()
        with watched(server, "at rest") as rest:
            time.sleep(REST_S)
        print_phase(rest, rest)
        with watched(server, f"{ARCHIVES} archives, {SLOW_READERS} slow readers") as phase:
            go.set()
            clients.join()
        if clients.exitcode:
            sys.exit("A client has failed.")
        print_phase(phase, rest)
        copy = data.parent / "kept.zip"
        fetch(server, wanted, copy)
    judge_load(phase, rest, copy)


def judge_load(phase: Phase, rest: Phase, copy: Path) -> None:
    """Print what is asked of a server beside what this one does."""
    together_bytes_per_s = ARCHIVES * copy.stat().st_size / phase.elapsed_s
    tested = subprocess.run(["unzip", "-tqq", copy], check=False).returncode == 0
    wait_ms = percentile(phase.waits_ms, 0.99)
    judge("memory in MiB", (phase.peak_bytes - rest.peak_bytes) / 2**20, MAX_GROWTH_MIB, is_most=True)
    judge("MB/s together", together_bytes_per_s / 1e6, MIN_MB_PER_S, is_most=False)
    judge("ms that others wait", wait_ms, MAX_WAIT_MS, is_most=True)
    print(f"unzip -t of {copy.stat().st_size / GIB:.1f} GiB: {'passes' if tested else 'FAILS'}")


def judge(what: str, found: float, asked: float, *, is_most: bool) -> None:
    """A line. is_most: whether what is asked is the most that it may be, or the least."""
    passed = found <= asked if is_most else found >= asked
    print(
        f"{what}: {found:.0f}, at {'most' if is_most else 'least'} {asked}: {'passes' if passed else 'FAILS'}"
    )


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all is below."""
    return sorted(values)[int(len(values) * share)]


def print_phase(phase: Phase, rest: Phase) -> None:
    """A line, with what it takes more than at rest."""
    waits_ms = phase.waits_ms
    print(
        f"{phase.name}: {phase.elapsed_s:.0f} s, {phase.peak_bytes / 2**20:.0f} MiB "
        f"({(phase.peak_bytes - rest.peak_bytes) / 2**20:+.0f}), others wait {statistics.median(waits_ms):.1f} ms, "
        f"{percentile(waits_ms, 0.99):.1f} ms at the 99th percentile",
        flush=True,
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--load", action="store_true", help="many clients at once, in place of the table")
    arguments = parser.parse_args()
    if not arguments.load and shutil.which("nginx") is None:
        sys.exit("There is nothing to compare with: nginx isn't installed.")
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        data, files = Path(folder) / "data", Path(folder) / "files"
        files.mkdir()
        stored = fill(data, load=arguments.load)
        if arguments.load:
            measure_load(data, stored)
            return
        print(f"{'1 GiB each':<14}{'s':>8}{'MB/s':>8}{'CPU/GiB':>9}{'wall':>9}{'CPU':>8}")
        with serving_stored(data, stored) as server:
            compare_with_nginx(files, stored, server)
        compare_command(data, files, stored)
        compare_planning(data, stored)


if __name__ == "__main__":
    main()

"""What it costs to hand out the archive of a book: through the server, and to a file as `rhapsode narrate` does.

A book is converted, and its archive asked for through `rhapsode serve` by a client that does nothing with it. Then it
is written to a file, read and checked beside. Both are compared, by turns and in the same run, with a bare program
that passes on the same bytes, which lie in one file, unchecked: to a socket, and to another file that is synced as
well. What is written is kept until the end, as a person keeps it. Only on Linux.

    python -m benchmarks.download ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import http.client
import multiprocessing
import os
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.server import Server, convert, make_project, serving
from rhapsode.app import open_app
from rhapsode.cli.output import write_output
from rhapsode.cli.this_process import ThisProcess
from rhapsode.studio.ids import ProjectSnapshotId

REPEATS = 5
READ_BYTES = 2**20


@dataclass(frozen=True)
class Cost:
    """Seconds that passed, and processor seconds of whoever handed the bytes out."""

    wall_s: float
    cpu_s: float


def fetch(server: Server, path: str, copy: Path | None = None) -> Cost:
    """Ask the server for an archive. copy: where to keep it; None for nowhere."""
    process, address = psutil.Process(server.process.pid), urlsplit(server.url)
    before, began_s = process.cpu_times(), time.perf_counter()
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.request("POST", path, headers=server.headers)
    answer = connection.getresponse()
    assert answer.status == 200
    if copy is not None:
        copy.write_bytes(answer.read())
    pass_over(answer.readinto)
    connection.close()
    took_s, after = time.perf_counter() - began_s, process.cpu_times()
    return Cost(took_s, after.user + after.system - before.user - before.system)


def pass_over(read_into: Callable[[bytearray], int]) -> None:
    """Read to the end and keep nothing."""
    buffer = bytearray(READ_BYTES)
    while read_into(buffer):
        pass


def fetch_bare(path: Path) -> Cost:
    """The same from a program that reads a file and sends it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sender = context.Process(target=send_bare, args=(listening.getsockname(), path, there))
        sender.start()
        connection, _ = listening.accept()
        began_s = time.perf_counter()
        with connection:
            pass_over(connection.recv_into)
        took_s = time.perf_counter() - began_s
        cpu_s = here.recv()
        sender.join()
    return Cost(took_s, cpu_s)


def send_bare(address: tuple[str, int], path: Path, report: Connection) -> None:
    """Send a file, and then tell what it took."""
    buffer = bytearray(READ_BYTES)
    with path.open("rb", buffering=0) as file, socket.create_connection(address) as connection:
        before_s = time.process_time()
        while count := file.readinto(buffer):
            connection.sendall(memoryview(buffer)[:count])
        cpu_s = time.process_time() - before_s
    report.send(cpu_s)


def own(work: Callable[[], None]) -> Cost:
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
    for who, cost in ((name, mine), ("  bare", theirs)):
        print(
            f"{who:<14}{cost.wall_s:>8.2f}{size_bytes / cost.wall_s / 1e6:>8.0f}{cost.cpu_s:>8.2f}"
            f"{cost.wall_s / theirs.wall_s:>9.2f}{cost.cpu_s / theirs.cpu_s:>8.2f}",
            flush=True,
        )


def measure(data: Path, folder: Path, book: Path) -> None:
    """Convert a book and hand its archive out both ways."""
    whole = folder / "whole.zip"
    with serving(data) as server:
        with server.client() as client:
            snapshot = convert(client, f"/v1/studio/projects/{make_project(client, book)}")
        fetch(server, f"{snapshot}/archive", whole)
        size_bytes = whole.stat().st_size
        said = f"{size_bytes / 1e6:.0f} MB"
        print(f"{said:<14}{'s':>8}{'MB/s':>8}{'CPU, s':>8}{'to bare':>9}{'CPU':>8}")
        compare(
            "server",
            lambda _: fetch(server, f"{snapshot}/archive"),
            lambda _: fetch_bare(whole),
            size_bytes,
        )
    snapshot_id = ProjectSnapshotId(snapshot.rpartition("/")[2])
    with open_app(data, command="benchmark") as app:
        compare(
            "command",
            lambda turn: own(partial(write, ThisProcess(app), snapshot_id, folder / f"command{turn}.zip")),
            lambda turn: own(partial(copy_bare, whole, folder / f"bare{turn}.zip")),
            size_bytes,
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
        measure(Path(folder) / "data", Path(folder), arguments.book)


if __name__ == "__main__":
    main()

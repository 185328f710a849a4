"""How much memory every process of a conversion takes, and what a book weighs when it is stored.

Each book is narrated into an empty data directory. Memory is the peak of the resident set (VmHWM), looked at
20 times a second: it should be the same for a short book and a long one. Only on Linux.

    python -m benchmarks.memory ../shared/corpus/epub/time-machine.epub ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_S = 0.05
FRAMES_PER_HOUR = 3600 * 44_100 / 1152
SPEAKING_SERVER = "rhapsode.engines.espeak.server"
CLERK = "multiprocessing.resource_tracker"


@dataclass(frozen=True, slots=True)
class Narrated:
    """One conversion. peaks: what each process did, and its highest resident set in bytes, by process id."""

    elapsed_s: float
    peaks: dict[int, tuple[str, int]]
    data: Path
    archive: Path


def narrate(book: Path, folder: Path) -> Narrated:
    """Convert a book and watch every process of it."""
    archive = folder / "book.zip"
    command = [sys.executable, "-m", "rhapsode", "narrate", str(book)]
    command += ["--data", str(folder / "data"), "-o", str(archive)]
    peaks: dict[int, tuple[str, int]] = {}
    started_at_s = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            # The last look says what a process does: a parser's limits are set a moment after its start.
            peaks |= dict(look(parent))
            time.sleep(POLL_S)
    if process.returncode != 0:
        sys.exit(f"narrate ended with {process.returncode}")
    return Narrated(time.monotonic() - started_at_s, peaks, folder / "data", archive)


def look(parent: psutil.Process) -> Iterator[tuple[int, tuple[str, int]]]:
    """For each living process its id, what it does, and its peak so far."""
    for process in [parent, *children(parent)]:
        try:
            yield process.pid, (part_of(process, parent), peak_of(process))
        except (psutil.NoSuchProcess, OSError, ValueError):
            continue


def children(parent: psutil.Process) -> list[psutil.Process]:
    """All descendants that are alive."""
    try:
        return parent.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def part_of(process: psutil.Process, parent: psutil.Process) -> str:
    """What a process does, by how it was started and what limits it has."""
    if process.pid == parent.pid:
        return "parent"
    command = process.cmdline()
    if SPEAKING_SERVER in command:
        # The server, a reader forked from it, or a fork of that.
        above = sum(SPEAKING_SERVER in parent.cmdline() for parent in process.parents())
        return ("espeak server", "reader", "fork that speaks")[above]
    if any(CLERK in argument for argument in command):
        return "resource tracker"
    limited = process.rlimit(psutil.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    return "parser" if limited else "renderer"


def peak_of(process: psutil.Process) -> int:
    """VmHWM in bytes. Raises: ValueError for a process that is about to go."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    if "VmHWM" not in fields:
        raise ValueError
    return int(fields["VmHWM"].split()[0]) * 1024


def print_memory(narrated: Narrated) -> None:
    """The peaks by what the processes do."""
    by_part = defaultdict(list)
    for part, peak_bytes in narrated.peaks.values():
        by_part[part].append(peak_bytes)
    print(f"  {'process':<20}{'seen':>6}{'peak, MB':>10}{'lowest peak, MB':>18}")
    for part, peaks in sorted(by_part.items(), key=lambda item: -max(item[1])):
        print(f"  {part:<20}{len(peaks):>6}{max(peaks) / 1e6:>10.0f}{min(peaks) / 1e6:>18.0f}")


def print_storage(narrated: Narrated) -> None:
    """Packs, rows and bytes, also for each hour of audio."""
    with closing(sqlite3.connect(narrated.data / "records.sqlite3")) as records:
        (frames,) = records.execute("SELECT frame_count FROM project_snapshots").fetchone()
        hours = frames / FRAMES_PER_HOUR
        packs = records.execute("SELECT kind, count(*), sum(size_bytes) FROM packs GROUP BY kind").fetchall()
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        names = [name for (name,) in records.execute(tables)]
        rows = {name: records.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    sizes = [(f"{count} {kind} packs", size_bytes) for kind, count, size_bytes in packs]
    sizes += [("records.sqlite3", (narrated.data / "records.sqlite3").stat().st_size)]
    sizes += [("archive", narrated.archive.stat().st_size)]
    print(f"  {hours:.2f} h of audio in {narrated.elapsed_s:.1f} s")
    print(f"  {'stored':<20}{'MB':>10}{'MB/hour':>10}")
    for name, size_bytes in sizes:
        print(f"  {name:<20}{size_bytes / 1e6:>10.1f}{size_bytes / 1e6 / hours:>10.2f}")
    print(f"  {'rows':<28}{'':>8}{'per hour':>10}")
    for name, count in sorted(rows.items(), key=lambda item: -item[1]):
        if count:
            print(f"  {name:<28}{count:>8,}{count / hours:>10.0f}")


def main() -> None:
    """Narrate books and print a table for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", nargs="+", type=Path)
    for book in parser.parse_args().books:
        with tempfile.TemporaryDirectory() as folder:
            print(book.name)
            narrated = narrate(book, Path(folder))
            print_memory(narrated)
            print_storage(narrated)


if __name__ == "__main__":
    main()

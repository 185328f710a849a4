"""What a server takes while it works, and how long other requests wait meanwhile.

A book is made into a project, converted and downloaded through `rhapsode serve`, by raw HTTP so that the clients
cost little. For each phase the server's own resident set is looked at 20 times a second, and another client asks
for a page of history; its times are compared with those of a server at rest, in the same run. Only on Linux.

    python -m benchmarks.server ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import contextlib
import functools
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

CLIENTS = 8
IDLE_S = 5.0
LOOK_S = 0.05


@dataclass
class Phase:
    """One phase: highest resident set in bytes, waits of the other client in ms, and how long it took."""

    name: str
    peak_bytes: int = 0
    waits_ms: list[float] = field(default_factory=list)
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Server:
    """A server that runs, and the headers with its key."""

    process: subprocess.Popen[str]
    url: str
    headers: dict[str, str]

    def client(self) -> httpx.Client:
        """A client with connections of its own."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=600, trust_env=False)


@contextlib.contextmanager
def serving(data: Path, program: Sequence[str] = (sys.executable, "-m", "rhapsode")) -> Iterator[Server]:
    """Start a server on an empty directory, and end it. program: what takes the arguments of `rhapsode`."""
    command = [*program, "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout or ():
            said += line
            if found := re.match(r"Rhapsode listens on (\S+)", line):
                break
        else:
            sys.exit(f"the server didn't start: {said}")
        key = re.search(r"ELEVENLABS_API_KEY=(\S+)", said)
        try:
            yield Server(process, found[1], {"xi-api-key": key[1] if key else ""})
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def watched(server: Server, name: str) -> Iterator[Phase]:
    """Look at the server and ask it small things for as long as the block runs."""
    phase, over = Phase(name), threading.Event()
    watchers = [
        threading.Thread(target=watch, args=(server, phase, over)) for watch in (watch_memory, watch_waits)
    ]
    started_at_s = time.perf_counter()
    for watcher in watchers:
        watcher.start()
    try:
        yield phase
    finally:
        phase.elapsed_s = time.perf_counter() - started_at_s
        over.set()
        for watcher in watchers:
            watcher.join()


def watch_memory(server: Server, phase: Phase, over: threading.Event) -> None:
    """The server's own process, without the renderers (`benchmarks.memory` has those)."""
    process = psutil.Process(server.process.pid)
    while not over.wait(LOOK_S):
        phase.peak_bytes = max(phase.peak_bytes, process.memory_info().rss)


def watch_waits(server: Server, phase: Phase, over: threading.Event) -> None:
    """What somebody waits who does something else."""
    with server.client() as client:
        while not over.wait(LOOK_S):
            asked_at_s = time.perf_counter()
            client.get("/v1/history", params={"page_size": 10}).raise_for_status()
            phase.waits_ms.append((time.perf_counter() - asked_at_s) * 1000)


def make_project(client: httpx.Client, book: Path) -> str:
    """The id of a project of the book."""
    with book.open("rb") as file:
        answer = client.post(
            "/v1/studio/projects", data={"name": book.stem}, files={"from_document": file}
        ).raise_for_status()
    return str(answer.json()["project"]["project_id"])


def convert(client: httpx.Client, project: str) -> str:
    """Convert a project and wait; the path of its snapshot."""
    client.post(f"{project}/convert").raise_for_status()
    while client.get(project).raise_for_status().json()["state"] != "default":
        time.sleep(1)
    (snapshot,) = client.get(f"{project}/snapshots").raise_for_status().json()["snapshots"]
    return f"{project}/snapshots/{snapshot['project_snapshot_id']}"


def download(server: Server, method: str, path: str) -> None:
    """Read an answer to its end and keep nothing of it."""
    with server.client() as client, client.stream(method, path) as answer:
        answer.raise_for_status()
        for _ in answer.iter_raw():
            pass


def at_once(count: int, work: Callable[[], None]) -> None:
    """Do the same in several threads."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(server: Server, book: Path) -> Iterator[Phase]:
    """All phases, one after the other."""
    with watched(server, "at rest") as phase:
        time.sleep(IDLE_S)
    yield phase
    with server.client() as client:
        with watched(server, "making the project") as phase:
            project = f"/v1/studio/projects/{make_project(client, book)}"
        yield phase
        with watched(server, "converting it") as phase:
            snapshot = convert(client, project)
        yield phase
    for count in (1, CLIENTS):
        for name, method, path in (
            ("snapshot", "GET", snapshot),
            ("archive", "POST", f"{snapshot}/archive"),
            ("stream", "POST", f"{snapshot}/stream"),
        ):
            with watched(server, f"{name}, {count} at once") as phase:
                at_once(count, functools.partial(download, server, method, path))
            yield phase


def print_phases(phases: Iterator[Phase]) -> None:
    """A line for each, as it ends; the last column compares it with the first."""
    print(f"{'phase':<24}{'s':>8}{'peak, MB':>10}{'p50, ms':>9}{'p99, ms':>9}{'p50 to rest':>13}")
    rest_ms = None
    for phase in phases:
        waits_ms = sorted(phase.waits_ms) or [0.0]
        p50_ms, p99_ms = statistics.median(waits_ms), waits_ms[int(len(waits_ms) * 0.99)]
        rest_ms = rest_ms or p50_ms
        print(
            f"{phase.name:<24}{phase.elapsed_s:>8.1f}{phase.peak_bytes / 1e6:>10.0f}"
            f"{p50_ms:>9.1f}{p99_ms:>9.1f}{p50_ms / rest_ms:>13.1f}",
            flush=True,
        )


def main() -> None:
    """Serve a book, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        print_phases(measure(server, arguments.book))


if __name__ == "__main__":
    main()

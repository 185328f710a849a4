"""What the snapshot of a novel takes, a JSON document with the time of every character, and who waits meanwhile.

A book is converted with `tone`, whose times are as many as anybody's, and `rhapsode serve` is asked for its snapshot:
with gzip, as it is, and not at all because the client has it. The time is compared with that of `json.dumps` of the
same document in one piece, in the same run. Then 8 clients get it again and again from another process, while this
one asks for two small things by turns: a list that needs no records, and the project, which clients poll. The waits
are compared with those beside nobody, and those for the project with those for the list. Only on Linux.

    python -m benchmarks.snapshot ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.server import LOOK_S, Phase, Server, convert, serving, watch_memory

CLIENTS = 8
WATCHED_S = 15.0
REPEATS = 5
READ_BYTES = 2**18
POLLS = 200
LIST = "/v1/models"


@dataclass(frozen=True)
class Answer:
    """first_byte_s, total_s: since it was asked for.    cpu_s: of the server.    content: as it was sent."""

    status: int
    etag: str
    first_byte_s: float
    total_s: float
    cpu_s: float
    content: bytes


def get(server: Server, path: str, **headers: str) -> Answer:
    """Ask once, by the standard library's client, which does nothing of its own accord."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    with contextlib.closing(connection):
        process = psutil.Process(server.process.pid)
        connection.connect()
        before = process.cpu_times()
        asked_at_s = time.perf_counter()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=server.headers | named)
        answer = connection.getresponse()
        blocks = [answer.read1(1)]
        first_byte_s = time.perf_counter() - asked_at_s
        while block := answer.read1(READ_BYTES):
            blocks.append(block)
        total_s = time.perf_counter() - asked_at_s
        after = process.cpu_times()
        cpu_s = after.user + after.system - before.user - before.system
        etag = answer.headers["etag"]
        return Answer(answer.status, etag, first_byte_s, total_s, cpu_s, b"".join(blocks))


def best(server: Server, path: str, **headers: str) -> Answer:
    """The fastest of several: others use the machine too."""
    return min((get(server, path, **headers) for _ in range(REPEATS)), key=lambda answer: answer.total_s)


def print_forms(server: Server, path: str) -> None:
    """A line for each form, and for the document in one piece."""
    plain = best(server, path)
    packed = best(server, path, accept_encoding="gzip")
    known = best(server, path, accept_encoding="gzip", if_none_match=packed.etag)
    assert (plain.status, packed.status, known.status) == (200, 200, 304)
    document = json.loads(plain.content)
    dumped_s = min(dump(document, plain.content) for _ in range(REPEATS))
    size_mb = len(plain.content) / 1e6
    print(
        f"{'form':<14}{'MB':>8}{'first byte, ms':>16}{'total, s':>10}{'MB/s':>8}{'CPU, s':>8}{'to dumps':>10}"
    )
    print(f"{'json.dumps':<14}{size_mb:>8.1f}{'':>16}{dumped_s:>10.2f}{size_mb / dumped_s:>8.0f}")
    for name, answer in (("as it is", plain), ("gzip", packed), ("304", known)):
        sent_mb = len(answer.content) / 1e6
        print(
            f"{name:<14}{sent_mb:>8.1f}{answer.first_byte_s * 1000:>16.1f}{answer.total_s:>10.3f}"
            f"{size_mb / answer.total_s:>8.0f}{answer.cpu_s:>8.2f}{answer.total_s / dumped_s:>10.2f}",
            flush=True,
        )


def dump(document: object, content: bytes) -> float:
    """Seconds for the same document in one piece."""
    began_s = time.perf_counter()
    dumped = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    took_s = time.perf_counter() - began_s
    assert json.loads(dumped) == json.loads(content)
    return took_s


def download_again(server_url: str, headers: dict[str, str], path: str, over: Event) -> None:
    """Clients that get the snapshot until they are told to stop, each in a thread."""
    threads = [
        threading.Thread(target=download_until, args=(server_url, headers, path, over))
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def download_until(server_url: str, headers: dict[str, str], path: str, over: Event) -> None:
    """One client."""
    address = urlsplit(server_url)
    while not over.is_set():
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            while answer.read1(READ_BYTES):
                pass


@contextlib.contextmanager
def downloading(server: Server, path: str, **headers: str) -> Iterator[None]:
    """Clients in another process, so that they don't keep this one waiting."""
    over = multiprocessing.get_context("spawn").Event()
    work = multiprocessing.get_context("spawn").Process(
        target=download_again, args=(server.url, server.headers | headers, path, over)
    )
    work.start()
    time.sleep(1)
    try:
        yield
    finally:
        over.set()
        work.join()


def waits_ms(server: Server, paths: Sequence[str]) -> tuple[Phase, list[list[float]]]:
    """How long small requests wait, each kind in order, and the server's memory meanwhile.

    By turns, so that whatever else the machine does is the same for all.
    """
    phase, over = Phase(" ".join(paths)), threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(server, phase, over))
    watcher.start()
    waits: list[list[float]] = [[] for _ in paths]
    with server.client() as client:
        until_s = time.perf_counter() + WATCHED_S
        while time.perf_counter() < until_s:
            for path, found in zip(paths, waits, strict=True):
                asked_at_s = time.perf_counter()
                client.get(path).raise_for_status()
                found.append((time.perf_counter() - asked_at_s) * 1000)
                time.sleep(LOOK_S / 2)
    over.set()
    watcher.join()
    return phase, [sorted(found) for found in waits]


def print_waits(server: Server, name: str, project: str) -> None:
    """A line for each small request; the last column compares its slowest with those of the first."""
    phase, (models, polls) = waits_ms(server, [LIST, project])
    p99_of_list_ms = p99(models)
    for asked, waits in ((LIST, models), ("the project", polls)):
        print(
            f"{name:<24}{asked:<14}{waits[len(waits) // 2]:>9.1f}{p99(waits):>9.1f}"
            f"{p99(waits) / p99_of_list_ms:>9.1f}{phase.peak_bytes / 1e6:>10.0f}",
            flush=True,
        )


def p99(waits: Sequence[float]) -> float:
    """The 99th percentile of waits in order."""
    return waits[int(len(waits) * 0.99)]


def print_costs(server: Server, project: str) -> None:
    """The server's processor time for each small request, when nobody else asks for anything."""
    process = psutil.Process(server.process.pid)
    print(f"\n{'asked for':<14}{'CPU, ms':>9}{'to list':>9}")
    of_list_ms = 0.0
    with server.client() as client:
        for asked, path in ((LIST, LIST), ("the project", project)):
            client.get(path).raise_for_status()
            before = process.cpu_times()
            for _ in range(POLLS):
                client.get(path).raise_for_status()
            after = process.cpu_times()
            cost_ms = (after.user + after.system - before.user - before.system) / POLLS * 1000
            of_list_ms = of_list_ms or cost_ms
            print(f"{asked:<14}{cost_ms:>9.1f}{cost_ms / of_list_ms:>9.1f}", flush=True)


def make_project(server: Server, book: Path) -> str:
    """The path of a project of the book that `tone` reads."""
    with server.client() as client, book.open("rb") as file:
        voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
        answer = client.post(
            "/v1/studio/projects", data={"name": book.stem, **voices}, files={"from_document": file}
        ).raise_for_status()
    return f"/v1/studio/projects/{answer.json()['project']['project_id']}"


def main() -> None:
    """Serve a book's snapshot, and print three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        project = make_project(server, arguments.book)
        with server.client() as client:
            path = convert(client, project)
        print_forms(server, path)
        print_costs(server, project)
        print(f"\n{'beside':<24}{'asked for':<14}{'p50, ms':>9}{'p99, ms':>9}{'to list':>9}{'peak, MB':>10}")
        print_waits(server, "nobody", project)
        for name, headers in (("8 clients, gzip", {"accept-encoding": "gzip"}), ("8 clients, as it is", {})):
            with downloading(server, path, **headers):
                print_waits(server, name, project)


if __name__ == "__main__":
    main()

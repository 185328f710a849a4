"""What the snapshot of a novel takes, a JSON document with the time of every character, and who waits meanwhile.

A book is converted with `tone`, whose times are as many as anybody's, and `rhapsode serve` is asked for its snapshot:
with gzip, as it is, and not at all because the client has it. The time is compared with that of `json.dumps` of the
same document in one piece, in the same run. Then 8 clients get it again and again from another process, while this
one asks for two small things; the waits are compared with those beside nobody. Only on Linux.

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
from collections.abc import Iterator
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


def waits_ms(server: Server, path: str) -> tuple[Phase, list[float]]:
    """How long small requests wait, and the server's memory meanwhile."""
    phase, over = Phase(path), threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(server, phase, over))
    watcher.start()
    waits = []
    with server.client() as client:
        until_s = time.perf_counter() + WATCHED_S
        while time.perf_counter() < until_s:
            asked_at_s = time.perf_counter()
            client.get(path).raise_for_status()
            waits.append((time.perf_counter() - asked_at_s) * 1000)
            time.sleep(LOOK_S / 2)
    over.set()
    watcher.join()
    return phase, sorted(waits)


def print_waits(server: Server, name: str, project: str) -> None:
    """A line for each small request."""
    for asked in ("/v1/models", project):
        phase, waits = waits_ms(server, asked)
        p50_ms, p99_ms = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        shown = "project" if asked == project else asked
        print(f"{name:<24}{shown:<14}{p50_ms:>9.1f}{p99_ms:>9.1f}{phase.peak_bytes / 1e6:>10.0f}", flush=True)


def make_project(server: Server, book: Path) -> str:
    """The path of a project of the book that `tone` reads."""
    with server.client() as client, book.open("rb") as file:
        voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
        answer = client.post(
            "/v1/studio/projects", data={"name": book.stem, **voices}, files={"from_document": file}
        ).raise_for_status()
    return f"/v1/studio/projects/{answer.json()['project']['project_id']}"


def main() -> None:
    """Serve a book's snapshot, and print two tables."""
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
        print(f"\n{'beside':<24}{'asked for':<14}{'p50, ms':>9}{'p99, ms':>9}{'peak, MB':>10}")
        print_waits(server, "nobody", project)
        for name, headers in (("8 clients, gzip", {"accept-encoding": "gzip"}), ("8 clients, as it is", {})):
            with downloading(server, path, **headers):
                print_waits(server, name, project)


if __name__ == "__main__":
    main()

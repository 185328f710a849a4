"""What it takes to read a chapter out of packs in an object store, beside the same bytes as one object.

A chapter of many segments, with a pause between them that lies elsewhere, is in packs, and once more in one object.
Both are read by turns in the same run: the object in one request, the chapter as downloads read it, checked and with
some reads ahead, and then read after read. The store is nginx, which answers what S3's clients ask of objects, at no
distance and 20 ms away: a proxy in a process of its own lets that pass before it hands a request on. Last comes how
long it takes to see that 264 packs are there. Without nginx nothing is measured.

    python -m benchmarks.objects
"""

import asyncio
import contextlib
import itertools
import multiprocessing
import os
import random
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from rhapsode.delivery.files import FilePiece, check_pack_ends, iterate_file
from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.storage.packs import AudioMeta, PackedSegment, PackWriter, pack_key
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_PACK_BYTES

DELAY_S = 0.02
SEGMENTS = 400
SEGMENT_BYTES = (20_000, 160_000)
PAUSE_BYTES = 6_000
PACKS_CHECKED = [f"{number:064x}" for number in range(264)]
REPEATS = 5
WHOLE = "files/whole"
NGINX = """
pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
    }}
}}
"""


class OneByOne(ObjectBlobs):
    """The same store for readers that wait for each answer before they ask again."""

    def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        """See `Blobs.read_many`."""
        for stretch in stretches:
            yield self.read(*stretch)


def run_proxy(connection: Connection, port: int) -> None:
    """A proxy before a port of this machine; tells its own, and goes on until it is killed."""
    asyncio.run(_run_proxy(connection, port))


async def _run_proxy(connection: Connection, port: int) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass(reader, far_writer, DELAY_S), _pass(far_reader, writer, 0))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        connection.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    with contextlib.suppress(ConnectionError):
        while content := await reader.read(2**18):
            await asyncio.sleep(delay_s)
            writer.write(content)
            await writer.drain()
    writer.close()


def keep_chapter(blobs: Blobs) -> list[FilePiece]:
    """Packs of segments, a chapter of all of them with one pause behind each, and its bytes as one object."""
    chance = random.Random(5)
    sizes = [chance.randint(*SEGMENT_BYTES) for _ in range(SEGMENTS)]
    pause, *spoken = _keep(blobs, [os.urandom(PAUSE_BYTES), *(os.urandom(size) for size in sizes)])
    segments = itertools.chain.from_iterable((one, pause) for one in spoken)
    pieces = [FilePiece(one.location.size_bytes, location=one.location) for one in segments]
    put(blobs, WHOLE, b"".join(iterate_file(blobs, pieces)))
    return pieces


def put(blobs: Blobs, key: str, content: bytes) -> None:
    """Keep an object."""
    source = blobs.temporary_directory() / "unfinished"
    source.write_bytes(content)
    blobs.put(key, source)


def _keep(blobs: Blobs, contents: list[bytes]) -> Iterator[PackedSegment]:
    writer = PackWriter(blobs.temporary_directory(), WorkspaceId("benchmark"), "audio")
    for number, content in enumerate(contents):
        writer.append(number.to_bytes(32, "big"), content, AudioMeta(1, "mp3_44100_128", None))
        if writer.size_bytes >= MAX_PACK_BYTES or number == len(contents) - 1:
            pack = writer.close(blobs)
            assert pack is not None
            yield from pack.segments


def read_by_turns(ways: dict[str, Callable[[], int]]) -> dict[str, float]:
    """The median seconds of each way."""
    taken_s: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, read in ways.items():
            began_s = time.perf_counter()
            size_bytes = read()
            taken_s[name].append(time.perf_counter() - began_s)
            assert size_bytes > SEGMENTS * SEGMENT_BYTES[0]
    return {name: statistics.median(each) for name, each in taken_s.items()}


def measure(url: str, pieces: list[FilePiece], temporary: Path, label: str) -> None:
    """Print a line for each way to read the chapter."""
    ahead, behind = ObjectBlobs(url, temporary), OneByOne(url, temporary)
    whole_bytes = ahead.size_bytes(WHOLE)
    ways: dict[str, Callable[[], int]] = {
        "one object": lambda: len(ahead.read(WHOLE, 0, whole_bytes)),
        "a chapter, reading ahead": lambda: sum(map(len, iterate_file(ahead, pieces))),
        "a chapter, read after read": lambda: sum(map(len, iterate_file(behind, pieces))),
    }
    medians = read_by_turns(ways)
    for name, taken_s in medians.items():
        ratio = taken_s / medians["one object"]
        print(f"{label}: {name}: {whole_bytes / 2**20 / taken_s:.0f} MiB/s, {ratio:.2f} x one object")


def measure_check(url: str, temporary: Path, label: str) -> None:
    """Print how long the look at many packs takes before the first byte of an archive, anew and again."""
    blobs = ObjectBlobs(url, temporary)
    ends = dict.fromkeys(PACKS_CHECKED, 1)
    taken_ms = []
    for _ in range(2):
        began_s = time.perf_counter()
        check_pack_ends(blobs, ends)
        taken_ms.append((time.perf_counter() - began_s) * 1000)
    began_s = time.perf_counter()
    for pack_id in PACKS_CHECKED:
        blobs.size_bytes(pack_key(pack_id))
    alone_ms = (time.perf_counter() - began_s) * 1000
    print(
        f"{label}: {len(ends)} packs are there: {taken_ms[0]:.0f} ms, again {taken_ms[1]:.1f} ms; "
        f"one after the other {alone_ms:.0f} ms"
    )


@contextlib.contextmanager
def running_nginx(program: str, folder: Path) -> Iterator[int]:
    """Nginx with the files of a folder; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    command: list[str | Path] = [
        program,
        "-p",
        folder,
        "-e",
        folder / "error.log",
        "-c",
        configuration,
        "-g",
        "daemon off;",
    ]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


@contextlib.contextmanager
def running_proxy(port: int) -> Iterator[int]:
    """A proxy that is so far away; its port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run_proxy, args=(theirs, port))
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def main() -> None:
    """Run all of it."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        print("nginx isn't installed, so there is nothing to compare with.")
        return
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    url, away = "s3://books/benchmark", f"{DELAY_S * 1000:.0f} ms away"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # nginx gives up its rights where it has any.
        folder.chmod(0o755)
        local = LocalBlobs(folder / "books/benchmark")
        pieces = keep_chapter(local)
        for pack_id in PACKS_CHECKED:
            put(local, pack_key(pack_id), b"pack")
        with running_nginx(program, folder) as near, running_proxy(near) as far:
            os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{near}"
            measure(url, pieces, folder, "near")
            os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{far}"
            measure(url, pieces, folder, away)
            measure_check(url, folder, away)


if __name__ == "__main__":
    main()

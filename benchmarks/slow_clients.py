"""What clients that keep a server waiting do to those that don't, with our limits and without.

Many clients from many addresses send half a head, trickle a body, or ask for a long file and read nothing; whoever is
closed comes again. Meanwhile somebody with a key asks for a page of history, half of the time on a new connection.
Then downloads are broken off. Descriptors and threads have to be back five seconds after the last of either has left.
The same is done to a server that has uvicorn's own protocol and none of our limits, both with fewer files than
clients want. Only on Linux.

    python -m benchmarks.slow_clients                  # 2,000 half heads, 500 slow bodies, 500 slow readers
    python -m benchmarks.slow_clients --scale 0.05 --seconds 3 --no-control
"""

import argparse
import asyncio
import contextlib
import itertools
import multiprocessing
import os
import resource
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from benchmarks.server import Server, serving

HALF_HEADS, SLOW_BODIES, SLOW_READERS, ABORTED = 2_000, 500, 500, 500
FILES, FEW_FILES = 16_384, 2_048
COME_AGAIN_S = 5.0
ARRIVAL_S = 0.003
SETTLED_S, POOLS_SETTLED_S = 5.0, 2.0
SECONDS = 30.0
P99_BAR_S = 1.0
BACK_BAR_S = 5.0
SPARE = 16
"""Descriptors and threads by which a server at rest may differ: pools that have grown to their size."""

POOLS = 60
"""More requests at once than a server has threads for."""

VOICE = "21m00Tcm4TlvDq8ikWAM"
TEXT = "The keeper of the lamp climbed the stairs, and looked at the sea for a long while. " * 20

_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files},) * 2)\n"
_OURS = "from rhapsode.__main__ import main; main()"
_PLAIN = """
from uvicorn.protocols.http.h11_impl import H11Protocol
from rhapsode.cli import http_server
http_server.GuardedProtocol = lambda *arguments, connections, **named: H11Protocol(*arguments, **named)
http_server.LimitedListener.of = staticmethod(lambda listening, connections: listening)
"""


@dataclass(frozen=True)
class Target:
    """Where clients connect to, and what they ask for: a file that is longer than any buffer."""

    address: tuple[str, int]
    key: str
    path: str


@dataclass(frozen=True)
class Held:
    """What a server's own process has."""

    files: int
    threads: int

    @classmethod
    def by(cls, process: psutil.Process) -> "Held":
        """Now."""
        return cls(process.num_fds(), process.num_threads())

    def is_back_at(self, rest: "Held") -> bool:
        """Whether it is no more than at rest."""
        return self.files <= rest.files + SPARE and self.threads <= rest.threads + SPARE


@dataclass(frozen=True)
class Crowd:
    """How many clients of each kind there are."""

    half_heads: int
    slow_bodies: int
    slow_readers: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.half_heads + self.slow_bodies + self.slow_readers


def client_of(number: int) -> str:
    """An address of this machine for each few clients, so that no limit of one address is what helps."""
    return f"127.1.{number // 250 % 250}.{number % 250 + 1}"


async def connected(target: Target, number: int) -> tuple[asyncio.AbstractEventLoop, socket.socket]:
    """A connection that takes little at once."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    client.bind((client_of(number), 0))
    await loop.sock_connect(client, target.address)
    return loop, client


async def send_half_head(target: Target, number: int) -> None:
    """And wait until the server has enough of it."""
    loop, client = await connected(target, number)
    with client:
        await loop.sock_sendall(client, b"GET /v1/models HTTP/1.1\r\nHost: here\r\nX-")
        await loop.sock_recv(client, 1)


async def send_slow_body(target: Target, number: int) -> None:
    """A byte each second."""
    loop, client = await connected(target, number)
    with client:
        head = f"POST /v1/text-to-speech/{VOICE} HTTP/1.1\r\nHost: here\r\nxi-api-key: {target.key}\r\n"
        await loop.sock_sendall(client, f"{head}Content-Length: 10000\r\n\r\n".encode())
        while True:
            await loop.sock_sendall(client, b" ")
            await asyncio.sleep(1)


async def read_nothing(target: Target, number: int) -> None:
    """Of a file that is asked for."""
    loop, client = await connected(target, number)
    with client:
        await loop.sock_sendall(client, _request(target))
        while True:
            await asyncio.sleep(3600)


def _request(target: Target) -> bytes:
    return f"GET {target.path} HTTP/1.1\r\nHost: here\r\nxi-api-key: {target.key}\r\n\r\n".encode()


Slowness = Callable[[Target, int], Coroutine[Any, Any, None]]


async def again_and_again(slowness: Slowness, target: Target, number: int) -> None:
    """Whoever is turned away comes back."""
    while True:
        with contextlib.suppress(OSError):
            await slowness(target, number)
        await asyncio.sleep(COME_AGAIN_S)


def besiege(target: Target, crowd: Crowd, here: "Synchronized[int]") -> None:
    """All clients, in a process of their own, until that is killed. here: is set when they have come."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    kinds = (
        *itertools.repeat(send_half_head, crowd.half_heads),
        *itertools.repeat(send_slow_body, crowd.slow_bodies),
        *itertools.repeat(read_nothing, crowd.slow_readers),
    )

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for number, slowness in enumerate(kinds):
                group.create_task(again_and_again(slowness, target, number))
                await asyncio.sleep(ARRIVAL_S)
            here.value = 1

    asyncio.run(run())


@contextlib.contextmanager
def besieged(target: Target, crowd: Crowd, settled_s: float = SETTLED_S) -> Iterator[None]:
    """Have the clients there for as long as the block runs. settled_s: what the server has to take them in."""
    context = multiprocessing.get_context("spawn")
    here: Synchronized[int] = context.Value("i", 0)
    process = context.Process(target=besiege, args=(target, crowd, here), daemon=True)
    process.start()
    try:
        while not here.value:
            assert process.is_alive()
            time.sleep(0.05)
        time.sleep(settled_s)
        yield
    finally:
        process.kill()
        process.join()


@dataclass(frozen=True)
class Waits:
    """What somebody with a key waited, and how often in vain."""

    waits_s: Sequence[float]
    failures: int

    @property
    def p99_s(self) -> float:
        """The 99th percentile; a failure is longer than any wait."""
        waits_s = sorted([*self.waits_s, *itertools.repeat(float("inf"), self.failures)])
        return waits_s[min(len(waits_s) - 1, int(len(waits_s) * 0.99))]

    def __str__(self) -> str:
        median_ms = statistics.median(self.waits_s) * 1000 if self.waits_s else float("inf")
        return (
            f"{len(self.waits_s)} answers, p50 {median_ms:.1f} ms, p99 {self.p99_s * 1000:.1f} ms, "
            f"{self.failures} failures"
        )


def ask_for(server: Server, seconds: float) -> Waits:
    """Ask for small things, each second time on a connection of its own."""
    waits_s, failures, until_s = [], 0, time.monotonic() + seconds
    with server.client() as kept:
        while time.monotonic() < until_s:
            for client in (kept, server.client()):
                asked_at_s = time.perf_counter()
                try:
                    client.get("/v1/history", params={"page_size": 10}, timeout=10).raise_for_status()
                    waits_s.append(time.perf_counter() - asked_at_s)
                except httpx.HTTPError:
                    failures += 1
                if client is not kept:
                    client.close()
            time.sleep(0.02)
    return Waits(waits_s, failures)


def abort_downloads(target: Target, count: int) -> None:
    """Begin to read, and hang up without a word."""
    for number in range(count):
        with socket.create_connection(target.address, source_address=(client_of(number), 0)) as client:
            client.sendall(_request(target))
            client.recv(65_536)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def seconds_until_back(process: psutil.Process, rest: Held) -> float:
    """How long a server takes to let go of what it had for others; infinite where it doesn't."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < 2 * BACK_BAR_S:
        if Held.by(process).is_back_at(rest):
            return time.monotonic() - began_s
        time.sleep(0.05)
    return float("inf")


def target_of(server: Server) -> Target:
    """Speak something that is long as PCM."""
    with server.client() as client:
        answer = client.post(
            f"/v1/text-to-speech/{VOICE}", params={"output_format": "pcm_44100"}, json={"text": TEXT}
        ).raise_for_status()
    address = urlsplit(server.url)
    path = f"/v1/history/{answer.headers['history-item-id']}/audio"
    return Target((str(address.hostname), address.port or 80), server.headers["xi-api-key"], path)


def fill_pools(server: Server, target: Target, settled_s: float = POOLS_SETTLED_S) -> None:
    """Let threads and connections to the database be as many as they ever are."""
    with server.client() as client, ThreadPoolExecutor(POOLS) as threads:
        list(threads.map(lambda _: client.get("/v1/voices").raise_for_status(), range(4 * POOLS)))
    abort_downloads(target, POOLS)
    time.sleep(settled_s)


def measure(server: Server, crowd: Crowd, aborted: int, seconds: float) -> bool:
    """Print what becomes of a server; whether it kept to the bars."""
    target = target_of(server)
    process = psutil.Process(server.process.pid)
    fill_pools(server, target)
    rest = Held.by(process)
    print(f"  at rest: {rest.files} descriptors, {rest.threads} threads")
    with besieged(target, crowd):
        waits = ask_for(server, seconds)
        full = Held.by(process)
    print(f"  besieged by {crowd.count:,}: {full.files:,} descriptors, {full.threads} threads; {waits}")
    left_s = seconds_until_back(process, rest)
    now = Held.by(process)
    print(f"  back {left_s:.2f} s after they left: {now.files} descriptors, {now.threads} threads")
    try:
        abort_downloads(target, aborted)
        aborted_s = seconds_until_back(process, rest)
    except OSError:
        aborted_s = float("inf")
    now = Held.by(process)
    print(
        f"  back {aborted_s:.2f} s after {aborted} aborted downloads: "
        f"{now.files} descriptors, {now.threads} threads",
        flush=True,
    )
    return waits.p99_s < P99_BAR_S and max(left_s, aborted_s) < BACK_BAR_S


def run(program: str, files: int, crowd: Crowd, aborted: int, seconds: float) -> bool:
    """Measure a server of a program that may open so many files, on data of its own."""
    limited = _LIMITED.format(files=files) + program
    with (
        tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder,
        serving(Path(folder) / "data", (sys.executable, "-c", limited)) as server,
    ):
        return measure(server, crowd, aborted, seconds)


def main() -> None:
    """Print both servers, and a verdict on ours; its exit status is 1 where it is bad."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="how many clients, of all that there are")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long they are there")
    parser.add_argument("--no-control", action="store_true", help="leave out the server without limits")
    arguments = parser.parse_args()
    counts = (int(count * arguments.scale) for count in (HALF_HEADS, SLOW_BODIES, SLOW_READERS, ABORTED))
    half_heads, slow_bodies, slow_readers, aborted = counts
    crowd = Crowd(half_heads, slow_bodies, slow_readers)
    os.environ.pop("RHAPSODE_DATA", None)
    print(f"with our limits, and {FILES:,} files:")
    is_good = run(_OURS, FILES, crowd, aborted, arguments.seconds)
    if not arguments.no_control:
        for name, program in (("with our limits", _OURS), ("without", _PLAIN + _OURS)):
            print(f"{name}, and {FEW_FILES:,} files:")
            run(program, FEW_FILES, crowd, aborted, arguments.seconds)
    print(f"verdict: {'good' if is_good else 'bad'} (p99 under {P99_BAR_S} s, back in {BACK_BAR_S} s)")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()

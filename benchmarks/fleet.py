"""What several machines cost and gain: a book by one server alone, by one worker and by two, on the same cores.

Run `python -m benchmarks.fleet [--book FILE]`. All processes have the cores of this machine together, so the ratio of
times is what the database, the object store and the job engine cost. Postgres and an imitation of S3 run here too.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa
from tests.acceptance.program import Rhapsode
from tests.acceptance.server import serving
from tests.faults.fleet import KEY, Fleet, fleet, request_conversion, wait_until_converted
from tests.faults.test_fleet import BOOK
from tests.ports import free_port

from rhapsode.app import available_cores

_MB = 1e6
_COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_SIZE = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True)
class Cost:
    """Of one book. cpu_s: of Rhapsode's processes; the database's and the store's are told apart."""

    name: str
    wall_s: float
    cpu_s: float
    database: "Database | None" = None


@dataclass(frozen=True)
class Database:
    """What it had to do, and what it keeps of it."""

    transactions: int
    size_bytes: int
    cpu_s: float
    object_count: int
    object_bytes: int
    audio_s: float


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", type=Path, default=BOOK)
    book = parser.parse_args().book
    cores = available_cores()
    with tempfile.TemporaryDirectory() as name:
        alone = measure_alone(Path(name), book, cores)
        tell(alone, alone)
        for worker_count in (1, 2):
            tell(measure_fleet(Path(name), book, worker_count, max(1, cores // worker_count)), alone)


def measure_alone(folder: Path, book: Path, cores: int) -> Cost:
    """One server with records and packs of its own."""
    place = folder / "alone"
    place.mkdir()
    with serving(Rhapsode(place), RHAPSODE_API_KEY=KEY, RHAPSODE_PROCESSES=str(cores)) as server:
        of = Fleet(None, {}, place, urls=[server.url])  # type: ignore[arg-type]
        with timed([psutil.Process(server.process.pid)]) as times:
            wait_until_converted(of, request_conversion(of, book))
    return Cost("one server alone", times[0], times[1])


def measure_fleet(folder: Path, book: Path, worker_count: int, processes: int) -> Cost:
    """A server that renders nothing, and workers that share the cores."""
    place = folder / f"fleet-{worker_count}"
    place.mkdir()
    with fleet(place) as of:
        of.environment["RHAPSODE_PROCESSES"] = str(processes)
        of.add_server(free_port(), "--concurrency", "0")
        for _ in range(worker_count):
            of.add_worker()
        wait_until_all_are_there(of, 1 + worker_count)
        members = [psutil.Process(p.running.pid) for p in of.processes if p.running is not None]
        before = asked(of, _COMMITS), asked(of, _SIZE)
        database_before_s = cpu_of(postmaster(of))
        with timed(members) as times:
            wait_until_converted(of, request_conversion(of, book))
        database = look(of, int(before[0]), int(before[1]), database_before_s)
    workers = "1 worker" if worker_count == 1 else f"{worker_count} workers"
    return Cost(f"a server and {workers} of {processes} processes", times[0], times[1], database)


def wait_until_all_are_there(of: Fleet, count: int) -> None:
    """Members that are only starting would make the others look slow."""
    while asked(of, "SELECT to_regclass('members')") == "None":
        time.sleep(0.1)
    while int(asked(of, "SELECT count(*) FROM members")) < count:
        time.sleep(0.1)
    time.sleep(5)


def look(of: Fleet, transactions_before: int, bytes_before: int, cpu_before_s: float) -> Database:
    """At the database and the store, when a book is done."""
    time.sleep(1.5)  # statistics of the database come a second late
    objects = packs_of(of)
    return Database(
        int(asked(of, _COMMITS)) - transactions_before,
        int(asked(of, _SIZE)) - bytes_before,
        cpu_of(postmaster(of)) - cpu_before_s,
        len(objects),
        sum(objects),
        float(asked(of, "SELECT sum(frame_count) FROM chapter_snapshots")) * 1152 / 44_100,
    )


def packs_of(of: Fleet) -> list[int]:
    """Sizes of all packs of the store."""
    return [int(size) for size in asked(of, "SELECT string_agg(size_bytes::text, ' ') FROM packs").split()]


def asked(of: Fleet, query: str) -> str:
    """The answer of the database, which has one value."""
    engine = sa.create_engine(
        of.environment["RHAPSODE_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:")
    )
    with engine.connect() as connection:
        answer = connection.exec_driver_sql(query).scalar_one()
    engine.dispose()
    return str(answer)


def postmaster(of: Fleet) -> psutil.Process:
    """The database's first process."""
    process = of.database.process
    assert process is not None
    return psutil.Process(process.pid)


def cpu_of(process: psutil.Process) -> float:
    """Processor seconds of a process and all it has started."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        times = each.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def timed(processes: list[psutil.Process]) -> Iterator[list[float]]:
    """[elapsed, processor] seconds of a block; of these processes and all that they have started."""
    measured: list[float] = []
    began_s, cpu_s = time.monotonic(), sum(map(cpu_of, processes))
    yield measured
    measured += [time.monotonic() - began_s, sum(map(cpu_of, processes)) - cpu_s]


def tell(cost: Cost, alone: Cost) -> None:
    """One line for each, and what the database and the store had to do for an hour of audio."""
    print(
        f"{cost.name}: {cost.wall_s:.1f} s ({cost.wall_s / alone.wall_s:.2f} of alone), "
        f"{cost.cpu_s:.1f} s of processors ({cost.cpu_s / alone.cpu_s:.2f})",
        flush=True,
    )
    if (seen := cost.database) is not None:
        hours = seen.audio_s / 3600
        print(
            f"  for an hour of audio: {seen.transactions / hours:,.0f} transactions, "
            f"{seen.cpu_s / hours:.1f} s of the database's processor, {seen.size_bytes / hours / _MB:.1f} MB in it, "
            f"{seen.object_count / hours:.0f} objects of {seen.object_bytes / hours / _MB:.0f} MB together",
            flush=True,
        )


if __name__ == "__main__":
    main()

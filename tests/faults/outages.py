"""A fleet whose database, network and store go away and come back while clients ask and books are converted."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.acceptance.program import Rhapsode
from tests.acceptance.server import serving
from tests.object_store import object_store
from tests.postgres import postgres_server

from rhapsode.storage.check import check_storage
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.storage.packs import list_pack_ids, read_index
from rhapsode.storage.records import Records

from .fleet import KEY, Fleet, environment_of
from .outage_clients import PARAGRAPHS, Clients, Waits, archive_of_texts
from .proxy import Proxy, proxy_to, refusal

HEALTHY_WITHIN_S = 10.0
_START_S = 120.0
_POLL_S = 0.1
_SETTLE_S = 3.0
_SLOW_S = 1.5
_MOST_MADE_AGAIN = 4 * PARAGRAPHS
"""Speech and audio of two slices, which a worker may have in hand when it alone is cut off and others make them."""
_REFUSALS = (("503 Slow Down", "SlowDown"), ("500 Internal Server Error", "InternalError"))


@dataclass
class Scene:
    """A fleet and the ways to what it needs. lone: that of one worker to the database.

    probes: where each member tells whether it is ready.
    """

    fleet: Fleet
    database: Proxy
    lone: Proxy
    store: Proxy
    probes: list[str]
    records_url: str
    blobs_url: str
    chance: random.Random

    @property
    def url(self) -> str:
        """Of the server."""
        return self.fleet.urls[0]


@contextlib.contextmanager
def a_scene(folder: Path, ports: list[int]) -> Iterator[Scene]:
    """A server and two workers, at these ports, which have begun to work."""
    with (
        postgres_server() as database,
        object_store() as store,
        proxy_to("127.0.0.1", database.port) as way,
        proxy_to("127.0.0.1", database.port) as lone,
        proxy_to(store.host, store.port) as store_way,
    ):
        environment = environment_of(database, store, way.port) | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store_way.port}"
        }
        url, blobs_url = environment["RHAPSODE_DATABASE_URL"], environment["RHAPSODE_BLOBS_URL"]
        fleet = Fleet(database, environment, folder)
        probes = [f"http://127.0.0.1:{port}/readyz" for port in ports]
        records_url = database.address_at(database.port, url)
        made = Scene(fleet, way, lone, store_way, probes, records_url, blobs_url, random.Random(1))
        try:
            fleet.add_server(ports[0], "--concurrency", "0")
            fleet.add_worker("--port", str(ports[1]))
            fleet.add_worker(
                "--port", str(ports[2]), RHAPSODE_DATABASE_URL=database.address_at(lone.port, url)
            )
            wait_until_ready(made, _START_S)
            yield made
            assert fleet.stop() == [0] * len(ports)
        finally:
            fleet.kill()


def wait_until_ready(scene: Scene, limit_s: float) -> float:
    """Until all members are; how long that took."""
    began_s = time.monotonic()
    with httpx.Client(timeout=limit_s, trust_env=False) as http:
        while not all(_is_ready(http, probe) for probe in scene.probes):
            assert time.monotonic() - began_s < limit_s, f"not ready within {limit_s:g} s"
            time.sleep(_POLL_S)
    return time.monotonic() - began_s


def _is_ready(http: httpx.Client, probe: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return http.get(probe).status_code == 200
    return False


Outage = Callable[[Scene], None]
"""Begins, lasts and is over when it returns."""


def kill_postgres(scene: Scene) -> None:
    """SIGKILL for the postmaster; it is away for up to a second, and what it takes to start."""
    scene.fleet.database.kill()
    time.sleep(scene.chance.random())
    scene.fleet.database.start()


def reset_database(scene: Scene) -> None:
    """All connections to the database, at both ends."""
    scene.database.reset()
    scene.lone.reset()


def reset_store(scene: Scene) -> None:
    """All requests that the store has in hand. It has some every few moments only, so it is tried for a while."""
    until_s = time.monotonic() + _SETTLE_S
    while not scene.store.reset() and time.monotonic() < until_s:
        time.sleep(_POLL_S / 10)


@contextlib.contextmanager
def cut(*ways: Proxy) -> Iterator[None]:
    """Lose everything on these ways, until the end of the block."""
    for way in ways:
        way.cut()
    try:
        yield
    finally:
        for way in ways:
            way.mend()


def cut_database(seconds: float) -> Outage:
    """Nobody reaches the database."""

    def cut_for_a_while(scene: Scene) -> None:
        with cut(scene.database, scene.lone):
            time.sleep(seconds)

    return cut_for_a_while


def cut_one_worker(seconds: float) -> Outage:
    """One worker doesn't reach the database, and others take over what it had."""

    def cut_for_a_while(scene: Scene) -> None:
        with cut(scene.lone):
            time.sleep(seconds)

    return cut_for_a_while


def cut_store(seconds: float) -> Outage:
    """Nobody reaches the store."""

    def cut_for_a_while(scene: Scene) -> None:
        with cut(scene.store):
            time.sleep(seconds)

    return cut_for_a_while


def refuse_half(seconds: float) -> Outage:
    """The store refuses every other request by chance, with 503 or 500."""

    def refuse_for_a_while(scene: Scene) -> None:
        def answer() -> bytes | None:
            return refusal(*scene.chance.choice(_REFUSALS)) if scene.chance.random() < 0.5 else None

        scene.store.answer = answer
        time.sleep(seconds)
        scene.store.answer = lambda: None

    return refuse_for_a_while


def slow_down(seconds: float) -> Outage:
    """The store takes its time for each request."""

    def wait_for_a_while(scene: Scene) -> None:
        scene.store.delay_s = _SLOW_S
        time.sleep(seconds)
        scene.store.delay_s = 0.0

    return wait_for_a_while


@dataclass
class Seen:
    """What became of outages of one kind. healthy_s: the longest until all was well again."""

    name: str
    count: int
    healthy_s: float
    waits: dict[str, Waits]
    conversion_count: int

    def line(self) -> str:
        """For people."""
        answers: Counter[int] = sum((each.answers for each in self.waits.values()), Counter())
        longest = {kind: f"{each.longest_s:.1f}" for kind, each in sorted(self.waits.items())}
        return (
            f"{self.count} × {self.name}: well again after {self.healthy_s:.1f} s at most; answers "
            f"{dict(sorted(answers.items()))}, the longest in s: {longest}; {self.conversion_count} conversions ended"
        )


def suffer(scene: Scene, clients: Clients, name: str, outage: Outage, count: int) -> Seen:
    """Let an outage happen so many times. After each all members are ready, writes succeed, and nothing is lost."""
    clients.take_waits()
    before, longest_s = clients.conversion_count, 0.0
    for _ in range(count):
        time.sleep(scene.chance.random())
        outage(scene)
        longest_s = max(longest_s, _wait_until_well(scene, clients))
        clients.assert_kept_lately()
    return Seen(name, count, longest_s, clients.take_waits(), clients.conversion_count - before)


def _wait_until_well(scene: Scene, clients: Clients) -> float:
    """Until all members are ready and a write is acknowledged; how long that took."""
    began_s = time.monotonic()
    wait_until_ready(scene, HEALTHY_WITHIN_S)
    clients.probe()
    taken_s = time.monotonic() - began_s
    assert taken_s < HEALTHY_WITHIN_S, f"well again only after {taken_s:.1f} s"
    return taken_s


def find_problems(scene: Scene) -> tuple[list[str], int, int]:
    """What `check` finds, how many packs there are, and how many segments are in more than one of them."""
    records = Records.open_postgres(scene.records_url)
    blobs = ObjectBlobs(scene.blobs_url, scene.fleet.folder / "temporary")
    report = check_storage(records, blobs)
    packs = [pack_id for pack_id, _ in list_pack_ids(blobs)]
    times = Counter(segment.key for pack_id in packs for segment in read_index(blobs, pack_id).segments)
    records.close()
    return list(report.problems), len(packs), sum(count - 1 for count in times.values())


def archive_of_one_machine(folder: Path, texts: list[list[str]]) -> str:
    """What one quiet machine makes of the same chapters."""
    folder.mkdir(exist_ok=True)
    with serving(Rhapsode(folder), RHAPSODE_API_KEY=KEY) as server:
        return archive_of_texts(server.url, KEY, texts)


def plan(count: int, seconds: float) -> list[tuple[str, Outage, int]]:
    """Names, outages and how often each. count: of those that take a moment.    seconds: of those that last."""
    return [
        (f"{seconds:g} s without the network to the database", cut_database(seconds), 1),
        (f"{seconds:g} s in which one worker doesn't reach the database", cut_one_worker(seconds), 1),
        (f"{seconds:g} s without the network to the store", cut_store(seconds), 1),
        (f"{seconds:g} s in which the store refuses half of its requests", refuse_half(seconds), 1),
        (f"{seconds:g} s in which the store takes {_SLOW_S:g} s for each", slow_down(seconds), 1),
        ("postmaster killed", kill_postgres, count),
        ("connections to the database reset", reset_database, count),
        ("connections to the store reset", reset_store, count),
    ]


def suffer_all(folder: Path, ports: list[int], outages: list[tuple[str, Outage, int]]) -> Iterator[str]:
    """All outages of a plan, one after the other, and what is there at last. Raises: AssertionError."""
    with a_scene(folder, ports) as scene:
        clients = Clients(scene.url, KEY)
        with clients.at_work():
            for name, outage, count in outages:
                yield suffer(scene, clients, name, outage, count).line()
        clients.assert_kept()
        problems, pack_count, made_again = find_problems(scene)
        found, told = clients.archive(), clients.told
        clients.close()
    expected = archive_of_one_machine(folder / "alone", told.texts)
    yield (
        f"{clients.conversion_count} conversions, {len(told.spoken)} history items: all that was acknowledged is "
        f"there; {pack_count} packs, {made_again} segments made again; check finds {len(problems)} problems; "
        f"{'the same bytes as' if found == expected else 'OTHER BYTES THAN'} one quiet machine"
    )
    assert not clients.troubles, "\n".join(clients.troubles)
    assert (problems, found) == ([], expected)
    assert made_again <= _MOST_MADE_AGAIN

"""python -m tests.faults BAR: a bar in full, lines of figures, and a verdict (docs/reliability.md)."""

import argparse
import itertools
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conftest import CORPUS, ROOT
from tests.ports import free_port

from rhapsode.telemetry.logs import configure_logs

from . import errors, fleet, kill, killed_senders, outages, power, retries, webhooks
from .program import nursery


def _kill(every: int) -> Iterator[str]:
    with (
        nursery() as place,
        tempfile.TemporaryDirectory() as folder,
        kill.a_victim(place, Path(folder)) as victim,
    ):
        yield "every call: " + kill.sweep(victim, itertools.count(1, every)).line()
        yield "while it starts: " + kill.sweep_start(victim, itertools.count(1, every)).line()
        yield "at random: " + kill.kill_at_random(victim, max(1, 200 // every), seed=1).line()


def _power(every: int) -> Iterator[str]:
    with (
        nursery() as place,
        tempfile.TemporaryDirectory() as folder,
        power.recorded(place, Path(folder)) as recording,
    ):
        states = max(1, 1000 // every)
        seen = power.fail_often(recording, Path(folder), states, nursery=place, go_on_every=40)
        yield seen.line()
        assert not seen.broken, "\n".join(seen.broken)
        for syncs in power.CONTROLS:
            control = power.fail_often(recording, Path(folder), max(10, states // 10), syncs=syncs)
            yield f"with {syncs}: {control.line()}"
            assert control.broken


def _errors(every: int) -> Iterator[str]:
    with nursery() as place, tempfile.TemporaryDirectory() as folder:
        yield errors.disturb_often(place, Path(folder), max(1, 300 // every)).line()


def _fleet(every: int) -> Iterator[str]:
    """A novel, two servers and three workers, a kill every three seconds, two starts of the database."""
    with tempfile.TemporaryDirectory() as folder:
        book = CORPUS / "epub" / "pride-and-prejudice.epub"
        seen = fleet.disturb_fleet(
            Path(folder),
            book if every == 1 else ROOT / "examples" / "the-lamp-keepers.epub",
            [free_port(), free_port()],
            worker_count=3,
            every_s=3,
            restart_after=frozenset({3, 9}),
            seed=1,
        )
        yield seen.line()
        assert seen.same_bytes


def _outages(every: int) -> Iterator[str]:
    """A server and two workers; what they need goes away a hundred times each, and for a minute each."""
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(3)]
        planned = outages.plan(max(1, 100 // every), max(12.0, 60 / every))
        yield from outages.suffer_all(Path(folder), ports, planned)


def _webhooks(every: int) -> Iterator[str]:
    # Each attempt that fails would be a line.
    configure_logs("error")
    event_count = max(len(webhooks.FAILING), 1000 // every)
    for trouble in webhooks.TROUBLES:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{trouble}: {webhooks.trouble_receivers(Path(folder), trouble, event_count).line()}"
    with tempfile.TemporaryDirectory() as folder:
        yield f"410: {webhooks.say_gone(Path(folder), event_count).line()}"
    with tempfile.TemporaryDirectory() as folder:
        told, again = killed_senders.kill_senders(Path(folder), event_count, seed=1)
        yield f"{event_count:,} kills: {told.line()}; {again:,} came again, the same"


def _retries(every: int) -> Iterator[str]:
    configure_logs("error")
    with tempfile.TemporaryDirectory() as folder:
        yield retries.retry_converts(Path(folder), max(2, 1000 // every)).line()


BARS: dict[str, Callable[[int], Iterator[str]]] = {
    "kill": _kill,
    "power": _power,
    "disk": _errors,
    "fleet": _fleet,
    "outages": _outages,
    "webhooks": _webhooks,
    "retries": _retries,
}


def main() -> int:
    """Run one bar; 0 when it holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("bar", choices=BARS)
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    options = parser.parse_args()
    try:
        for line in BARS[options.bar](options.every):
            print(f"{options.bar}: {line}", flush=True)
    except AssertionError:
        traceback.print_exc()
        print(f"{options.bar}: FAILED")
        return 1
    print(f"{options.bar}: holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())

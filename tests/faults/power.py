"""The power fails at any moment: only what was synced is certain (bar R2)."""

import contextlib
import copy
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.loopback import Loopback, answering, reply

from rhapsode.app import open_app
from rhapsode.storage.cleanup import CleanupPolicy, clean_up

from .checked import assert_sound
from .disk import Disk, Syncs, moments, write_state
from .journey import Journey, Told, assert_kept
from .program import Nursery
from .promises import assert_promises
from .recording import Call, read_calls

_SEED = 1
ALL_SYNCS = Syncs()
CONTROLS = (Syncs(of_files=False, of_folders=False), Syncs(of_files=False), Syncs(of_folders=False))
"""Without any of these, what is promised is lost."""


@dataclass(frozen=True)
class Recording:
    """A run from an empty directory to the end of the journey. told: with the byte of the log where it was told."""

    root: str
    calls: list[Call]
    told: list[tuple[int, Told]]
    archive: str
    hook: Loopback

    def told_before(self, place: int) -> Told:
        """What a client had been told when the log was so long."""
        return next((told for end, told in reversed(self.told) if end <= place), Told())


@contextlib.contextmanager
def recorded(nursery: Nursery, folder: Path) -> Iterator[Recording]:
    """Record one run."""
    root, log = folder / "disk", folder / "log"
    data = root / "data"
    root.mkdir()
    nursery.control.begin(root)
    nursery.control.record(log)
    told: list[tuple[int, Told]] = []
    with answering(lambda _: [reply()]) as hook:
        server = nursery.serve(data)
        journey = Journey(hook.url, lambda: told.append((log.stat().st_size, copy.deepcopy(journey.told))))
        with server.http() as http:
            journey.take(http)
        # What is checkpointed, begun anew and cleaned up is on the way of a power failure, too.
        nursery.stop(server)
        nursery.join(nursery.call(_clean_up, data))
        with nursery.serve(data).http() as http:
            journey.speak(http, "And it thawed.")
        nursery.control["recording"] = 0
        nursery.end()
        yield Recording(str(root), list(read_calls(log)), told, journey.told.archive, hook)


def _clean_up(data: Path) -> None:
    """As it is done when everything that may go is due."""
    at_once = CleanupPolicy(**{name: 0 for name in CleanupPolicy.__slots__ if name.endswith("_ms")})
    with open_app(data, command="check", process_count=1) as app:
        clean_up(app.records, app.blobs, at_once, now_ms=time.time_ns() // 1_000_000 + 1)


@dataclass
class Failures:
    """What was seen. states: that were looked at.    gone_on: servers that went on with one.

    broken: states in which something was wrong, and what.
    """

    states: int = 0
    gone_on: int = 0
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The figures."""
        broken = f"in {len(self.broken)} something lost or damaged"
        return f"{self.states} states, {broken}; {self.gone_on} servers went on"


def fail_often(
    recording: Recording,
    folder: Path,
    count: int,
    *,
    syncs: Syncs = ALL_SYNCS,
    nursery: Nursery | None = None,
    go_on_every: int = 0,
) -> Failures:
    """Let the power fail at so many moments; look at what each leaves, and let a server go on with some of it."""
    chance, seen = random.Random(_SEED), Failures()
    disk, done, place = Disk(recording.root, syncs), 0, 0
    for number in moments(recording.calls, count, chance):
        for call in recording.calls[done:number]:
            disk.do(call)
            place = call.end
        done = max(done, number)
        state = folder / "state"
        shutil.rmtree(state, ignore_errors=True)
        write_state(disk.fail(chance), recording.root, state)
        seen.states += 1
        told = recording.told_before(place)
        try:
            assert_promises(state / "data", told, recording.archive)
            if nursery is not None and go_on_every and seen.states % go_on_every == 0:
                _go_on(nursery, state / "data", told, recording)
                seen.gone_on += 1
        except Exception as error:
            seen.broken.append(f"behind call {number}: {type(error).__name__}: {error}"[:500])
    return seen


def _go_on(nursery: Nursery, data: Path, told: Told, recording: Recording) -> None:
    nursery.control.begin(data)
    server = nursery.serve(data)
    journey = Journey(recording.hook.url)
    journey.told = copy.deepcopy(told)
    with server.http() as http:
        journey.take(http)
        assert_kept(http, journey.told, recording.archive)
    nursery.end()
    assert_sound(data)

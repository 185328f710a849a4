"""Killed at every call that changes a file, one after the other, and at random times (bar R1)."""

import contextlib
import random
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.acceptance.stored import look
from tests.loopback import Loopback, answering, reply
from tests.waiting import wait_until

from .checked import assert_not_made_again, assert_sound
from .journey import Journey, Told, assert_kept, assert_told
from .program import Died, Nursery, Server
from .shim import Action


@dataclass
class Kills:
    """What was seen. calls: of one undisturbed run.    ready_s: of every start after a kill.

    steps: how many kills came after which step of the client.
    """

    calls: int = 0
    points: int = 0
    ready_s: list[float] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """The figures."""
        spread = ", ".join(f"{count} after {step}" for step, count in self.steps.items())
        return (
            f"{self.points} kills in {self.calls} calls ({spread}): nothing acknowledged lost, nothing doubled, "
            f"archives the same, finished packs made again: 0; ready after {max(self.ready_s):.2f} s at most"
        )


class Victim:
    """A data directory to begin with, and what an undisturbed run makes of it."""

    def __init__(self, nursery: Nursery, hook: Loopback, folder: Path) -> None:
        self.nursery = nursery
        self.hook = hook
        self.folder = folder
        self.template = folder / "template"
        self.data = folder / "data"
        nursery.control.begin(self.template)
        nursery.serve(self.template)
        nursery.end()
        self.calls, self.whole_s, self.archive = self._run_in_peace()

    def _run_in_peace(self) -> tuple[int, float, str]:
        server = self.start()
        self.nursery.control.arm(Action.NOTHING, 0)
        began_at_s = time.monotonic()
        told, _ = self.travel(server)
        whole_s = time.monotonic() - began_at_s
        self.nursery.end()
        return self.nursery.control["count"], whole_s, told.archive

    def start(self) -> Server:
        """A server on a directory in which nothing has happened."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.template, self.data)
        self.nursery.control.begin(self.data)
        return self.nursery.serve(self.data)

    def travel(self, server: Server, told: Told | None = None) -> tuple[Told, str]:
        """Go as far as it goes; what was told, and the last step that was taken."""
        journey, last = Journey(self.hook.url), "start"
        journey.told = told or journey.told
        with server.http() as http:
            try:
                for step in journey.steps(http):
                    last = step
            except httpx.TransportError:
                return journey.told, last
        return journey.told, "end"

    def go_on(self, told: Told) -> float:
        """Start a server on what a killed one has left, and take the rest of the steps; how long the start took."""
        before = look(self.data)
        server = self.nursery.serve(self.data)
        told, last = self.travel(server, told)
        assert last == "end", server.said.read_text()
        with server.http() as http:
            assert_kept(http, told, self.archive)
        wait_until(lambda: any(told.project_id.encode() in asked.body for asked in self.hook.asked))
        assert_told(self.hook.asked, told)
        self.nursery.end()
        assert_not_made_again(before, look(self.data))
        assert_sound(self.data)
        return server.ready_s


def kill_at(victim: Victim, action: Action, number: int, kills: Kills) -> bool:
    """Kill it at a call, and have it go on; False where it has ended before that."""
    server = victim.start()
    control = victim.nursery.control
    control.arm(action, number, leader=server.pid)
    told, last = victim.travel(server)
    control.disarm()
    _note(victim, told, last, kills)
    return bool(control["hits"])


def kill_after(victim: Victim, delay_s: float, kills: Kills) -> None:
    """Kill the first process alone after a time; the others end by themselves."""
    server = victim.start()
    killer = threading.Timer(delay_s, server.process.kill)
    killer.start()
    told, last = victim.travel(server)
    killer.join()
    _note(victim, told, last, kills)


def kill_at_start(victim: Victim, number: int, kills: Kills) -> bool:
    """Kill the first start of all at a call; False where it has begun to listen before that."""
    shutil.rmtree(victim.data, ignore_errors=True)
    control = victim.nursery.control
    control.begin(victim.data)
    control.arm(Action.TEAR if number % 2 else Action.KILL, number)
    with contextlib.suppress(Died):
        victim.nursery.serve(victim.data)
    control.disarm()
    was_hit = bool(control["hits"])
    _note(victim, Told(), "nothing", kills)
    return was_hit


def _note(victim: Victim, told: Told, last: str, kills: Kills) -> None:
    call = victim.nursery.control["count"]
    victim.nursery.end()
    kills.points += 1
    kills.steps[last] = kills.steps.get(last, 0) + 1
    try:
        kills.ready_s.append(victim.go_on(told))
    except AssertionError as error:
        msg = f"killed after “{last}”, about call {call}: {error}"
        raise AssertionError(msg) from error


def sweep(victim: Victim, numbers: Iterable[int]) -> Kills:
    """Kill at each of these calls, in turn before it and in the middle of what it writes, until none is left."""
    kills = Kills(victim.calls)
    for number in numbers:
        if not kill_at(victim, Action.TEAR if number % 2 else Action.KILL, number, kills):
            break
    return kills


def sweep_start(victim: Victim, numbers: Iterable[int]) -> Kills:
    """The same while a data directory is made."""
    kills = Kills(victim.calls)
    for number in numbers:
        if not kill_at_start(victim, number, kills):
            break
    return kills


def kill_at_random(victim: Victim, count: int, seed: int) -> Kills:
    """Kill so many times, spread over the whole run."""
    kills, chance = Kills(victim.calls), random.Random(seed)
    for number in range(count):
        kill_after(victim, (number + chance.random()) / count * victim.whole_s, kills)
    return kills


@contextlib.contextmanager
def a_victim(nursery: Nursery, folder: Path) -> Iterator[Victim]:
    """One, as long as somebody listens to what it tells."""
    with answering(lambda _: [reply()]) as hook:
        yield Victim(nursery, hook, folder)

"""The child that reads strangers' files has no way out, and hurts nobody when it ends badly."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.faults.escapes import ENDINGS, LIMITS, Outside, harmless, is_ended, outside, try_escapes, worked

from rhapsode.engines.espeak.adapter import EspeakEngine
from rhapsode.engines.espeak.voices import VOICES
from rhapsode.processes import bytes_from_fork, run_limited
from rhapsode.processes.confinement import leave_network
from rhapsode.processes.guards import find_missing_guards
from rhapsode.studio.voice import VoiceSettings


@pytest.fixture
def there() -> Iterator[Outside]:
    """Something to be reached."""
    with outside() as found:
        yield found


def test_nothing_is_reached_from_within(there: Outside) -> None:
    """Of some seventy ways to files, networks, other processes and the kernel none works."""
    missing = find_missing_guards()
    if missing:
        pytest.skip(f"the kernel lets such children {', '.join(missing)}")

    assert run_limited(try_escapes, LIMITS, there) == ()


_LIMITED_OTHERWISE = {
    "use a descriptor that was left open",
    "open any number of files",
    "write a long file in memory",
    "raise its own limits",
}


def test_a_fork_that_speaks_reaches_nothing(there: Outside) -> None:
    """It has pipes and a file of its server's, and the server's time; what else is tried doesn't work."""
    if find_missing_guards():
        pytest.skip("the kernel doesn't let a fork give it all up")
    program = "from tests.faults.escapes import print_escapes_from_fork; print_escapes_from_fork()"
    child = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(asdict(there)),
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(json.loads(child.stdout)) <= _LIMITED_OTHERWISE


def test_espeaks_process_gives_up_the_rest() -> None:
    """The process that loads it and its forks are out of the network, and one that speaks can only compute."""
    if find_missing_guards():
        pytest.skip("the kernel doesn't let it")
    leaves = json.loads(bytes_from_fork(lambda: json.dumps(leave_network()).encode(), wall_s=LIMITS.wall_s))
    engine = EspeakEngine()
    text, seen = "The lighthouse keeper counted the waves. " * 40, set[str]()

    def speak(spoken_text: str) -> None:
        engine.synthesize(spoken_text, voice=VOICES[0], language="en-US", settings=VoiceSettings())

    with ThreadPoolExecutor(1) as executor, contextlib.closing(engine):
        speak("One.")
        server = Path(f"/proc/{engine.process_id}")
        assert "NoNewPrivs:\t1" in Path(server, "status").read_text()
        # Not every container lets it, and then the rest holds.
        assert not leaves or (server / "ns" / "net").readlink() != Path("/proc/self/ns/net").readlink()
        for _ in range(20):
            speaking = executor.submit(speak, text)
            while not speaking.done():
                seen |= {_seccomp_of(process) for process in _family(engine.process_id or 0)}
            speaking.result()
            if "2" in seen:
                return
    pytest.fail("no process was seen that can only compute")


def _family(process: int) -> Iterator[int]:
    yield process
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            yield from _family(int(child))


def _seccomp_of(process: int) -> str:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next((line.split()[1] for line in lines if line.startswith("Seccomp:")), "")
    return ""


def test_the_ways_lead_somewhere(there: Outside) -> None:
    """Where nothing stands in their way, those that can be tried without harm work, but for what isn't here."""
    ways = harmless(there)
    seldom = {"open the terminal", "open a raw socket", "read this process's first environment"}

    assert set(ways) - set(worked(ways)) <= {*seldom, "read the parent's memory as a file", "ask for a name"}


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_a_child_that_goes_wild_is_ended(ending: Callable[[], None]) -> None:
    """One that takes memory or time without end, crashes, or answers with a program or without end, is no more."""
    assert is_ended(ending)

"""One narration, killed again and again at random moments and started again, and what that cost.

python -m tests.acceptance.killing BOOK [--kills 20] [--seed 1]
"""

import argparse
import random
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from .processes import kill_alone
from .program import Rhapsode
from .stored import NOTHING, Stored, look

POLL_S = 0.02
POLL_WRITING_S = 0.002
"""An archive is written in a moment."""
CHECK_EVERY = 5


@dataclass(frozen=True)
class Run:
    """One run of the command. Times in seconds from its start; None where it did not come so far.

    finished: it ended by itself.    ending_s: from the kill until its last child had ended.
    """

    length_s: float
    finished: bool
    speaking_s: float | None
    stored_s: float | None
    ending_s: float


@dataclass
class Killing:
    """What was seen of a narration. after: what was stored after each run."""

    whole_s: float
    runs: list[Run] = field(default_factory=list)
    after: list[Stored] = field(default_factory=list)
    checks: int = 0

    @property
    def killed(self) -> list[Run]:
        """The runs that were killed."""
        return [run for run in self.runs if not run.finished]


class Victim:
    """A book that is narrated by a program that gets killed."""

    def __init__(self, rhapsode: Rhapsode, book: Path) -> None:
        # How long a start takes says when to kill the next.
        self.rhapsode = replace(rhapsode, anew=True)
        self._command = ("narrate", book)
        self.archive = rhapsode.folder / f"{book.stem}.zip"
        self.unfinished = self.archive.with_name(f".{self.archive.name}.unfinished")

    def narrate_whole(self, data: str) -> tuple[bytes, float]:
        """Narrate without a kill in a data directory of its own; the archive, and the seconds it took."""
        started_at_s = time.monotonic()
        finished = self.rhapsode.run(*self._command, "--data", data, RHAPSODE_PROCESSES="2")
        assert finished.exit_status == 0, finished
        content = self.archive.read_bytes()
        self.archive.unlink()
        return content, time.monotonic() - started_at_s

    def run(
        self, *, until_s: float, until_written: bool = False, least_packs: int = 0, most_packs: int = 10_000
    ) -> Run:
        """Run the command and kill its first process after a time, or as soon as it writes the archive.

        least_packs, most_packs: so many new ones there are then, however slow or fast the machine is.
        """
        started_at_s = time.monotonic()
        packs, leftovers = self._packs(), self._open_packs()
        passed_s, speaking_s, stored_s = 0.0, None, None
        with self.rhapsode.start(*self._command, RHAPSODE_PROCESSES="2") as process:
            while process.poll() is None:
                passed_s, new_packs = time.monotonic() - started_at_s, self._packs() - packs
                speaking_s = speaking_s or (passed_s if self._open_packs() - leftovers else None)
                stored_s = stored_s or (passed_s if new_packs else None)
                is_due = passed_s >= until_s and new_packs >= least_packs
                if is_due or new_packs >= most_packs or (until_written and self.unfinished.exists()):
                    break
                time.sleep(POLL_WRITING_S if until_written else POLL_S)
            finished = process.poll() is not None
            ending_s = kill_alone(process)
            self._assert_sound(process)
        return Run(passed_s, finished, speaking_s, stored_s, ending_s)

    def _packs(self) -> int:
        return sum(1 for _ in self.rhapsode.data.glob("blobs/packs/*/*"))

    def _open_packs(self) -> set[Path]:
        return set(self.rhapsode.data.glob("blobs/.temporary/*"))

    @staticmethod
    def _assert_sound(process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        errors = process.stderr.read()
        # A child that Python was just starting complains of the half it got; nobody who kills expects silence.
        assert process.returncode == -signal.SIGKILL or (
            process.returncode == 0 and "Traceback" not in errors
        ), errors

    def check(self) -> None:
        """`rhapsode check` finds nothing wrong."""
        report = self.rhapsode.run("check")
        assert report.exit_status == 0, report
        assert "all well" in report.output, report


def kill_at_random(victim: Victim, *, kills: int, seed: int) -> tuple[Killing, bytes]:
    """Narrate once in peace, then with kills spread from the first moment to the last; return both archives' bytes.

    After each run the archive is whole or absent. Raises: AssertionError.
    """
    chance = random.Random(seed)
    expected, whole_s = victim.narrate_whole("peace")
    _, start_s = victim.narrate_whole("peace")
    killing = Killing(whole_s)
    # So an average run makes a sixth of the book at most, beyond what it loses.
    longest_s = start_s + whole_s / 3
    # And on a machine that is now busier or idler than it was, the later ones make something, and none makes all.
    most_packs = max(2, len(look(victim.rhapsode.folder / "peace").packed) // kills)
    is_made = False
    while len(killing.killed) < kills:
        # Each kill has a part of the time to itself, so that few kills are spread as well as many.
        share = (len(killing.killed) + chance.random()) / kills
        least_packs = int(share > 1 / 2 and not is_made)
        run = victim.run(until_s=share * longest_s, least_packs=least_packs, most_packs=most_packs)
        _note(killing, victim, run, expected)
        if run.finished:
            is_made, longest_s = True, run.length_s
    _note(killing, victim, victim.run(until_s=600), expected)
    while killing.runs[-1].finished:
        victim.archive.unlink()
        _note(killing, victim, victim.run(until_s=600, until_written=True), expected)
    _note(killing, victim, victim.run(until_s=600), expected)
    victim.check()
    return killing, expected


def _note(killing: Killing, victim: Victim, run: Run, expected: bytes) -> None:
    killing.runs.append(run)
    killing.after.append(look(victim.rhapsode.data))
    assert not victim.archive.exists() or victim.archive.read_bytes() == expected
    if not run.finished and len(killing.killed) % CHECK_EVERY == 0:
        victim.check()
        killing.checks += 1


def assert_nothing_made_twice(killing: Killing) -> None:
    """What was stored at a kill was never made again; the records say the same as the packs and the ledger."""
    adopted: set[bytes] = set()
    before = NOTHING
    for after in killing.after:
        assert before.recorded.items() <= after.recorded.items()
        assert before.packed.items() <= after.packed.items()
        for pack in after.packed.keys() - before.packed.keys():
            assert before.durable.isdisjoint(after.packed[pack])
        adopted |= after.durable - after.recorded.keys()
        before = after
    packed = [key for keys in before.packed.values() for key in keys]
    assert len(packed) == len(set(packed))
    assert set(packed) == before.recorded.keys()
    # Packs that were finished in the moment of a kill come into the records without an entry in the ledger.
    assert before.spoken == len(before.speech - adopted)


def report(killing: Killing) -> str:
    """The figures."""
    last = killing.after[-1]
    half_way = [run for run in killing.killed if run.stored_s is not None]
    lost = [stored.lost_speech for stored in killing.after]
    lines = [
        f"uninterrupted: {killing.whole_s:.1f} s; {len(last.speech):,} passages, {len(last.packed):,} packs",
        f"runs: {len(killing.runs)}, of which {len(killing.killed)} were killed, after "
        + ", ".join(f"{run.length_s:.1f}" for run in killing.killed)
        + " s",
        f"all runs together: {sum(run.length_s for run in killing.runs):.1f} s",
        f"passages in packs that a kill left unfinished: {sum(lost)} (at most {max(lost)} by one kill), "
        f"{sum(stored.lost_bytes for stored in killing.after) / 1e6:.1f} MB in all",
        f"passages on the ledger: {last.spoken:,}; of finished packs made again: 0",
        f"last child ended after the kill: at most {max(run.ending_s for run in killing.runs):.2f} s",
    ]
    if half_way:
        speaking = [run.speaking_s for run in half_way if run.speaking_s is not None]
        stored = [run.stored_s for run in half_way if run.stored_s is not None]
        lines += [
            f"from start to speaking: {min(speaking):.2f} to {max(speaking):.2f} s; "
            f"to the first finished pack: {min(stored):.2f} to {max(stored):.2f} s",
        ]
    return "\n".join(lines)


def main() -> None:
    """Kill the narration of a book and print what that cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        victim = Victim(Rhapsode(Path(folder)), options.book.resolve())
        killing, _ = kill_at_random(victim, kills=options.kills, seed=options.seed)
        print(report(killing))
        assert_nothing_made_twice(killing)


if __name__ == "__main__":
    main()

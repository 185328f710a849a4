"""Feed readers with documents made a little wrong, for as long as you like.

    python -m tests.faults.fuzz_documents --minutes 60 --format epub --seeds FOLDER

Every case has a seed, from which it is made again, of the same folder: `--seed 4711 --cases 1`. What a reader raises
must be a refusal (`InvalidInput`). Anything else is told with its seed and traceback, and the document is kept in the
folder `--keep`; so are one that takes longer than a document may, one that takes too much memory, and one that ends
the process.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from tests.faults.mutations import mutated
from tests.faults.seeds import CORPUS, Seed, seeds

from rhapsode.documents.article import read_article
from rhapsode.documents.parsing import parse_document
from rhapsode.documents.pls import read_lexicon
from rhapsode.studio.errors import InvalidInput

LONGEST_S = 20
"""A document may take so long."""

_MEMORY_BYTES = 2**30
_CASES_OF_PROCESS = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that went wrong, and how."""

    seed: int
    name: str
    how: str


def case_of(seed: int, originals: Sequence[Seed]) -> tuple[str, bytes]:
    """The document of a seed, and its name."""
    chance = random.Random(f"documents {seed}")
    original = originals[seed % len(originals)]
    return original.name, mutated(chance, original.content)


def read(name: str, content: bytes) -> None:
    """Read a document as the server does, a page also as one that was fetched. Raises: InvalidInput, or a fault."""
    if name.endswith(".pls"):
        read_lexicon(content)
        return
    parse_document(content, filename=name, trust_name=False)
    if name.endswith(".html"):
        read_article(content)


def find_fault(seed: int, originals: Sequence[Seed]) -> Finding | None:
    """Read the case of a seed here; None where it was read or refused."""
    name, content = case_of(seed, originals)
    started = time.process_time()
    try:
        with contextlib.suppress(InvalidInput):
            read(name, content)
    except Exception:
        return Finding(seed, name, traceback.format_exc(limit=-8))
    taken_s = time.process_time() - started
    return Finding(seed, name, f"It took {taken_s:.1f} s.") if taken_s > LONGEST_S else None


def refused_files(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The names of files that are refused. To be called in a confined child."""
    return tuple(path for path in paths if _is_refused(Path(path)))


def _is_refused(path: Path) -> bool:
    try:
        read(path.name, path.read_bytes())
    except InvalidInput:
        return True
    return False


def find_faults(
    first_seed: int, step: int, deadline: float, cases: int | None, originals: Sequence[Seed]
) -> Iterator[Finding]:
    """Read cases in processes of their own, one after the other, until time or cases are up."""
    seed, done = first_seed, 0
    while time.monotonic() < deadline and (cases is None or done < cases):
        count = min(_CASES_OF_PROCESS, cases - done if cases is not None else _CASES_OF_PROCESS)
        stop = seed + count * step
        # Not forks: a limit on memory would count all that this process has.
        context = multiprocessing.get_context("spawn")
        reached: Synchronized[int] = context.Value("q", seed)
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(
            target=_read_cases, args=(originals, range(seed, stop, step), deadline, reached, sender)
        )
        child.start()
        sender.close()
        yield from _watched(child, receiver, reached, originals)
        done += (reached.value - seed) // step + 1
        seed = reached.value + step


def _read_cases(
    originals: Sequence[Seed],
    numbers: range,
    deadline: float,
    reached: "Synchronized[int]",
    sender: Connection,
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in numbers:
        if time.monotonic() > deadline:
            break
        reached.value = number
        finding = find_fault(number, originals)
        if finding is not None:
            sender.send(finding)
    sender.close()


def _watched(
    child: BaseProcess,
    receiver: Connection,
    reached: "Synchronized[int]",
    originals: Sequence[Seed],
) -> Iterator[Finding]:
    """What the child tells, and what becomes of it: that it ended, or reads the same document for too long."""
    at, since = reached.value, time.monotonic()
    while True:
        if receiver.poll(1):
            try:
                yield receiver.recv()
            except EOFError:
                break
        if reached.value != at:
            at, since = reached.value, time.monotonic()
        if time.monotonic() - since > 5 * LONGEST_S:
            os.kill(child.pid or 0, signal.SIGKILL)
            yield Finding(at, case_of(at, originals)[0], f"It took longer than {5 * LONGEST_S} s.")
            break
    child.join()
    if child.exitcode not in (0, -signal.SIGKILL):
        yield Finding(
            reached.value, case_of(reached.value, originals)[0], f"The process ended: {child.exitcode}."
        )


def main() -> int:
    """Fuzz, and return how many cases went wrong."""
    arguments = _arguments()
    deadline = time.monotonic() + arguments.minutes * 60
    faults = 0
    originals = [
        seed
        for seed in seeds(arguments.seeds)
        if arguments.format is None or seed.name.endswith(f".{arguments.format}")
    ]
    for finding in find_faults(arguments.seed, arguments.step, deadline, arguments.cases, originals):
        faults += 1
        print(f"seed {finding.seed}, {finding.name}: {finding.how}\n", flush=True)
        if arguments.keep is not None:
            (arguments.keep / f"{finding.seed}-{finding.name}").write_bytes(
                case_of(finding.seed, originals)[1]
            )
    print(f"{faults} documents went wrong.")
    return int(faults > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--format", choices=["epub", "docx", "pdf", "html", "md", "txt", "pls"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--step", type=int, default=1, help="take every n-th seed, to share them among processes"
    )
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seeds", type=Path, default=CORPUS, help="a folder of documents to make wrong")
    parser.add_argument("--keep", type=Path, help="a folder for documents that went wrong")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

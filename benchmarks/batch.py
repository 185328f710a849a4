"""What it costs to narrate a shelf of small books with one command, beside a command for each of them.

The books are narrated by `rhapsode narrate`, one after the other, by `rhapsode batch`, by the same again, which has
nothing to do, and by `rhapsode batch --server` with one book and with several at once; each but the second batch into
a data directory of its own. Told are seconds, and their ratio to those of the single commands.

    python -m benchmarks.batch
    python -m benchmarks.batch --books 40 --paragraphs 60 --voice Alder
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.server import serving

JOBS = (1, 2, 4)
SENTENCES = (
    "The boat number {} came in at six, and nobody stood on the quay.",
    "They climbed without a word, and far below the boat was turning.",
    "Somebody had lit the lamp of house {} before it was dark.",
)
PROGRAM = Path(sys.executable).with_name("rhapsode")


def write_shelf(folder: Path, books: int, paragraphs: int) -> list[Path]:
    """Books of chapters of ten paragraphs, no two of which are the same."""
    folder.mkdir()
    paths = [folder / f"book {number:03}.md" for number in range(books)]
    for number, path in enumerate(paths):
        path.write_text(
            "\n\n".join(
                f"# Chapter {place // 10 + 1}"
                if place % 10 == 0
                else " ".join(sentence.format(1_000 * number + place) for sentence in SENTENCES)
                for place in range(paragraphs)
            ),
            "utf-8",
        )
    return paths


def run(arguments: Sequence[str | Path], **variables: str) -> float:
    """Seconds that a command takes. Exits where it fails."""
    began_s = time.perf_counter()
    done = subprocess.run(
        [PROGRAM, *arguments], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - began_s


def run_single(books: Sequence[Path], voice: str, folder: Path) -> float:
    """Seconds that a command for each book takes."""
    folder.mkdir()
    common = ("--voice", voice, "--data", folder / "data")
    return sum(run(["narrate", book, "-o", folder / f"{book.stem}.zip", *common]) for book in books)


def run_elsewhere(shelf: Path, voice: str, folder: Path, jobs: int) -> float:
    """Seconds that a batch takes whose books a server narrates."""
    with serving(folder / "data") as server:
        return run(
            [
                "batch",
                shelf,
                "-o",
                folder / "out",
                "--voice",
                voice,
                "--server",
                server.url,
                "--jobs",
                str(jobs),
            ],
            RHAPSODE_API_KEY=server.headers["xi-api-key"],
        )


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--books", type=int, default=10)
    parser.add_argument("--paragraphs", type=int, default=30, help="of each book")
    parser.add_argument("--voice", default="Alder")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as name:
        folder, shelf = Path(name), Path(name) / "shelf"
        books = write_shelf(shelf, wanted.books, wanted.paragraphs)
        single_s = run_single(books, wanted.voice, folder / "single")
        print(f"{len(books)} books, a command for each: {single_s:.1f} s", flush=True)
        batch = ("batch", shelf, "-o", folder / "out", "--voice", wanted.voice, "--data", folder / "data")
        for what in ("one batch", "the same again"):
            tell(what, run(batch), single_s)
        for jobs in JOBS:
            took_s = run_elsewhere(shelf, wanted.voice, folder / f"server {jobs}", jobs)
            tell(f"through a server, {jobs} at once", took_s, single_s)


def tell(what: str, took_s: float, single_s: float) -> None:
    """Print how long it took, beside the single commands."""
    print(f"{what}: {took_s:.1f} s, {took_s / single_s:.2f} times", flush=True)


if __name__ == "__main__":
    main()

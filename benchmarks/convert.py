"""How near a whole conversion, from file to archive, comes to the work that can't be avoided.

Once by `rhapsode narrate`, once through a server that runs already, from the upload to the archive's last byte.

The floor: the same text through bare espeak-ng, soxr, FLAC and LAME on as many processes as cores, each
writing and syncing its bytes: no cache, no records, no alignment, no archive, and nothing can be resumed.
They are measured by turns; the medians are compared.

    python -m benchmarks.convert ../shared/corpus/epub/time-machine.epub --runs 3
"""

import argparse
import io
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import lameenc
import numpy as np
import psutil
import soundfile
import soxr

from benchmarks.changes import Book
from benchmarks.server import make_project, serving
from rhapsode.app import available_cores
from rhapsode.audio.encoding import LAME_QUALITY, MP3_128, SAMPLE_RATE_HZ
from rhapsode.authoring.voices import default_voice
from rhapsode.documents.parsing import parse_document
from rhapsode.engines.espeak.library import Library
from rhapsode.engines.espeak.protocol import Request
from rhapsode.engines.espeak.voices import TIMBRES
from rhapsode.voices.catalogue import engine_catalogue

SLICE_CHARACTERS = 2_500


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall-clock seconds, and processor seconds, of the whole machine: nothing else should run on it."""

    wall_s: float
    cpu_s: float


def spoken_texts(book: Path) -> list[str]:
    """The narrated blocks of a book, as `narrate` would speak them."""
    document = parse_document(book.read_bytes(), filename=book.name)
    blocks = (block for chapter in document.chapters if chapter.narrated for block in chapter.blocks)
    return [block.text for block in blocks if block.narrated and block.text.strip()]


def cut(texts: Sequence[str]) -> list[list[str]]:
    """Runs of texts of about SLICE_CHARACTERS."""
    runs: list[list[str]] = [[]]
    for text in texts:
        if sum(map(len, runs[-1])) >= SLICE_CHARACTERS:
            runs.append([])
        runs[-1].append(text)
    return runs


def run_floor(texts: Sequence[str], directory: Path) -> Measured:
    """Speak, resample, encode twice, write and sync, on as many processes as cores."""
    runs = [(index, run, directory) for index, run in enumerate(cut(texts))]

    def work() -> None:
        context = multiprocessing.get_context("spawn")
        with context.Pool(available_cores(), initializer=_load) as pool:
            pool.map(_render, runs, chunksize=1)
            pool.close()
            pool.join()

    return _measured(work)


_library: Library


def _load() -> None:
    global _library  # one library for each process of the pool
    _library = Library()


def _render(job: tuple[int, list[str], Path]) -> None:
    index, texts, directory = job
    for suffix, contents in zip(("flac", "mp3"), zip(*map(_encoded, texts), strict=True), strict=True):
        with (directory / f"{index}.{suffix}").open("wb") as file:
            file.writelines(contents)
            file.flush()
            os.fsync(file.fileno())


def _encoded(text: str) -> tuple[bytes, bytes]:
    timbre = TIMBRES[default_voice("en", engine_catalogue()).voice_id]
    request = Request(
        text=text,
        voice=f"en-us+{timbre.variant}",
        rate_wpm=timbre.rate_wpm,
        pitch=timbre.pitch,
        pitch_range=timbre.pitch_range,
        volume=timbre.volume,
        wall_ms=0,
    )
    _library.set_voice(request)
    samples = np.frombuffer(_library.speak(text)[0], np.int16)
    flac = io.BytesIO()
    soundfile.write(flac, samples, _library.sample_rate_hz, format="FLAC")
    resampled = soxr.resample(samples, _library.sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(MP3_128.bitrate_kbps)
    encoder.set_in_sample_rate(SAMPLE_RATE_HZ)
    encoder.set_channels(1)
    encoder.set_quality(LAME_QUALITY)
    encoder.silence()
    return flac.getvalue(), bytes(encoder.encode(resampled.tobytes()) + encoder.flush())


def run_narrate(book: Path, directory: Path) -> Measured:
    """`rhapsode narrate` from the file to the archive, start of Python included."""
    command = Path(sys.executable).with_name("rhapsode")
    arguments: list[str | Path] = [
        command,
        "narrate",
        book,
        "--data",
        directory / "data",
        "-o",
        directory / "book.zip",
    ]
    return _measured(lambda: subprocess.run(arguments, check=True, capture_output=True))


def run_server(book: Path, directory: Path) -> Measured:
    """The same through a server, as a client has it that looks twice a second whether it is done."""
    with serving(directory / "data") as server, server.client() as client:

        def work() -> None:
            project = Book(client, f"/v1/studio/projects/{make_project(client, book)}", directory / "data")
            project.download(project.convert())

        return _measured(work)


def _measured(work: Callable[[], object]) -> Measured:
    cpu_before_s, started_at_s = _cpu_s(), time.perf_counter()
    work()
    return Measured(time.perf_counter() - started_at_s, _cpu_s() - cpu_before_s)


def _cpu_s() -> float:
    # Of the whole machine: forks that speak outlive those who would be told of their time.
    times = psutil.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Measure by turns and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("book", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    texts = spoken_texts(arguments.book)
    print(f"{arguments.book.name}: {sum(map(len, texts)):,} characters, {available_cores()} cores")
    ways: dict[str, Callable[[Path], Measured]] = {
        "floor": lambda directory: run_floor(texts, directory),
        "narrate": lambda directory: run_narrate(arguments.book, directory),
        "server": lambda directory: run_server(arguments.book, directory),
    }
    results: dict[str, list[Measured]] = {name: [] for name in ways}
    for run in range(1, arguments.runs + 1):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as directory:
                results[name].append(way(Path(directory)))
        print(f"run {run}:", "; ".join(f"{name} {_words(results[name][-1])}" for name in ways))
    for name in ("narrate", "server"):
        wall = _median(results[name], "wall_s") / _median(results["floor"], "wall_s")
        cpu = _median(results[name], "cpu_s") / _median(results["floor"], "cpu_s")
        print(f"{name} / floor (medians): wall {wall:.2f}, processor time {cpu:.2f}")


def _median(results: Sequence[Measured], name: str) -> float:
    return float(statistics.median(getattr(result, name) for result in results))


def _words(measured: Measured) -> str:
    return f"{measured.wall_s:.1f} s wall, {measured.cpu_s:.1f} s cpu"


if __name__ == "__main__":
    main()

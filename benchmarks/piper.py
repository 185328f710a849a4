"""What Piper costs through Rhapsode, beside bare piper-tts with the encoders, on the same model, text and cores.

The floor: piper-tts says each paragraph in a process for each core, with one thread each; soxr, FLAC and LAME as in
`benchmarks.convert`, each run of paragraphs written and synced: no alignment, no cache, no records, no archive. It is
said once more by one process with as many threads. Then `rhapsode narrate` from the file to the archive, on a voice
that was installed and has spoken before. By turns; the medians are compared. Rhapsode's start is in its figures, so
the text should be as long as a short story.

Without --model the voice is one of random weights that costs what those of medium quality do (`piper_graph`). Where
RHAPSODE_TEST_VOICES names a folder of real ones, its first model is taken.

    python -m benchmarks.piper --characters 40000 --runs 3
"""

import argparse
import functools
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.voice_graphs import VoiceFiles

from benchmarks.convert import cut
from benchmarks.orphans import adopt_orphans, wait_for_orphans
from rhapsode.app import available_cores
from rhapsode.audio.encoding import LAME_QUALITY, MP3_128

_WHO = ("keeper", "pilot", "stranger", "captain", "widow", "clerk", "child", "fisherman", "doctor", "painter")
_DID = (
    "waited",
    "listened",
    "laughed",
    "was seen",
    "fell asleep",
    "stood",
    "sang",
    "lost a glove",
    "came by",
)
_WHERE = (
    "by the gate",
    "at the harbour",
    "behind the church",
    "on the stairs",
    "near the light",
    "in the rain",
)
_THEN = (
    "and nobody asked why.",
    "and the wind turned before anyone had closed the window.",
    "as on every evening of that year; the ledger says so.",
    "until the bell was heard, far out, behind the breakwater.",
    "“because,” she said, “there was nothing else to do.”",
)
_FIRST = "The boats came in one after the other before the rain."
_PARAGRAPH_SENTENCES = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds: elapsed, of processors, and of the audio that was made."""

    wall_s: float
    cpu_s: float
    audio_s: float


def paragraphs(characters: int) -> list[str]:
    """So much text, without numbers and the like: what is spoken is what is written, and nothing is said twice."""
    parts = list(itertools.product(_WHO, _DID, _WHERE, _THEN))
    random.Random(1).shuffle(parts)
    sentences = (f"The {who} {did} {where}, {then}" for who, did, where, then in parts)
    found: list[str] = []
    while sum(map(len, found)) < characters:
        found.append(" ".join(itertools.islice(sentences, _PARAGRAPH_SENTENCES)))
    return found


def find_voice(model: Path | None, folder: Path) -> VoiceFiles:
    """The one that was asked for, a real one, or one of random weights."""
    real = os.environ.get("RHAPSODE_TEST_VOICES")
    found = [model] if model else sorted(Path(real).glob("**/*.onnx")) if real else []
    for each in found:
        if Path(f"{each}.json").exists():
            return VoiceFiles(each, Path(f"{each}.json"))
    from benchmarks.piper_graph import export

    return export(folder)


def run_bare(
    voice: VoiceFiles, texts: Sequence[str], folder: Path, *, processes: int, threads: int
) -> Measured:
    """`benchmarks.bare_piper`, start of Python included."""
    job = {
        "model": str(voice.model),
        "config": str(voice.config),
        "folder": str(folder),
        "runs": cut(texts),
        "processes": processes,
        "threads": threads,
        "bitrate_kbps": MP3_128.bitrate_kbps,
        "lame_quality": LAME_QUALITY,
    }
    (folder / "job.json").write_text(json.dumps(job))

    def work() -> float:
        program = [sys.executable, "-m", "benchmarks.bare_piper", str(folder / "job.json")]
        # It would tell the maker of onnxruntime of each model.
        environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
        return float(subprocess.run(program, check=True, capture_output=True, env=environment).stdout)

    return measured(work)


def command(*arguments: str | Path) -> None:
    """Run `rhapsode`. Raises: CalledProcessError."""
    program = Path(sys.executable).with_name("rhapsode")
    subprocess.run([program, *arguments], check=True, capture_output=True)


def run_narrate(voice: VoiceFiles, texts: Sequence[str], folder: Path) -> Measured:
    """`rhapsode narrate` from the file to the archive, start of Python included."""
    data, archive = folder / "data", folder / "book.zip"
    command("voices", "install", voice.model, "--data", data)
    name = json.loads(voice.config.read_text("utf-8"))["dataset"].title()
    for file, said in (("before.txt", [_FIRST]), ("book.txt", texts)):
        (folder / file).write_text("\n\n".join(said))
    # Once for each voice its level is measured; that it isn't measured again is what is measured here.
    command("narrate", folder / "before.txt", "--voice", name, "--data", data, "-o", folder / "before.zip")

    def work() -> float:
        command("narrate", folder / "book.txt", "--voice", name, "--data", data, "-o", archive)
        return _audio_s(archive)

    return measured(work)


def _audio_s(archive: Path) -> float:
    # At a constant rate, pauses included.
    assert MP3_128.bitrate_kbps is not None
    return archive.stat().st_size * 8 / (MP3_128.bitrate_kbps * 1000)


def measured(work: Callable[[], float]) -> Measured:
    """Do work that returns the seconds of its audio. Only its own processes count, however they were left behind."""
    started_s, before_s = time.perf_counter(), _cpu_s()
    audio_s = work()
    wall_s = time.perf_counter() - started_s
    wait_for_orphans()
    return Measured(wall_s, _cpu_s() - before_s, audio_s)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure by turns and print the ratios of the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, help="a voice's .onnx, with its .onnx.json beside it")
    parser.add_argument("--characters", type=int, default=40_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    adopt_orphans()
    cores, texts = available_cores(), paragraphs(arguments.characters)
    with tempfile.TemporaryDirectory(prefix="rhapsode-bench-voice-") as folder:
        voice = find_voice(arguments.model, Path(folder))
        print(f"{voice.model.name}: {sum(map(len, texts)):,} characters, {cores} cores")
        bare = functools.partial(run_bare, voice, texts)
        ways: dict[str, Callable[[Path], Measured]] = {
            f"{cores} processes": functools.partial(bare, processes=cores, threads=1),
            f"{cores} threads": functools.partial(bare, processes=1, threads=cores),
            "rhapsode": functools.partial(run_narrate, voice, texts),
        }
        compare(ways, arguments.runs)


def compare(ways: dict[str, Callable[[Path], Measured]], runs: int) -> None:
    """Print each run, and how all ways compare with the first."""
    results: dict[str, list[Measured]] = {name: [] for name in ways}
    for run in range(1, runs + 1):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory(prefix="rhapsode-bench-") as folder:
                results[name].append(way(Path(folder)))
            print(f"run {run}: {name:<12} {_words(results[name][-1])}", flush=True)
    floor, *others = ways
    for name in others:
        cpu, wall = (
            _median(results[name], what) / _median(results[floor], what) for what in ("cpu_s", "wall_s")
        )
        print(f"{name} / {floor} (medians): processor time {cpu:.3f}, wall {wall:.3f}")


def _median(results: Sequence[Measured], what: str) -> float:
    return float(statistics.median(getattr(result, what) for result in results))


def _words(result: Measured) -> str:
    speed = result.audio_s / result.cpu_s
    return (
        f"{result.audio_s:6.1f} s of audio, {result.wall_s:6.1f} s wall, {result.cpu_s:6.1f} s of processors, "
        f"{speed:.1f} x real time a core"
    )


if __name__ == "__main__":
    main()

"""How far forced alignment is from the truth, and what an hour of it costs.

One espeak voice reads, and its own timing is the truth; the aligner lets another read along. Voices, tempos,
languages and rooms differ, sentences have pauses of different lengths between them, and something is missing or said
twice. Human readers differ more: this is the least error that is to be expected, and all of it is the aligner's.
Where RHAPSODE_TEST_RECORDINGS names a folder, its recordings are measured too: beside each `x.wav` an `x.json`,
{"language": "en", "words": [{"text": "The", "start": 0.31}, ...]}, in seconds.

    python -m benchmarks.aligner ../shared/corpus/epub/time-machine.epub --minutes 60
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks import readings
from benchmarks.readings import DAMAGES, Recording, record, speak
from rhapsode.documents.parsing import parse_document
from rhapsode.engines.aligner import align_reading
from rhapsode.engines.engine import Speech
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.text.sentences import split_segments

ALIGNER = "espeak_alder"
CHARACTERS_PER_MINUTE = 900
PASSAGE_CHARACTERS = 1_500
FAR_MS = 50
VOICES = (
    ("espeak_birch", "en-US"),
    ("espeak_cedar", "en-US"),
    ("espeak_willow", "en-US"),
    ("espeak_aspen", "en-US"),
    ("espeak_oak", "en-US"),
    ("espeak_holly", "en-GB"),
    ("espeak_myrtle", "en-GB"),
    ("espeak_pine", "en-GB-scotland"),
    ("espeak_mahogany", "en-029"),
)
DAMAGED = (("espeak_birch", "en-US"), ("espeak_holly", "en-GB"))
PASSAGES = {
    "de": "Der Hafen war still, als Ida die Treppe herunterkam, und die Lampen am Kai waren eben erst angezündet"
    " worden. Niemand hatte ihr gesagt, dass das Boot sich verspäten würde. Der Brief in ihrer Tasche war von ihrem"
    " Bruder; er war kurz und schlecht gelaunt.",
    "es": "El puerto estaba tranquilo cuando Ida bajó las escaleras, y las lámparas del muelle acababan de"
    " encenderse. Nadie le había dicho que el barco llegaría tarde. La carta en su bolsillo era de su hermano.",
    "fi": "Satama oli hiljainen, kun Ida tuli portaita alas, ja laiturin lamput oli juuri sytytetty. Kukaan ei"
    " ollut kertonut hänelle, että vene myöhästyisi. Kirje hänen taskussaan oli hänen veljeltään; se oli lyhyt.",
    "fr": "Le port était calme quand Ida descendit l'escalier, et les lampes du quai venaient d'être allumées."
    " Personne ne lui avait dit que le bateau serait en retard. La lettre dans sa poche venait de son frère.",
    "hi": "जब इडा सीढ़ियों से नीचे आई तो बंदरगाह शांत था, और घाट के दीये अभी अभी जलाए गए थे। किसी ने उसे नहीं बताया"
    " था कि नाव देर से आएगी।",
    "ru": "Тихо было, когда Ида спустилась по лестнице, и фонари на набережной только что зажгли. Никто не"
    " сказал ей, что лодка опоздает. Письмо в её кармане было от брата; оно было короткое и сердитое.",
}


def measure(name: str, text: str, recording: Recording, *, language: str = "en-US") -> NDArray[np.float64]:
    """Align, and print and return how far the beginnings of words are off, in ms."""
    found = align_reading(recording.samples, recording.rate_hz, text, language, second_reader)
    words = np.array([start for start in word_starts(text) if recording.starts[start] >= 0])
    off = np.array(found.alignment.boundaries)[words] - recording.starts[words]
    errors_ms: NDArray[np.float64] = np.abs(off) / recording.rate_hz * 1000
    print(f"{name:<44}{_summary(errors_ms)}  loss {np.mean(found.losses):.2f}")
    return errors_ms


def second_reader(text: str, language: str) -> Speech:
    """Who reads along."""
    return speak(text, ALIGNER, language=language)


def _summary(errors_ms: NDArray[np.float64]) -> str:
    return (
        f"{len(errors_ms):6} words  median {np.median(errors_ms):5.1f} ms  mean {errors_ms.mean():6.1f}"
        f"  95 % {np.percentile(errors_ms, 95):6.1f}  over {FAR_MS} ms {np.mean(errors_ms > FAR_MS):6.2%}"
    )


def word_starts(text: str) -> Iterator[int]:
    """Where words begin."""
    for index, character in enumerate(text):
        if character.isalnum() and (index == 0 or text[index - 1].isspace()):
            yield index


def book_text(book: Path, character_count: int) -> str:
    """The beginning of what of a book is narrated."""
    document = parse_document(book.read_bytes(), filename=book.name)
    paragraphs = (
        block.text
        for chapter in document.chapters
        if chapter.narrated
        for block in chapter.blocks
        if block.narrated
    )
    return "\n\n".join(paragraphs)[:character_count]


def measure_readings(text: str) -> None:
    """Every voice, every tempo, every damage and every language."""
    errors_ms = [measure(f"{voice} {tag}", text, record(text, voice, language=tag)) for voice, tag in VOICES]
    for voice_id, language in DAMAGED:
        for speed in (0.75, 1.2):
            reading = record(text, voice_id, language=language, speed=speed)
            errors_ms.append(measure(f"{voice_id}, at {speed} times the tempo", text, reading))
        reading = record(text, voice_id, language=language, speed=None, pause=readings.pauses())
        errors_ms.append(measure(f"{voice_id}, any tempo, with pauses", text, reading))
        for name, damage in DAMAGES.items():
            errors_ms.append(measure(f"{voice_id}, with pauses, {name}", text, damage(reading)))
    for language, passage in PASSAGES.items():
        for voice_id in ("espeak_birch", "espeak_elm"):
            reading = record(passage, voice_id, language=language)
            errors_ms.append(measure(f"{voice_id} {language}", passage, reading, language=language))
    print(f"{'all of them':<44}{_summary(np.concatenate(errors_ms))}")


def measure_recordings(folder: Path) -> None:
    """Those whose times somebody has written down."""
    for path in sorted(folder.glob("*.wav")):
        known = json.loads(path.with_suffix(".json").read_text("utf-8"))
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
        text = " ".join(word["text"] for word in known["words"])
        starts = np.full(len(text), -1, np.int64)
        places = np.cumsum([0, *(len(word["text"]) + 1 for word in known["words"])])[:-1]
        starts[places] = [round(word["start"] * rate_hz) for word in known["words"]]
        mono = samples[:, 0].copy()
        measure(path.name, text, Recording(mono, starts, rate_hz), language=known.get("language", "en-US"))


def measure_length(text: str) -> None:
    """A long reading: how many times faster than it is heard, against espeak alone, and in how much memory."""
    reading = record(text, "espeak_birch", speed=None, pause=readings.pauses())
    length_s = reading.samples.size / reading.rate_hz
    # espeak speaks in processes whose time nobody is told, so it is by the clock; the rest is this process's own.
    started_s = time.perf_counter()
    for first, last in split_segments(text, language="en-US", max_characters=MAX_SEGMENT_CHARACTERS):
        second_reader(text[first:last], "en-US")
    spoken_s = time.perf_counter() - started_s
    before_mib = _forget_highest_mib()
    started_s = time.process_time()
    measure(f"{length_s / 60:.0f} minutes", text, reading)
    aligned_s = time.process_time() - started_s + spoken_s
    grown_mib = _highest_mib() - before_mib
    print(
        f"{length_s:.0f} s took {aligned_s:.1f} s of one core, of which espeak's reading took {spoken_s:.1f} at most:"
        f" {length_s / aligned_s:.0f} x real time, and {aligned_s / spoken_s:.1f} x what espeak takes by itself;"
        f" {grown_mib:.0f} MiB more than before, without the samples"
    )


def _forget_highest_mib() -> float:
    """Begin anew with what is in use now, which is returned."""
    Path("/proc/self/clear_refs").write_text("5")
    return _highest_mib()


def _highest_mib() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0, help="about how long the long reading is")
    arguments = parser.parse_args()
    long_text = book_text(arguments.book, round(arguments.minutes * CHARACTERS_PER_MINUTE))
    assert len(long_text) > MAX_SEGMENT_CHARACTERS
    # First, as memory that was in use before isn't counted.
    measure_length(long_text)
    measure_readings(book_text(arguments.book, PASSAGE_CHARACTERS))
    if folder := os.environ.get("RHAPSODE_TEST_RECORDINGS"):
        measure_recordings(Path(folder))


if __name__ == "__main__":
    main()

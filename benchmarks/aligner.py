"""How far forced alignment is from the truth, and what an hour of it costs.

One espeak voice reads, and its own timing is the truth; the aligner lets another read along. Sentences of the reading
have different speeds and pauses of different lengths between them, as people's have. Human readers differ more: this
is the least error that is to be expected, and all of it is the aligner's.

    python -m benchmarks.aligner ../shared/corpus/epub/time-machine.epub --minutes 60
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rhapsode.documents.parsing import parse_document
from rhapsode.engines.aligner import align_reading
from rhapsode.engines.engine import Speech
from rhapsode.engines.registry import get_engine, get_voice
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.sentences import split_segments

ALIGNER = "espeak_alder"
RATE_HZ = 22_050
CHARACTERS_PER_MINUTE = 900
SENTENCE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Recording:
    """A reading. starts: the sample at which each character begins."""

    samples: NDArray[np.int16]
    starts: NDArray[np.int64]


def speak(text: str, voice_id: str, *, language: str = "en-US", speed: float = 1.0) -> Speech:
    """Speak with espeak."""
    settings = VoiceSettings(speed=speed)
    return get_engine("espeak").synthesize(
        text, voice=get_voice(voice_id), language=language, settings=settings
    )


def record(text: str, voice_id: str, *, language: str, speed: float | None, pauses: bool) -> Recording:
    """Read a text sentence by sentence; speed None is another for each, from 0.8 to 1.2."""
    rng = np.random.default_rng(1)
    pieces, starts, end = [], [], 0
    for first, last in split_segments(text, language=language, max_characters=SENTENCE_CHARACTERS):
        speech = speak(
            text[first:last], voice_id, language=language, speed=speed or float(rng.uniform(0.8, 1.2))
        )
        silence = np.zeros(round(rng.exponential(0.5) * RATE_HZ) if pauses else 0, np.int16)
        starts.append(end + np.array(speech.alignment.boundaries[:-1]))
        pieces += [speech.samples, silence]
        end += speech.samples.size + silence.size
    return Recording(np.concatenate(pieces), np.concatenate(starts))


def with_noise(samples: NDArray[np.int16], *, snr_db: float) -> NDArray[np.int16]:
    """White noise so far under the level of the speech."""
    level = np.sqrt(np.mean(samples[samples != 0].astype(float) ** 2) / 10 ** (snr_db / 10))
    noise = np.random.default_rng(2).normal(0, level, samples.size).astype(np.float32)
    noisy: NDArray[np.int16] = np.clip(samples + noise, -(2**15), 2**15 - 1).astype(np.int16)
    return noisy


def measure(name: str, text: str, recording: Recording) -> None:
    """Align, and print the error over the beginnings of words."""
    started_s = time.perf_counter()
    found = align_reading(recording.samples, RATE_HZ, text, "en-US", lambda piece, _: speak(piece, ALIGNER))
    elapsed_s = time.perf_counter() - started_s
    words = np.array(list(word_starts(text)))
    errors_ms = np.abs(np.array(found.alignment.boundaries)[words] - recording.starts[words]) / RATE_HZ * 1000
    print(
        f"{name:<44}{recording.samples.size / RATE_HZ:7.0f} s {len(words):6} words  mean {errors_ms.mean():6.1f} ms"
        f"  median {np.median(errors_ms):5.1f}  95 % {np.percentile(errors_ms, 95):6.1f}  loss"
        f" {np.mean(found.losses):.2f}  in {elapsed_s:5.1f} s"
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


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0, help="about how long each reading is")
    arguments = parser.parse_args()
    text = book_text(arguments.book, round(arguments.minutes * CHARACTERS_PER_MINUTE))
    assert len(text) > MAX_SEGMENT_CHARACTERS
    for voice_id, language in (
        ("espeak_rowan", "en-US"),
        ("espeak_birch", "en-US"),
        ("espeak_holly", "en-GB"),
    ):
        plain = record(text, voice_id, language=language, speed=1.0, pauses=False)
        measure(f"{voice_id} {language}", text, plain)
        noisy = Recording(with_noise(plain.samples, snr_db=20), plain.starts)
        measure(f"{voice_id} {language}, noise at 20 dB", text, noisy)
        fast = record(text, voice_id, language=language, speed=1.2, pauses=False)
        measure(f"{voice_id} {language}, 1.2 times as fast", text, fast)
        free = record(text, voice_id, language=language, speed=None, pauses=True)
        measure(f"{voice_id} {language}, any speed, with pauses", text, free)
    print(
        f"highest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, readings included"
    )


if __name__ == "__main__":
    main()

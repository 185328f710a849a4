"""How often speech is called flawed that isn't, how often what is flawed is found, and what looking costs.

espeak reads every paragraph of the books, and the sentences of a list in many languages, where none should be
flawed. Then paragraphs are spoiled: a stretch is said twice by espeak itself, most is cut off, all is silenced, a
sound is held, the tops are cut off. The cost is told against keeping the same speech as FLAC and encoding it as MP3,
in the same run, as processor time.

    python -m benchmarks.flaws ../shared/corpus/epub/time-machine.epub ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import encode_segment, to_44100, to_flac
from rhapsode.audio.encoding import MP3_128
from rhapsode.audio.flaws import find_flaws
from rhapsode.audio.pace import UNKNOWN_PACE, Pace, pace_of
from rhapsode.documents.parsing import parse_document
from rhapsode.engines.registry import get_engine
from rhapsode.studio.limits import MAX_SEGMENT_CHARACTERS
from rhapsode.studio.voice import VoiceSettings
from rhapsode.text.preparation import Preparation, split_prepared
from rhapsode.voices.catalogue import engine_catalogue

Samples = NDArray[np.int16]
VOICE = "espeak_alder"
RATE_HZ = 22_050
SPOILED, SPOILED_EVERY, SPOILED_FROM_S, SPOILED_TO_S = 100, 3, 6, 60
ENCODED_EVERY = 8
SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "engines" / "sentences.tsv"


def speak(text: str, language: str = "en-US", *, speed: float = 1.0) -> Samples:
    """Speak with espeak."""
    settings = VoiceSettings(speed=speed)
    return (
        get_engine("espeak")
        .synthesize(text, voice=engine_catalogue().get(VOICE), language=language, settings=settings)
        .samples
    )


def paragraphs(book: Path) -> Iterator[str]:
    """What is spoken for each paragraph of a book."""
    document = parse_document(book.read_bytes(), filename=book.name)
    for chapter in document.chapters:
        for block in chapter.blocks:
            if chapter.narrated and block.text.strip():
                parts = split_prepared(
                    block.text,
                    Preparation(normalized_as="en"),
                    language="en-US",
                    max_characters=MAX_SEGMENT_CHARACTERS,
                )
                yield from (part.spoken_text for part in parts if part.spoken_text.strip())


@dataclass
class Costs:
    """Processor time for the same stretches of audio. audio_s: how long they are."""

    audio_s: float = 0.0
    looked_s: float = 0.0
    encoded_s: float = 0.0

    def add(self, text: str, samples: Samples, pace: Pace) -> None:
        """Look at speech, and do with it what a conversion does at least."""
        started_s = time.process_time()
        find_flaws(samples, RATE_HZ, text, pace)
        looked_s = time.process_time()
        to_flac(samples, RATE_HZ)
        encode_segment(to_44100(samples, RATE_HZ), MP3_128)
        self.audio_s += samples.size / RATE_HZ
        self.looked_s += looked_s - started_s
        self.encoded_s += time.process_time() - looked_s


def count_alarms(name: str, texts: list[str]) -> tuple[list[tuple[str, Samples]], Pace]:
    """Let a book be read and look at it, before and after the voice's pace is known; print alarms and costs."""
    costs, audio_s, alarm_count = Costs(), 0.0, 0
    pace, read = UNKNOWN_PACE, []
    for number, text in enumerate(texts):
        samples = speak(text)
        found = find_flaws(samples, RATE_HZ, text, pace)
        alarm_count += bool(found)
        for flaw in found:
            print(f"  {flaw}: {text[:100]}")
        if not pace.is_known:
            pace = pace.plus(pace_of(text, samples.size / RATE_HZ))
        if number % ENCODED_EVERY == 0:
            costs.add(text, samples, pace)
        audio_s += samples.size / RATE_HZ
        if SPOILED_FROM_S <= samples.size / RATE_HZ <= SPOILED_TO_S and number % SPOILED_EVERY == 0:
            read.append((text, samples))
    print(
        f"{name}: {alarm_count} alarms in {len(texts)} passages, {audio_s / 3600:.2f} h; looking takes "
        f"{costs.looked_s / costs.audio_s * 1e6:.0f} us for a second of audio, "
        f"{costs.looked_s / costs.encoded_s:.2%} of keeping and encoding it"
    )
    return read[:SPOILED], pace


def count_alarms_in_languages() -> None:
    """Sentences in every language, at three speeds, and the first word of each."""
    count, alarms = 0, []
    for line in SENTENCES.read_text().splitlines():
        language, sentence = line.split("\t")[:2]
        for text, speed in itertools.product((sentence, sentence.split()[0]), (0.7, 1.0, 1.2)):
            count += 1
            found = find_flaws(speak(text, language, speed=speed), RATE_HZ, text)
            alarms += [(language, *found)] * bool(found)
    print(
        f"{count} sentences and words in {len(SENTENCES.read_text().splitlines())} languages: {alarms or 'no alarm'}"
    )


def count_found(read: list[tuple[str, Samples]], pace: Pace) -> None:
    """Spoil passages in every way, and print how often it is noticed."""
    for name, flaw, spoil in WAYS:
        found = [flaw in find_flaws(spoil(text, samples), RATE_HZ, text, pace) for text, samples in read]
        print(f"  {name:<44}{sum(found) / len(found):>6.0%} found")


def said_twice(text: str, _: Samples) -> Samples:
    """A stretch of 4 to 16 words is said again by the engine, as if it stood there twice."""
    words = text.split(" ")
    count = min(len(words), random.randint(4, 16))
    start = random.randint(0, len(words) - count)
    end = start + count
    return speak(" ".join(words[:end] + words[start:end] + words[end:]))


def copied(_: str, samples: Samples) -> Samples:
    """One and a half to four seconds are there twice."""
    size = random.randint(RATE_HZ * 3 // 2, 4 * RATE_HZ)
    start = random.randint(0, max(0, samples.size - size))
    return np.concatenate([samples[: start + size], samples[start:]])


def held(_: str, samples: Samples) -> Samples:
    """A vowel goes on for two seconds, in the middle."""
    middle = samples.size // 2
    wave = np.sin(np.arange(2 * RATE_HZ) * 2 * np.pi * 150 / RATE_HZ)
    return np.concatenate([samples[:middle], (6_000 * wave).astype(np.int16), samples[middle:]])


def cut_off(_: str, samples: Samples) -> Samples:
    """Two thirds are missing."""
    return samples[: samples.size // 3]


def rambling(_: str, samples: Samples) -> Samples:
    """It goes on backwards for one and a half times its length: sounds of speech that say nothing."""
    return np.concatenate([samples, samples[::-1], samples[::-2]])


def silenced(_: str, samples: Samples) -> Samples:
    """A hiss of nothing."""
    return (samples // 2_000).astype(np.int16)


def clipped(_: str, samples: Samples) -> Samples:
    """20 dB louder than there is room for."""
    return np.clip(samples.astype(np.int32) * 10, -32_768, 32_767).astype(np.int16)


WAYS: tuple[tuple[str, str, Callable[[str, Samples], Samples]], ...] = (
    ("4 to 16 words said twice", "repeated", said_twice),
    ("1.5 to 4 s copied", "repeated", copied),
    ("a sound held for 2 s", "repeated", held),
    ("two thirds cut off", "short", cut_off),
    ("goes on for one and a half times as long", "long", rambling),
    ("silenced", "silent", silenced),
    ("clipped", "clipped", clipped),
)


def main() -> None:
    """Count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("books", nargs="+", type=Path)
    books: list[Path] = parser.parse_args().books
    random.seed(1)
    count_alarms_in_languages()
    for book in books:
        read, pace = count_alarms(book.name, list(paragraphs(book)))
        count_found(read, pace)


if __name__ == "__main__":
    main()

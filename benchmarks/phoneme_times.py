"""How exactly the phonemes of a text are told their characters, and what that costs.

espeak-ng speaks texts and tells when each of its words and phonemes begins. The phonemes that a neural voice would be
fed of the same text get these times, as if a voice had said them, and from them come the times of the characters;
how far the words' beginnings are from where espeak-ng itself has them is the error. Two ways of finding the places
are compared: by the events of espeak-ng, as it is done, and without them, by what each word sounds like alone.

    python -m benchmarks.phoneme_times ../shared/corpus/epub/time-machine.epub
"""

import argparse
import functools
import itertools
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from rhapsode.documents.parsing import parse_document
from rhapsode.engines.espeak.languages import ESPEAK_LANGUAGES
from rhapsode.engines.espeak.timing import Event, as_letters, character_boundaries, words_between
from rhapsode.engines.phonemes import boundaries
from rhapsode.engines.phonemes.boundaries import TimedPhonemes
from rhapsode.engines.phonemes.cuts import first_sounds
from rhapsode.engines.phonemes.library import LoadedEspeak
from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.phonemizer import Phonemizer
from rhapsode.text.sentences import split_segments

SENTENCES = Path(__file__).parent.parent / "tests" / "data" / "engines" / "sentences.tsv"
RATE_HZ = 22_050
SPOKEN_WPM, ASKED_WPM = 175, 400
MAX_CHARACTERS = 300
CLOSE_MS = 20.0
_MARKS = re.compile(r'[\s;:,.!?¡¿—…"«»“”(){}\[\]]')


class Reading(NamedTuple):
    """A text as espeak-ng speaks it: the same events twice, with its own names of phonemes and in IPA."""

    own: Sequence[Event]
    ipa: Sequence[Event]

    @property
    def sample_count(self) -> int:
        """Where the last event is."""
        return self.own[-1][1]


class SpeakingEspeak(LoadedEspeak):
    """The library as it speaks: with the times of a voice that people hear."""

    def read(self, text: str) -> Reading | None:
        """A text at the usual pace; None where its events in IPA aren't the same ones."""
        own, ipa = self.spoken(text, in_ipa=False), self.spoken(text, in_ipa=True)
        if [bool(event[3]) for event in own] != [bool(event[3]) for event in ipa]:
            return None
        # The samples of one reading: the library never speaks a text twice in quite the same way.
        timed = [(name, *event[1:]) for (name, *_), event in zip(ipa, own, strict=True)]
        return Reading(own, [event for event in timed if event[0] or event[3]])

    def spoken(self, text: str, *, in_ipa: bool) -> Sequence[Event]:
        """The events of a text at the usual pace."""
        self._library.espeak_ng_SetPhonemeEvents(1, int(in_ipa))
        self._library.espeak_SetParameter(1, SPOKEN_WPM, 0)
        events = list(self.events(text))
        self._library.espeak_SetParameter(1, ASKED_WPM, 0)
        self._library.espeak_ng_SetPhonemeEvents(1, 1)
        return events

    def mnemonics(self, word: str) -> list[str]:
        """The phonemes of a word by itself, as espeak-ng writes them."""
        return [phoneme for phoneme, *_ in self.spoken(word, in_ipa=False) if phoneme]


def timed(reading: Reading, phonemes: Phonemes) -> TimedPhonemes | None:
    """Phonemes as if a voice had said them at espeak-ng's times; None where it says others in the whole text.

    What stands between two sounds has no time of its own.
    """
    # A word begins with what its first sound needs before it is heard.
    begins = iter(
        [
            sound[1] if before[0] else before[1]
            for before, sound in pairwise([("_", 0, 0, 0), *reading.ipa])
            for _ in sound[0]
        ]
    )
    heard = "".join(phoneme for phoneme, *_ in reading.ipa)
    said = [place for place, symbol in enumerate(phonemes.symbols) if not _MARKS.match(symbol)]
    if heard != "".join(phonemes.symbols[place] for place in said):
        return None
    edges = [reading.sample_count] * (len(phonemes.symbols) + 1)
    for place in said:
        edges[place] = next(begins)
    for place in range(len(edges) - 2, -1, -1):
        edges[place] = min(edges[place], edges[place + 1])
    return TimedPhonemes(phonemes, edges)


@functools.cache
def alone(espeak: SpeakingEspeak, _voice: str, word: str) -> str:
    """What a word sounds like by itself in the voice set last, which is `_voice`."""
    return "".join(clause.phonemes for clause in espeak.clauses(word)).replace(" ", "")


def by_words_alone(espeak: SpeakingEspeak, voice: str, text: str) -> Phonemes:
    """The other way: no events, but the phonemes of each word by itself, laid upon those of the text."""
    symbols = " ".join(clause.phonemes for clause in espeak.clauses(text))
    sounds = [place for place, symbol in enumerate(symbols) if not symbol.isspace()]
    words = words_between(as_letters(text), 0, len(text))
    each = [alone(espeak, voice, text[start:end]) for start, end in words]
    firsts = [*first_sounds("".join(symbols[place] for place in sounds), each), len(sounds)]
    spans = [(0, 0)] * len(symbols)
    for word, (first, after) in zip(words, pairwise(firsts), strict=True):
        for place in range(first, after):
            spans[sounds[place]] = word
    for place in range(1, len(symbols)):
        spans[place] = max(spans[place], spans[place - 1])
    return Phonemes(symbols, spans)


def errors_ms(espeak: SpeakingEspeak, reading: Reading, phonemes: Phonemes, text: str) -> Iterator[float]:
    """How far each word's beginning is from where espeak-ng's own engine finds it (engines.espeak.timing)."""
    spoken = timed(reading, phonemes)
    if spoken is None:
        return
    count = reading.sample_count
    true = character_boundaries(text, reading.own, sample_count=count, phonemes_of=espeak.mnemonics)
    found = boundaries.character_boundaries(len(text), [spoken], sample_count=count)
    for start, _ in words_between(as_letters(text), 0, len(text)):
        yield abs(found[start] - true[start]) * 1000 / RATE_HZ


Texts = Sequence[tuple[str, str]]
"""Each with the name of the voice that says it."""


def report(name: str, espeak: SpeakingEspeak, texts: Texts) -> None:
    """Print the errors of both ways, and the processor time of each for a thousand characters."""
    phonemizer = Phonemizer(espeak)
    ways: dict[str, Callable[[str, str], Phonemes]] = {
        "by events": lambda _voice, text: phonemizer.line(text),
        "by words alone": functools.partial(by_words_alone, espeak),
    }
    errors: dict[str, list[float]] = {way: [] for way in ways}
    spent_s = dict.fromkeys(ways, 0.0)
    for voice, text in texts:
        phonemizer.set_voice(voice)
        reading = espeak.read(text)
        if reading is None:
            continue
        for way, place in ways.items():
            began = time.process_time()
            placed = place(voice, text)
            spent_s[way] += time.process_time() - began
            errors[way] += errors_ms(espeak, reading, placed, text)
    characters = sum(len(text) for _, text in texts)
    for way, found in errors.items():
        close = sum(error <= CLOSE_MS for error in found) / len(found)
        print(
            f"{name:14} {way:15} {len(found):6} words: {statistics.mean(found):6.1f} ms mean,"
            f" {sorted(found)[int(0.99 * len(found))]:6.0f} ms at 99 %, {close:7.2%} within {CLOSE_MS:.0f} ms;"
            f" {spent_s[way] * 1e6 / characters:5.1f} ms for 1,000 characters"
        )


def sentences_of(book: Path) -> Iterator[str]:
    """The sentences of a book."""
    for chapter in parse_document(book.read_bytes(), filename=book.name).chapters:
        for block in chapter.blocks:
            for start, end in split_segments(block.text, language="en", max_characters=MAX_CHARACTERS):
                yield block.text[start:end].strip()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path, help="in English")
    parser.add_argument("--sentences", type=int, default=200)
    arguments = parser.parse_args()
    said = list(itertools.islice(filter(None, sentences_of(arguments.book)), arguments.sentences))
    lines = [line.split("\t") for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    espeak = SpeakingEspeak()
    report(arguments.book.stem, espeak, [("en-us", text) for text in said])
    report("languages", espeak, [(ESPEAK_LANGUAGES[tag], text) for tag, text in lines])


if __name__ == "__main__":
    main()

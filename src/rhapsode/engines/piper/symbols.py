"""From phonemes to the numbers a Piper voice is fed, and from their durations to where each is heard.

Values in, values out. A voice is fed BEGIN, PAD, then for each symbol its numbers and PAD, and END at last; it
answers with the frames of each number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.piper.config import BEGIN, END, PAD


@dataclass(frozen=True, slots=True)
class Fed:
    """What a voice is fed at once.

    ids: the numbers.    counts: how many of them each symbol has, with what stands behind it that is no symbol's;
    the first has what begins the sentence too, and the last what ends it.
    """

    phonemes: Phonemes
    ids: Sequence[int]
    counts: Sequence[int]

    def edges(self, frames: Sequence[int], *, hop_samples: int, start_sample: int) -> list[int]:
        """Where each symbol begins, and where the last ends, in samples. frames: of each number."""
        begins = list(accumulate(frames, initial=0))
        places = accumulate(self.counts, initial=0)
        return [start_sample + hop_samples * begins[place] for place in places]


def feed(phonemes: Phonemes, ids: Mapping[str, Sequence[int]]) -> Fed:
    """Number phonemes, at least one, all of which the voice knows. ids: the numbers of each symbol."""
    pad, begin, end = (list(ids[symbol]) for symbol in (PAD, BEGIN, END))
    numbers = [[*ids[symbol], *pad] for symbol in phonemes.symbols]
    numbers[0] = [*begin, *pad, *numbers[0]]
    numbers[-1] += end
    return Fed(phonemes, [number for each in numbers for number in each], [len(each) for each in numbers])


def joined(phonemes: Phonemes, clusters: Collection[tuple[str, ...]]) -> Phonemes:
    """With one symbol for each cluster of vowels that stands together, the longest first."""
    lengths = sorted({len(cluster) for cluster in clusters}, reverse=True)
    symbols, spans = [], []
    place = 0
    while place < len(phonemes.symbols):
        fitting = (n for n in lengths if tuple(phonemes.symbols[place : place + n]) in clusters)
        length = next(fitting, 1)
        symbols.append("".join(phonemes.symbols[place : place + length]))
        spans.append(phonemes.spans[place])
        place += length
    return Phonemes(symbols, spans)

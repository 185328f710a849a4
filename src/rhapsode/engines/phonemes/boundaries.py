"""From the times of phonemes to the times of characters. Values in, values out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from rhapsode.engines.phonemes.phonemes import Phonemes, Span


@dataclass(frozen=True, slots=True)
class TimedPhonemes:
    """Phonemes as they were spoken.

    edges: len(symbols) + 1 samples of the whole speech that never decrease: where each symbol begins, and where the
    last one ends.
    """

    phonemes: Phonemes
    edges: Sequence[int]


def character_boundaries(
    character_count: int, spoken: Sequence[TimedPhonemes], *, sample_count: int
) -> list[int]:
    """Return character_count + 1 samples that never decrease, from 0 to `sample_count`.

    spoken: what was said of the text, in order. A word begins with its first phoneme and ends with its last; inside
    it the characters share the phonemes evenly, which follows long and short sounds better than even time. What has
    no phonemes takes no time, but for the beginning and the end of the speech, which are the first's and the last's.
    """
    if not character_count:
        return [sample_count]
    boundaries: list[int] = []
    ended = 0
    for (start, end), edges in _stretches(spoken):
        start, end = max(start, len(boundaries)), min(end, character_count)
        if start >= end:
            # More of what has its time already, such as a sentence that espeak ends inside a word.
            ended = max(ended, edges[-1])
            continue
        boundaries += [ended] * (start - len(boundaries))
        boundaries += shared(end - start, edges)
        ended = edges[-1]
    boundaries += [ended] * (character_count - len(boundaries))
    within = [min(max(sample, 0), sample_count) for sample in accumulate(boundaries, max)]
    return [0, *within[1:], sample_count]


def shared(count: int, edges: Sequence[int]) -> list[int]:
    """Return where each of `count` characters begins that share evenly the sounds between `edges`."""
    sounds = len(edges) - 1
    begins = []
    for index in range(count):
        sound, rest = divmod(index * sounds, count)
        length = edges[sound + 1] - edges[sound] if rest else 0
        begins.append(edges[sound] + rest * length // count)
    return begins


def _stretches(spoken: Sequence[TimedPhonemes]) -> Iterator[tuple[Span, Sequence[int]]]:
    """Each stretch of the text with the edges of its phonemes."""
    for timed in spoken:
        first = 0
        for span, symbols in groupby(timed.phonemes.spans):
            after = first + sum(1 for _ in symbols)
            yield span, timed.edges[first : after + 1]
            first = after

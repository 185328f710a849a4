"""Phonemes that are too many to be said at once, in parts. Values in, values out."""

from collections.abc import Iterator, Sequence

from rhapsode.engines.phonemes.phonemes import Phonemes

# The least disruptive first: behind the end of a sentence, behind another pause, between words.
_ENDS = (frozenset(".!?…"), frozenset(",:;—"), frozenset(" "))


def cut(phonemes: Phonemes, *, max_symbols: int) -> Iterator[Phonemes]:
    """Cut phonemes at sentences, else at clauses, else between words, else anywhere; no part is empty."""
    start, count = 0, len(phonemes.symbols)
    while start < count:
        end = count
        if count - start > max_symbols:
            end = start + _end_of_cut(phonemes.symbols[start : start + max_symbols])
        yield Phonemes(phonemes.symbols[start:end], phonemes.spans[start:end])
        start = end


def _end_of_cut(symbols: Sequence[str]) -> int:
    """Where the last of the best ends is in the latter half, so that no part is short for the sake of the next."""
    for marks in _ENDS:
        for place in range(len(symbols), len(symbols) // 2, -1):
            if symbols[place - 1] in marks:
                return place
    return len(symbols)

"""Phonemes with the characters they stand for. Values in, values out."""

import unicodedata
from collections.abc import Container, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""A stretch of a text: where it begins, and where it ends."""


@dataclass(frozen=True, slots=True)
class Phonemes:
    """What a voice is fed at once, most often the phonemes of a sentence.

    symbols: code points of IPA and punctuation, each one as a voice's table has it.
    spans: for each symbol the stretch of the text that it stands for. All symbols of a word have the whole word,
    those between two words what stands there; so two spans are either equal or apart, and they never go back. A span
    may be empty: for a pause that no character makes.
    """

    symbols: Sequence[str]
    spans: Sequence[Span]

    def __post_init__(self) -> None:
        if len(self.symbols) != len(self.spans):
            msg = f"{len(self.symbols)} phonemes have {len(self.spans)} stretches of text"
            raise ValueError(msg)

    def only(self, known: Container[str]) -> "Phonemes":
        """Without the symbols that a voice doesn't know."""
        kept = [
            (symbol, span) for symbol, span in zip(self.symbols, self.spans, strict=True) if symbol in known
        ]
        return Phonemes([symbol for symbol, _ in kept], [span for _, span in kept])


def spelled(text: str) -> Phonemes:
    """A text for a voice that is fed letters: decomposed (NFD), each code point for its letter with all its marks."""
    symbols: list[str] = []
    spans: list[Span] = []
    for start, end in _letters(text):
        points = unicodedata.normalize("NFD", text[start:end])
        symbols += points
        spans += [(start, end)] * len(points)
    return Phonemes(symbols, spans)


def _letters(text: str) -> Sequence[Span]:
    """Where letters begin and end, with the marks that follow them: what is never reordered across."""
    starts = [i for i, character in enumerate(text) if not i or not unicodedata.combining(character)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))

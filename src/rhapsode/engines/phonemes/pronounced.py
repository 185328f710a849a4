"""Phonemes with other sounds where a text is read otherwise than it is spelled. Values in, values out."""

import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from rhapsode.engines.phonemes.phonemes import Span
from rhapsode.studio.pronunciation import Pronunciation

# The letters of 1949 and those that keyboards have, as espeak-ng prints them.
_SPELLINGS = {
    "g": "\u0261",
    "'": "\u02c8",
    ":": "\u02d0",
    "\u02d1": "\u02d0",
    "\u02a3": "dz",
    "\u02a4": "d\u0292",
    "\u02a5": "d\u0291",
    "\u02a6": "ts",
    "\u02a7": "t\u0283",
    "\u02a8": "t\u0255",
}
_NO_SOUNDS = frozenset(" .,:;!?")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol, the stretch of the text it stands for, and which sentence it is spoken in."""

    name: str
    span: Span
    sentence: int = 0


def in_alphabet(phonemes: str, known: Container[str]) -> str:
    """IPA in the symbols that a voice knows; the others are left out."""
    return "".join(_spelled(symbol, known) for symbol in unicodedata.normalize("NFD", phonemes.strip()))


def _spelled(symbol: str, known: Container[str]) -> str:
    if symbol in known:
        return symbol
    return "".join(each for each in _SPELLINGS.get(symbol, "") if each in known)


def pronounced(
    symbols: Sequence[Symbol], pronunciations: Sequence[Pronunciation], known: Container[str]
) -> Sequence[Symbol]:
    """The symbols with those of pronunciations in their places; one without a sound that is known changes nothing.

    pronunciations: in order and apart. Of a word that one covers in part, the rest keeps its share of the symbols.
    """
    for each in pronunciations:
        sounds = in_alphabet(each.phonemes, known)
        if sounds:
            symbols = _with_sounds(symbols, (each.start, each.end), sounds)
    return symbols


def _with_sounds(symbols: Sequence[Symbol], span: Span, sounds: str) -> Sequence[Symbol]:
    start, end = span
    before = [symbol for symbol in symbols if symbol.span[1] <= start]
    after = [symbol for symbol in symbols if symbol.span[0] >= end and symbol.span[1] > start]
    touched = symbols[len(before) : len(symbols) - len(after)]
    left, right = list(_left(touched, start)), list(_right(touched, end))
    sentence = (touched or before[-1:] or after[:1] or [Symbol("", span)])[0].sentence
    said = [Symbol(sound, span, sentence) for sound in sounds]
    return [*before, *left, *said, *right, *after]


def _left(touched: Sequence[Symbol], start: int) -> Iterator[Symbol]:
    """What stays of symbols whose stretch begins before `start`."""
    stretch = [symbol for symbol in touched if symbol.span[0] < start]
    for symbol in stretch[: _share(stretch, start)]:
        yield replace(symbol, span=(symbol.span[0], start))


def _right(touched: Sequence[Symbol], end: int) -> Iterator[Symbol]:
    """What stays of symbols whose stretch ends behind `end`."""
    stretch = [symbol for symbol in touched if symbol.span[1] > end]
    first = 0 if _is_gap(stretch) else _share(stretch, end)
    for symbol in stretch[first:]:
        yield replace(symbol, span=(end, symbol.span[1]))


def _share(stretch: Sequence[Symbol], place: int) -> int:
    """How many symbols of a word are before a place in it; what stands between two words stays whole."""
    if not stretch or _is_gap(stretch):
        return len(stretch)
    start, end = stretch[0].span
    return round(len(stretch) * (place - start) / (end - start))


def _is_gap(stretch: Sequence[Symbol]) -> bool:
    return all(symbol.name in _NO_SOUNDS for symbol in stretch)

"""Texts as phonemes with their characters: what a speaking child asks espeak-ng for, through `library`."""

import functools
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import groupby

from rhapsode.engines.phonemes.library import Clause, Espeak
from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.places import place_symbols
from rhapsode.engines.phonemes.pronounced import Symbol, pronounced
from rhapsode.engines.phonemes.punctuated import Piece, split_at_marks
from rhapsode.engines.phonemes.vowels import in_original, places_of_original
from rhapsode.studio.pronunciation import Pronunciation

# "(en)" before what is read as another language, and "(de)" behind it.
_LANGUAGE = re.compile(r"\([^)]+\)")
_SPACED_MARKS = (",", ":", ";")
_MAX_REMEMBERED = 20_000
# NUL would end the text, and a command begins with U+0001.
_CONTROLS_AS_SPACES = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127), " ")

Normal = Callable[[str], str]
"""Gives IPA the form in which a voice's table has it."""


class Phonemizer:
    """What texts sound like, in one voice of espeak-ng at a time. The same text has always the same phonemes.

    Markup and double brackets in a text are read as they are spelled. Not thread-safe, as the library isn't.
    """

    def __init__(self, espeak: Espeak) -> None:
        self._espeak = espeak
        self._voice = ""
        self._alone = functools.lru_cache(_MAX_REMEMBERED)(self._sounds_of)

    def set_voice(self, name: str) -> None:
        """Go on in a voice, such as "en-us". Raises: PhonemesError."""
        if name != self._voice:
            self._voice = ""
            self._espeak.set_voice(name)
            self._voice = name

    def sentences(
        self, text: str, *, pronunciations: Sequence[Pronunciation] = (), known: Container[str] = ()
    ) -> list[Phonemes]:
        """The phonemes of a text as Piper's voices are fed them: those of a sentence at once, decomposed (NFD).

        pronunciations: stretches of the text, in order and apart, that are read with other sounds than they spell.
        known: the symbols of the voice, in which they are said.
        Returns: sentences that have symbols, with spans of the whole text; none where nothing is to be said. Symbols
        that the voice doesn't know may be among them.
        """
        text = text.translate(_CONTROLS_AS_SPACES)
        vowelled = self._espeak.vowelled(text)
        pieces = list(_sentences(self._espeak.clauses(vowelled)))
        placed = self._placed(vowelled, "".join(pieces), _decomposed)
        if vowelled != text:
            placed = in_original(placed, places_of_original(text, vowelled))
        numbers = [number for number, piece in enumerate(pieces) for _ in piece]
        symbols = map(Symbol, placed.symbols, placed.spans, numbers)
        return _grouped(pronounced(list(symbols), pronunciations, known))

    def line(
        self, text: str, *, pronunciations: Sequence[Pronunciation] = (), known: Container[str] = ()
    ) -> Phonemes:
        """The phonemes of a text as Kokoro's voices are fed them: with its punctuation, on one line.

        pronunciations, known: as for `sentences`.    Returns: no symbols where nothing is to be said.
        """
        text = text.translate(_CONTROLS_AS_SPACES)
        pieces = [self._piece(piece) for piece in split_at_marks(text)]
        symbols = [symbol for piece in pieces for symbol in map(Symbol, piece.symbols, piece.spans)]
        found = _grouped(_single_spaced(pronounced(symbols, pronunciations, known)))
        return found[0] if found else Phonemes([], [])

    def _piece(self, piece: Piece) -> Phonemes:
        places = range(piece.start, piece.start + len(piece.text))
        if piece.is_marks:
            marks = [" " if character.isspace() else character for character in piece.text]
            return Phonemes(marks, [(place, place + 1) for place in places])
        clauses = (_LANGUAGE.sub("", clause.phonemes).strip() for clause in self._espeak.clauses(piece.text))
        placed = self._placed(piece.text, " ".join(clauses), str)
        return Phonemes(placed.symbols, [(piece.start + a, piece.start + b) for a, b in placed.spans])

    def _placed(self, text: str, symbols: str, normal: Normal) -> Phonemes:
        def sounds_of(word: str) -> str:
            return normal(self._alone(self._voice, word))

        events = [
            (normal(phoneme), sample, character, length)
            for phoneme, sample, character, length in self._espeak.events(text)
        ]
        return place_symbols(text, symbols, events, sounds_of)

    def _sounds_of(self, _voice: str, word: str) -> str:
        phonemes = "".join(clause.phonemes for clause in self._espeak.clauses(word))
        return _LANGUAGE.sub("", phonemes).replace(" ", "")


def _decomposed(phonemes: str) -> str:
    return unicodedata.normalize("NFD", phonemes)


def _sentences(clauses: Sequence[Clause]) -> Iterator[str]:
    """The symbols of each sentence; what doesn't end one goes on with the next clause."""
    sentence = ""
    for phonemes, mark, ends_sentence in clauses:
        space = " " if mark in _SPACED_MARKS else ""
        sentence += _decomposed(_LANGUAGE.sub("", phonemes) + mark + space)
        if ends_sentence:
            yield sentence
            sentence = ""
    yield sentence


def _single_spaced(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Without spaces at the ends, and with one where there are several."""
    befores = [" ", *(symbol.name for symbol in symbols)]
    kept = [
        symbol
        for symbol, before in zip(symbols, befores, strict=False)
        if (symbol.name, before) != (" ", " ")
    ]
    return kept[:-1] if kept and kept[-1].name == " " else kept


def _grouped(symbols: Iterable[Symbol]) -> list[Phonemes]:
    """By sentence."""
    found = []
    for _, sentence in groupby(symbols, key=lambda symbol: symbol.sentence):
        names, spans = zip(*((symbol.name, symbol.span) for symbol in sentence), strict=True)
        found.append(Phonemes(names, spans))
    return found

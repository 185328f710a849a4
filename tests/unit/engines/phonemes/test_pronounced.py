"""Phonemes with other sounds in their places, and phonemes in parts."""

from collections.abc import Sequence
from itertools import pairwise

import hypothesis
import pytest
from hypothesis import strategies as st

from rhapsode.engines.phonemes.cutting import cut
from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.pronounced import Symbol, in_alphabet, pronounced
from rhapsode.engines.phonemes.punctuated import split_at_marks
from rhapsode.studio.pronunciation import Pronunciation

KNOWN = frozenset("abcdefgt\u0283 ")
TEXT = "ab cd, ef"
SYMBOLS = [
    *(Symbol(name, (0, 2)) for name in "aab"),
    Symbol(" ", (2, 3)),
    *(Symbol(name, (3, 5)) for name in "cd"),
    *(Symbol(name, (5, 7), 1) for name in ", "),
    *(Symbol(name, (7, 9), 1) for name in "ef"),
]


def said(symbols: Sequence[Symbol]) -> list[tuple[str, str, int]]:
    """The symbols, each with its text and its sentence."""
    return [(symbol.name, TEXT[slice(*symbol.span)], symbol.sentence) for symbol in symbols]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 2, "gg cd, ef"),
        (3, 5, "aab gg, ef"),
        (0, 5, "gg, ef"),
        (7, 9, "aab cd, gg"),
        (0, 9, "gg"),
        # Of a part of a word, the rest keeps its share.
        (1, 2, "aagg cd, ef"),
        (0, 1, "ggb cd, ef"),
        # What stands between two words stays whole.
        (5, 6, "aab cdgg, ef"),
    ],
)
def test_sounds_stand_in_place_of_a_stretch(start: int, end: int, expected: str) -> None:
    """And nothing else changes."""
    found = pronounced(SYMBOLS, [Pronunciation(start, end, "gg")], KNOWN)

    assert "".join(symbol.name for symbol in found) == expected
    assert ("g", TEXT[start:end]) in [each[:2] for each in said(found)]


def test_sounds_are_said_in_the_sentence_of_their_stretch() -> None:
    """Also those of a stretch that has no phonemes of its own."""
    (symbol,) = [each for each in pronounced(SYMBOLS, [Pronunciation(7, 9, "g")], KNOWN) if each.name == "g"]
    alone = pronounced([], [Pronunciation(0, 2, "g")], KNOWN)

    assert symbol.sentence == 1
    assert alone == [Symbol("g", (0, 2))]


def test_a_pronunciation_without_a_known_sound_changes_nothing() -> None:
    """The word is read as it is spelled."""
    assert pronounced(SYMBOLS, [Pronunciation(0, 2, "\u03b8?")], KNOWN) == SYMBOLS


@hypothesis.given(st.integers(0, 8), st.integers(1, 9))
def test_spans_stay_in_order(start: int, length: int) -> None:
    """Whatever stretch is said otherwise."""
    end = min(start + length, len(TEXT))

    spans = [symbol.span for symbol in pronounced(SYMBOLS, [Pronunciation(start, end, "g")], KNOWN)]

    assert all(before == after or before[1] <= after[0] for before, after in pairwise(spans))
    assert (start, end) in spans


def test_sounds_are_spelled_as_the_voice_has_them() -> None:
    """Letters of 1949 and of keyboards; what it doesn't have is left out."""
    assert in_alphabet("\u02a7a:\u03b8", frozenset("t\u0283a\u02d0")) == "t\u0283a\u02d0"
    assert in_alphabet("g", frozenset("g")) == "g"
    assert in_alphabet("g", frozenset("\u0261")) == "\u0261"


@hypothesis.given(st.text(alphabet="ab ,.", max_size=60), st.integers(1, 20))
def test_parts_are_all_of_it(symbols: str, max_symbols: int) -> None:
    """In order, none empty and none too long."""
    phonemes = Phonemes(symbols, [(place, place + 1) for place in range(len(symbols))])

    parts = list(cut(phonemes, max_symbols=max_symbols))

    assert "".join("".join(part.symbols) for part in parts) == symbols
    assert [span for part in parts for span in part.spans] == list(phonemes.spans)
    assert all(0 < len(part.symbols) <= max_symbols for part in parts)


@pytest.mark.parametrize(
    ("symbols", "first"),
    [
        ("aaaaa. bb, ccc", "aaaaa."),
        ("aaa bb, ccccc d", "aaa bb,"),
        ("aaa bbbbbb cccc", "aaa bbbbbb"),
        ("a" * 20, "a" * 10),
    ],
)
def test_a_part_ends_where_it_disturbs_least(symbols: str, first: str) -> None:
    """Behind a sentence, a clause or a word."""
    phonemes = Phonemes(symbols, [(0, 1)] * len(symbols))

    assert "".join(next(cut(phonemes, max_symbols=10)).symbols).strip() == first


def test_marks_between_digits_are_no_punctuation() -> None:
    """Everything else that voices know is, with the space around it."""
    pieces = list(split_at_marks("“Well,” 1,000.5 — (yes)\nno."))

    assert [piece.text for piece in pieces if not piece.is_marks] == ["Well", "1,000.5", "yes", "no"]


@hypothesis.given(st.text(alphabet="a1 .,\n“—", max_size=20))
def test_pieces_are_all_of_a_text(text: str) -> None:
    """In order, each where it says it is."""
    pieces = list(split_at_marks(text))

    assert "".join(piece.text for piece in pieces) == text
    assert all(text[piece.start :].startswith(piece.text) for piece in pieces)

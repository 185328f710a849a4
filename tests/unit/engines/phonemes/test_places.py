"""Which phonemes belong to which words."""

from itertools import groupby, pairwise

import hypothesis
import pytest
from hypothesis import strategies as st

from rhapsode.engines.espeak.timing import Event
from rhapsode.engines.phonemes.cuts import first_sounds
from rhapsode.engines.phonemes.overlay import lay_upon
from rhapsode.engines.phonemes.phonemes import Phonemes, spelled
from rhapsode.engines.phonemes.places import place_symbols

ALONE = {"was": "wʌz", "the": "ðə", "end": "ˈɛnd", "for": "fɔːɹ", "a": "ˈeɪ"}


def events(*said: tuple[int, int, str]) -> list[Event]:
    """Events of words, each with its place, its length and its sounds, one letter each."""
    found: list[Event] = []
    for place, length, sounds in said:
        found.append(("", 0, place, length))
        found += [(sound, 0, place, 0) for sound in sounds]
    return found


def pairs(text: str, phonemes: Phonemes) -> list[tuple[str, str]]:
    """What is said of which stretch of the text."""
    placed = zip(phonemes.symbols, phonemes.spans, strict=True)
    return [
        ("".join(symbol for symbol, _ in group), text[start:end])
        for (start, end), group in groupby(placed, lambda each: each[1])
    ]


def test_words_that_run_together_are_told_apart() -> None:
    """By what each sounds like alone, also where the sounds have changed."""
    text = "Was the end?"
    said = events((0, 3, "wʌzðɪ"), (8, 3, "ˈɛnd"))

    found = place_symbols(text, "wʌzðɪ ˈɛnd?", said, lambda word: ALONE[word.lower()])

    assert pairs(text, found) == [("wʌz", "Was"), ("ðɪ", "the"), (" ", " "), ("ˈɛnd", "end"), ("?", "?")]


def test_sounds_that_only_one_of_both_has_move_no_word() -> None:
    """A tone that events don't tell, and a link that the phonemes don't have."""
    text = "One two."
    said = events((0, 3, "wʌnʲ"), (4, 3, "tu"))

    assert pairs(text, place_symbols(text, "wʌn5 tu.", said, str)) == [
        ("wʌn5", "One"),
        (" ", " "),
        ("tu", "two"),
        (".", "."),
    ]


def test_a_pause_is_no_word() -> None:
    """A phoneme event without a sound, whose place may be that of an earlier text."""
    text = "One."

    assert pairs(text, place_symbols(text, "wʌn.", [("", 0, 96, 0), *events((0, 3, "wʌn"))], str)) == [
        ("wʌn", "One"),
        (".", "."),
    ]


def test_what_no_event_places_is_the_whole_texts() -> None:
    """Rather than nothing's."""
    assert place_symbols("One.", "wʌn", [], str).spans == [(0, 4)] * 3


TEXTS = st.text(alphabet="ab .e\u0301好😀", max_size=12)


@hypothesis.given(
    text=TEXTS,
    symbols=st.text(alphabet="ab ,ˈ", max_size=15),
    said=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 3), st.text(alphabet="abˈ", max_size=4))),
)
def test_spans_lead_forward_whatever_the_library_says(
    text: str, symbols: str, said: list[tuple[int, int, str]]
) -> None:
    """Each symbol has one, inside of the text; two are equal or apart."""
    spans = place_symbols(text, symbols, events(*said), str).spans

    assert len(spans) == len(symbols)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(before == after or before[1] <= after[0] for before, after in pairwise(spans))


@hypothesis.given(
    st.text(alphabet="abˈə", max_size=8), st.lists(st.text(alphabet="abˈə", max_size=4), min_size=1)
)
def test_cuts_lead_forward(heard: str, words: list[str]) -> None:
    """Each word begins at one of the sounds, or at their end, and none before the last."""
    firsts = first_sounds(heard, words)

    assert len(firsts) == len(words)
    assert firsts[0] == 0
    assert firsts == sorted(firsts)
    assert firsts[-1] <= len(heard)


@hypothesis.given(st.lists(st.text(alphabet="abˈə", min_size=1, max_size=4), min_size=1))
def test_unchanged_words_are_cut_exactly(words: list[str]) -> None:
    """Said together they are what they are alone."""
    firsts = first_sounds("".join(words), words)

    assert firsts == [sum(map(len, words[:place])) for place in range(len(words))]


def test_letters_have_their_marks() -> None:
    """A voice that is fed letters gets them decomposed, each for the letter with all its marks."""
    text = "né e\u0301!"

    assert pairs(text, spelled(text)) == [
        ("n", "n"),
        ("e\u0301", "é"),
        (" ", " "),
        ("e\u0301", "e\u0301"),
        ("!", "!"),
    ]


def test_only_what_a_voice_knows_is_left() -> None:
    """With the spans of the rest as they were."""
    phonemes = Phonemes("abc", [(0, 1), (0, 1), (1, 2)])

    assert phonemes.only("ac") == Phonemes(["a", "c"], [(0, 1), (1, 2)])


@pytest.mark.parametrize(
    ("heard", "sounds", "expected"),
    [
        ("abc", "abc", [0, 1, 2, 3]),
        # Marks that only one of them has, at each place.
        ("abcab", "a1b2c3a4b5", [0, 2, 4, 6, 8, 10]),
        ("a1b2c3", "abc", [0, 1, 1, 2, 2, 3, 3]),
        # A sound that is another, one too many, and one that is missing.
        ("abcdefab", "abcxefab", [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("abcfdefab", "abcdefab", [0, 1, 2, 3, 3, 4, 5, 6, 7, 8]),
        ("abdefab", "abcdefab", [0, 1, 3, 4, 5, 6, 7, 8]),
        ("", "abc", [3]),
        ("abc", "", [0, 0, 0, 0]),
    ],
)
def test_sounds_are_laid_upon_each_other(heard: str, sounds: str, expected: list[int]) -> None:
    """Each upon its counterpart; what only the second has stays with what is before it."""
    assert lay_upon(heard, sounds) == expected


@hypothesis.given(st.text(alphabet="abc12", max_size=60), st.text(alphabet="abc34", max_size=60))
def test_counterparts_lead_forward(heard: str, sounds: str) -> None:
    """However little the two have in common."""
    laid = lay_upon(heard, sounds)

    assert len(laid) == len(heard) + 1
    assert laid == sorted(laid)
    assert laid[-1] == len(sounds)

"""Texts whose vowels have been written into them."""

import hypothesis
from hypothesis import strategies as st

from rhapsode.engines.phonemes.phonemes import Phonemes
from rhapsode.engines.phonemes.vowels import in_original, places_of_original

VOWEL, OTHER = "\u064e", "\u0652"


def test_a_vowel_belongs_to_the_letter_before_it() -> None:
    """Also one that was in the text, or that was taken from it."""
    assert places_of_original(f"  ab{VOWEL} c ", f"a{VOWEL}b{OTHER} c") == [2, 2, 3, 3, 5, 6, 8]


@hypothesis.given(
    st.text(alphabet=f"ab {VOWEL}{OTHER}", max_size=12), st.text(alphabet=f"ab {VOWEL}", max_size=12)
)
def test_places_lead_forward_inside_of_the_text(original: str, vowelled: str) -> None:
    """Whatever was made of it."""
    places = places_of_original(original, vowelled)

    assert len(places) == len(vowelled) + 1
    assert places == sorted(places)
    assert all(0 <= place <= len(original) for place in places)


def test_spans_are_of_the_original() -> None:
    """So nobody but the phonemizer knows of the other text."""
    phonemes = Phonemes("xy", [(0, 2), (2, 4)])

    assert in_original(phonemes, [0, 0, 1, 1, 2]).spans == [(0, 1), (1, 2)]

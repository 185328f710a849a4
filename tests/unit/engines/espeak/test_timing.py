"""Events to boundaries, on events written down here."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rhapsode.engines.espeak.timing import (
    Event,
    as_letters,
    character_boundaries,
    stretches,
    words_between,
)


def word(character: int, sample: int, length: int = 3) -> Event:
    return "", sample, character, length


def sound(name: str, sample: int) -> Event:
    return name, sample, 0, 0


def no_phonemes(_word: str) -> Sequence[str]:
    return []


def test_the_characters_of_a_word_share_its_phonemes() -> None:
    """Two letters and two phonemes: each letter lasts as long as its phoneme."""
    events = [word(0, 0), sound("a", 0), sound("m", 900), sound("_:", 1000)]

    assert character_boundaries("am", events, sample_count=1000, phonemes_of=no_phonemes) == [0, 900, 1000]


def test_punctuation_and_spaces_have_the_pause_that_follows() -> None:
    """The comma and the space share the pause; the words keep their own time."""
    events = [word(0, 0), sound("o", 0), sound("_:", 100), word(3, 300), sound("o", 300), sound("_", 400)]

    found = character_boundaries("o, o", events, sample_count=400, phonemes_of=no_phonemes)

    assert found == [0, 100, 200, 300, 400]


def test_a_space_without_a_pause_takes_no_time() -> None:
    """Connected words touch."""
    events = [word(0, 0), sound("o", 0), word(2, 100), sound("o", 100)]

    assert character_boundaries("o o", events, sample_count=200, phonemes_of=no_phonemes) == [
        0,
        100,
        100,
        200,
    ]


def test_words_with_one_event_are_cut_by_their_phonemes() -> None:
    """Only the first word has an event; the second begins at its own first phoneme."""
    events = [word(0, 0), *(sound(name, 100 * i) for i, name in enumerate(["w", "V", "z", "D", "@2"]))]
    alone = {"was": ["w", "V", "z"], "the": ["D", "@2"]}

    found = character_boundaries("was the", events, sample_count=500, phonemes_of=alone.__getitem__)

    assert found == [0, 100, 200, 300, 300, 367, 433, 500]


def test_a_pause_between_words_with_one_event_goes_to_what_is_between_them() -> None:
    """A hyphen takes the pause that is heard at it."""
    events = [word(0, 0), sound("a", 0), sound("_", 100), sound("i", 150)]
    alone = {"a": ["a"], "i": ["i"]}

    found = character_boundaries("a-i", events, sample_count=300, phonemes_of=alone.__getitem__)

    assert found == [0, 100, 150, 300]


def test_further_words_of_one_expression_are_not_places_in_the_text() -> None:
    """A number's later words come with the next position and the same length, and cut nothing."""
    events = [word(0, 0, 4), sound("w", 0), word(1, 500, 4), sound("T", 500), word(5, 900), sound("m", 900)]

    found = list(stretches("1859 men", events, sample_count=1000))

    assert [(s.start, s.end, s.start_sample) for s in found] == [(0, 5, 0), (5, 8, 900)]
    assert (found[0].phonemes, found[0].begins) == (["w", "T"], [0, 500])


def test_events_that_step_back_cut_nothing() -> None:
    """Positions and samples only go forward."""
    events = [word(4, 100), word(0, 200), word(6, 50), word(8, 300)]

    assert [s.start for s in stretches("one two three", events, sample_count=400)] == [4, 8]


def test_no_event_spreads_the_text_over_the_sound() -> None:
    """Without events, as for a lone dash, time is shared evenly."""
    assert character_boundaries("...", [], sample_count=300, phonemes_of=no_phonemes) == [0, 100, 200, 300]


def test_an_empty_text_has_one_boundary() -> None:
    """Nothing to place leaves the end."""
    assert character_boundaries("", [], sample_count=176, phonemes_of=no_phonemes) == [176]


def test_words_keep_their_apostrophes_marks_and_decimal_points() -> None:
    """A joiner belongs to a word only between two of its characters."""
    text = "'I've' 12.50, घर! गाँव e\u0301t"

    assert [text[a:b] for a, b in words_between(as_letters(text), 0, len(text))] == [
        "I've",
        "12.50",
        "घर",
        "गाँव",
        "e\u0301t",
    ]


def test_one_word_is_found_with_and_without_what_surrounds_it() -> None:
    """Where a word begins and ends doesn't depend on the dash before it or the quotation mark behind it."""
    assert words_between("-one-", 0, 5) == words_between("-one-", 1, 5) == [(1, 4)]


def test_what_is_said_otherwise_is_one_word() -> None:
    """Its spaces and signs don't divide it, and the text keeps its length."""
    letters = as_letters("at 10 % now", [(3, 7)])

    assert words_between(letters, 3, 8) == [(3, 7)]
    assert len(letters) == 11


def test_a_symbol_alone_stands_for_a_word() -> None:
    """Where there is no letter, the first character is what is spoken."""
    assert words_between("a & b", 2, 4) == [(2, 3)]


@given(
    text=st.text(alphabet="ab -.,'é好", min_size=1, max_size=30),
    events=st.lists(
        st.tuples(
            st.sampled_from(["", "", "a", "t", "_:"]),
            st.integers(0, 1200),
            st.integers(-1, 35),
            st.integers(0, 5),
        ),
        max_size=40,
    ),
)
def test_any_events_give_boundaries_that_never_decrease(text: str, events: list[Event]) -> None:
    """Whatever the library reports, every character has its place between 0 and the end."""
    found = character_boundaries(text, events, sample_count=1000, phonemes_of=list)

    assert len(found) == len(text) + 1
    assert found[0] == 0
    assert found[-1] == 1000
    assert found == sorted(found)

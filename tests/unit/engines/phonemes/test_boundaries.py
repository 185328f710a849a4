"""From the times of phonemes to the times of characters."""

from itertools import pairwise

import hypothesis
from hypothesis import strategies as st

from rhapsode.engines.phonemes.boundaries import TimedPhonemes, character_boundaries, shared
from rhapsode.engines.phonemes.phonemes import Phonemes


def timed(said: str, spans: list[tuple[int, int]], edges: list[int]) -> TimedPhonemes:
    """Phonemes with a span for each, and their times."""
    return TimedPhonemes(Phonemes(said, spans), edges)


@st.composite
def spoken_texts(draw: st.DrawFn) -> tuple[int, list[TimedPhonemes], int]:
    """A text's length, what was said of it in one or more sentences, and how many samples that has."""
    lengths = draw(st.lists(st.integers(0, 4), max_size=8))
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    stretches = list(zip([0, *ends], ends, strict=False))
    spans = [span for span in stretches for _ in range(draw(st.integers(0, 3)))]
    count = draw(st.integers(0, len(spans)))
    spoken, sample = [], 0
    for part in (spans[:count], spans[count:]):
        steps = draw(st.lists(st.integers(0, 50), min_size=len(part), max_size=len(part)))
        edges = [sample + sum(steps[:i]) for i in range(len(part) + 1)]
        spoken.append(timed("x" * len(part), part, edges))
        sample = edges[-1]
    return sum(lengths), spoken, sample + draw(st.integers(0, 20))


@hypothesis.given(spoken_texts())
def test_boundaries_cover_the_text_and_the_speech(given: tuple[int, list[TimedPhonemes], int]) -> None:
    """Whatever was said of it: they never decrease, and go from the first sample to the last."""
    character_count, spoken, sample_count = given

    found = character_boundaries(character_count, spoken, sample_count=sample_count)

    assert len(found) == character_count + 1
    assert found[-1] == sample_count
    assert character_count == 0 or found[0] == 0
    assert all(before <= after for before, after in pairwise(found))


def test_words_begin_and_end_with_their_phonemes() -> None:
    """Inside of a word its characters share the phonemes evenly, and what stands between has its own."""
    said = timed("ab c", [(0, 4), (0, 4), (4, 5), (5, 6)], [100, 200, 400, 450, 500])

    found = character_boundaries(6, [said], sample_count=600)

    assert found == [0, 150, 200, 300, 400, 450, 600]


def test_a_word_without_phonemes_takes_no_time() -> None:
    """It is where the word before it ends."""
    said = timed("ab", [(0, 2), (5, 7)], [0, 100, 200])

    found = character_boundaries(7, [said], sample_count=200)

    assert found == [0, 50, 100, 100, 100, 100, 150, 200]


def test_a_pause_that_no_character_makes_is_behind_the_word() -> None:
    """A space between two Chinese characters is in the sound only."""
    said = timed("a b", [(0, 1), (1, 1), (1, 2)], [0, 100, 150, 250])

    assert character_boundaries(2, [said], sample_count=250) == [0, 150, 250]


def test_sentences_follow_each_other() -> None:
    """Each with the samples of the whole speech; what is said twice of a stretch changes nothing before it."""
    first = timed("a", [(0, 2)], [0, 100])
    second = timed("bc", [(0, 2), (2, 3)], [100, 200, 300])

    assert character_boundaries(3, [first, second], sample_count=300) == [0, 50, 200, 300]


def test_speech_of_nothing_is_all_silence() -> None:
    """The last character has it."""
    assert character_boundaries(2, [], sample_count=100) == [0, 0, 100]
    assert character_boundaries(0, [], sample_count=100) == [100]


def test_sounds_are_shared_by_the_share_of_each() -> None:
    """Two sounds of different length, for three characters."""
    assert shared(3, [0, 30, 90]) == [0, 20, 50]

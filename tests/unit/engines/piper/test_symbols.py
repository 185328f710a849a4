"""What a Piper voice is fed, and where its symbols are heard."""

from collections.abc import Sequence

import hypothesis
from hypothesis import strategies as st
from tests.voice_graphs import phoneme_ids

from rhapsode.engines.phonemes.cutting import cut
from rhapsode.engines.phonemes.phonemes import Phonemes, spelled
from rhapsode.engines.piper.config import Scales
from rhapsode.engines.piper.scales import scales_of
from rhapsode.engines.piper.symbols import feed, joined

IDS = phoneme_ids()


def test_symbols_stand_between_pads() -> None:
    """As voices were trained: begin, pad, each with a pad behind it, end."""
    fed = feed(spelled("ab"), IDS)

    assert fed.ids == [1, 0, 14, 0, 15, 0, 2]
    assert fed.counts == [4, 3]


def test_each_symbol_is_heard_for_its_own_frames_and_those_of_its_pads() -> None:
    """The first from the beginning, the last to the end."""
    fed = feed(spelled("ab"), IDS)

    assert fed.edges([1, 2, 3, 4, 5, 6, 7], hop_samples=10, start_sample=1000) == [1000, 1100, 1280]


def test_what_a_voice_does_not_know_is_left_out() -> None:
    """With its place in the text."""
    assert spelled("aßb").only(IDS) == Phonemes(["a", "b"], [(0, 1), (2, 3)])


def test_clusters_of_vowels_are_one_symbol() -> None:
    """The longest that fits, from the left; it stands for the word that its first vowel does."""
    phonemes = Phonemes([*"xaaix"], [(0, 2)] * 5)

    assert joined(phonemes, {("a", "i"), ("a", "a", "i")}).symbols == ["x", "aai", "x"]
    assert joined(phonemes, {("a", "i")}).symbols == ["x", "a", "ai", "x"]


def parts_of(text: str, max_symbols: int) -> Sequence[str]:
    phonemes = Phonemes(text, [(place, place + 1) for place in range(len(text))])
    return ["".join(part.symbols) for part in cut(phonemes, max_symbols=max_symbols)]


def test_long_sentences_are_cut_where_one_would_breathe() -> None:
    """Behind the last pause, else behind the last space, else where the limit is."""
    assert parts_of("one, two three", 10) == ["one, two ", "three"]
    assert parts_of("one two, three", 10) == ["one two,", " three"]
    assert parts_of("onetwothree", 4) == ["onet", "woth", "ree"]
    assert parts_of("", 4) == []


@hypothesis.given(st.text(alphabet="ab ,", max_size=60), st.integers(1, 20))
def test_a_cut_loses_nothing(text: str, max_symbols: int) -> None:
    """All symbols are said, in order, and never more than the limit at once."""
    parts = parts_of(text, max_symbols)

    assert "".join(parts) == text
    assert all(1 <= len(part) <= max_symbols for part in parts)


def test_the_settings_of_the_wire_are_the_voice_own_in_the_middle() -> None:
    """At stability 1 chance has no part, at 0 as much as in the recordings; speed divides the durations."""
    own = Scales(0.6, 1.2, 0.8)

    assert scales_of(own, speed=1.0, stability=0.5) == own
    assert scales_of(own, speed=1.2, stability=1.0) == Scales(0.0, 1.0, 0.0)
    assert scales_of(own, speed=1.2, stability=0.0) == Scales(1.0, 1.0, 1.0)

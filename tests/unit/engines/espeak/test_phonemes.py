"""Phonemes heard to words."""

from rhapsode.engines.espeak.phonemes import first_phonemes, is_pause


def cut(heard: str, *words: str) -> list[int]:
    return first_phonemes(heard.split(), [word.split() for word in words])


def test_words_spoken_as_they_are_alone_are_cut_between_them() -> None:
    """Unchanged words are cut exactly."""
    assert cut("w 'E l n 'oU n", "w 'E l", "n 'oU n") == [0, 3]


def test_weak_forms_are_recognised() -> None:
    """A weakened vowel still matches the strong one of the word alone."""
    assert cut("@ v @", "V v", "'eI") == [0, 2]


def test_a_linking_consonant_belongs_to_the_word_before() -> None:
    """The r of "for a" is the end of "for"."""
    assert cut("f 3 r- @", "f O@", "'eI") == [0, 3]


def test_a_dropped_consonant_leaves_the_cut_in_place() -> None:
    """Have without its h begins with its vowel."""
    assert cut("m 'V s t a# v", "m 'V s t", "h 'a v") == [0, 4]


def test_three_words_get_three_places() -> None:
    """More than two words are cut too."""
    assert cut("h 'i@3 r a# n d D 'e@", "h 'i@3", "a n d", "D 'e@") == [0, 3, 6]


def test_words_without_phonemes_take_none() -> None:
    """A word that is silent alone begins where the next one does, at the end if it is the last."""
    assert cut("w V z", "", "w V z", "") == [0, 0, 3]


def test_nothing_heard_leaves_every_word_at_the_start() -> None:
    """Without sounds there is only one place."""
    assert cut("", "D @2", "k a t") == [0, 0]


def test_pauses_are_told_from_sounds() -> None:
    """Mnemonics that begin with an underscore are silence."""
    assert is_pause("_:")
    assert is_pause("_")
    assert not is_pause("'oU")

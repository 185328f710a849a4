"""Words as they are heard: stretches of the original, each with what was spoken for it."""

import pytest

from rhapsode.studio.pronunciation import AliasRule
from rhapsode.text.preparation import Preparation, prepare
from rhapsode.text.rules import compile_rules
from rhapsode.text.words import iterate_words

READING = Preparation(
    compile_rules(
        [AliasRule("NATO", "the alliance"), AliasRule("hush", ""), AliasRule("New York", "the city")]
    ),
    normalized_as="en",
)


def words_of(text: str) -> list[tuple[str, str]]:
    """(as written, as spoken) of each word."""
    prepared = prepare(text, READING)
    found = iterate_words(text, prepared.spans.to_list(), prepared.spoken_text)
    return [(text[word.start : word.end], word.spoken) for word in found]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" … — ! ", []),
        ("“Don't,” she said.", [("Don't", "Don't"), ("she", "she"), ("said", "said")]),
        ("half-past—no--well...yes", [(word, word) for word in ("half-past", "no", "well", "yes")]),
        ("Dr. Smith", [("Dr.", "Doctor"), ("Smith", "Smith")]),
        ("It was 20% off.", [("It", "It"), ("was", "was"), ("20%", "twenty percent"), ("off", "off")]),
        ("NATO's men", [("NATO's", "the alliance's"), ("men", "men")]),
        ("On 5 July 2024", [("On", "On"), ("5 July", "the fifth of July"), ("2024", "twenty twenty-four")]),
        ("a hush fell", [("a", "a"), ("fell", "fell")]),
        ('One. <break time="1.5s"/> Two.', [("One", "One"), ("Two", "Two")]),
        ("co\u00adast\r\nline", [("co\u00adast", "coast"), ("line", "line")]),
        ("日本、東京！", [("日本、東京", "日本、東京")]),
    ],
)
def test_words_are_those_that_are_heard(text: str, words: list[tuple[str, str]]) -> None:
    """Without the punctuation around them, and without what has no sound."""
    assert words_of(text) == words


def test_what_was_replaced_together_is_one_word() -> None:
    """Nobody can say which of the spoken words is which of the written."""
    assert words_of("To New York.") == [("To", "To"), ("New York", "the city")]


def test_a_word_begins_behind_the_space_that_was_replaced_with_it() -> None:
    """The money is said last, and so the shortest change begins there."""
    assert words_of("It cost $5 million.")[2:] == [("$5", "five"), ("million", "million dollars")]


def test_words_are_in_order_and_apart() -> None:
    """Whatever is replaced in a text."""
    text = 'On 5 July 2024, Dr. NATO paid £3.50 (hush!) for 20% <break time="1s"/> of 1,234 km.'
    prepared = prepare(text, READING)
    found = list(iterate_words(text, prepared.spans.to_list(), prepared.spoken_text))
    places = [place for word in found for place in (word.start, word.end)]
    assert places == sorted(places)
    assert all(word.start < word.end and word.spoken for word in found)

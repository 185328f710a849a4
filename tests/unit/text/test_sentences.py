import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rounds import rounds

from rhapsode.text.sentences import list_sentences, split_segments, split_sentences

pytestmark = pytest.mark.slow

STORY = (
    "Mr. Hale came home at 6 p.m. and found the door open. Nobody answered him! Was the house empty? "
    "He went in, put down his hat, and listened. "
)


def _split(text: str, max_characters: int, language: str = "en") -> list[str]:
    ranges = split_segments(text, language=language, max_characters=max_characters)
    return [text[start:end] for start, end in ranges]


@given(st.text(st.sampled_from("ab .,;!?\n“”\"'()\u0301\U0001f1e9。、—e")), st.integers(1, 40))
def test_ranges_cover_the_text_within_the_limit(text: str, max_characters: int) -> None:
    """Ranges follow each other from the first code point to the last, none empty and none too long."""

    ranges = split_segments(text, language="en", max_characters=max_characters)

    assert "".join(text[start:end] for start, end in ranges) == text
    assert all(before[1] == behind[0] for before, behind in pairwise(ranges))
    assert all(1 <= end - start <= max_characters for start, end in ranges)


def test_a_text_within_the_limit_stays_whole() -> None:
    """No sentence is looked for where none needs to be."""

    assert _split("One. Two. Three.", 16) == ["One. Two. Three."]


def test_an_empty_text_has_no_segments() -> None:
    """There is nothing to speak in nothing."""

    assert _split("", 10) == []


def test_whole_sentences_are_packed_up_to_the_limit() -> None:
    """A segment takes as many sentences as fit, and abbreviations end none."""

    assert _split(STORY, 75) == [
        "Mr. Hale came home at 6 p.m. and found the door open. Nobody answered him! ",
        "Was the house empty? He went in, put down his hat, and listened. ",
    ]


@pytest.mark.parametrize("language", ["en-US", "en_GB", "xx", "x-private", ""])
def test_any_language_tag_will_do(language: str) -> None:
    """Regions are left aside and unknown languages follow English."""

    assert len(_split(STORY, 75, language)) == 2


def test_a_language_brings_its_own_abbreviations() -> None:
    """In German "z. B." does not end a sentence."""

    text = "Er kam, z. B. am Montag, spät nach Hause. Dann ging er wieder fort."
    assert _split(text, 50, "de-AT") == [
        "Er kam, z. B. am Montag, spät nach Hause. ",
        "Dann ging er wieder fort.",
    ]


def test_sentences_without_spaces_are_cut_at_their_marks() -> None:
    """Chinese and Japanese end sentences and clauses without a space."""

    assert _split("今日は雨です。明日は晴れです。", 10, "ja") == ["今日は雨です。", "明日は晴れです。"]
    assert _split("春天来了,花开了,鸟也回来了".replace(",", "，"), 10, "zh") == [
        "春天来了，花开了，",
        "鸟也回来了",
    ]


def test_a_long_quotation_is_cut_at_its_sentences() -> None:
    """What is said within one pair of quotes is cut like any other text, and quotes stay with their words."""

    text = "“It was late. Mr. Hale had gone. “Where to?” nobody asked. The lamp went on burning all night.”"
    assert _split(text, 40) == [
        "“It was late. Mr. Hale had gone. ",
        "“Where to?” nobody asked. ",
        "The lamp went on burning all night.”",
    ]


def test_a_long_sentence_is_cut_at_its_last_clause() -> None:
    """Without a full stop in reach, a segment ends after a comma, semicolon, colon or dash."""

    text = (
        "She took the key, the lamp and the letter; then, "
        "without a word, she went down to the black water below"
    )
    assert _split(text, 50) == [
        "She took the key, the lamp and the letter; then, ",
        "without a word, she went down to the black water ",
        "below",
    ]


def test_numbers_and_ranges_are_not_clauses() -> None:
    """A comma in 1,000, a colon in 10:30 and a dash in 1914–1918 are no place to stop."""

    text = "about 1,000 of them between 10:30 and noon in 1914–1918 or thereabouts"
    assert _split(text, 54)[0] == "about 1,000 of them between 10:30 and noon in "


def test_an_early_comma_does_not_make_a_short_segment() -> None:
    """A clause that ends in the first half of the limit is no reason to stop there."""

    assert _split("Yes, " + "word " * 20, 50)[0] == "Yes, " + "word " * 9


def test_words_stay_whole_where_spaces_are() -> None:
    """Without any mark, a segment ends at a space."""

    assert _split("alpha beta gamma delta", 12) == ["alpha beta ", "gamma delta"]


def test_characters_stay_whole_where_nothing_else_is() -> None:
    """Without a space either, an accent stays on its letter."""

    assert _split("e\u0301" * 7, 5) == ["e\u0301" * 2, "e\u0301" * 2, "e\u0301" * 2, "e\u0301"]


def test_a_segment_has_at_least_one_character() -> None:
    """A limit that allows nothing is a mistake."""

    with pytest.raises(ValueError, match="at least one"):
        split_segments("abc", language="en", max_characters=0)


_MEGABYTES = rounds(2, 10)


@pytest.mark.parametrize(
    "unit", [STORY, "a", "\u0301", "“(a. b", "“" + STORY, " ", '"', "\U0001f1e9", "."], ids=ascii
)
def test_megabytes_in_one_paragraph_take_seconds(unit: str) -> None:
    """Time grows with the length and not with its square, whatever the text is made of."""

    text = unit * (_MEGABYTES * 1_000_000 // len(unit))
    started = time.process_time()
    ranges = split_segments(text, language="en", max_characters=2000)
    assert ranges[-1][1] == len(text)
    assert time.process_time() - started < max(_MEGABYTES, 3)


def test_the_first_ranges_may_be_shorter() -> None:
    """As many whole sentences as fit, at least one; then the usual limit. What is left in one piece stays so."""

    text = "One came. Two came. Three came home. " + "Four came home in the rain. " * 4
    ranges = split_segments(text, language="en", max_characters=90, opening_characters=(5, 30))
    assert [text[start:end] for start, end in ranges] == [
        "One came. ",
        "Two came. Three came home. ",
        "Four came home in the rain. " * 3,
        "Four came home in the rain. ",
    ]
    assert split_segments(
        text, language="en", max_characters=90, opening_characters=(500,)
    ) == split_segments(text, language="en", max_characters=90)


def test_the_first_ranges_keep_the_limit() -> None:
    """A sentence that is longer than an engine takes is cut as anywhere else."""

    text = "a " * 60 + "b. " + "c. " * 60
    ranges = split_segments(text, language="en", max_characters=50, opening_characters=(10, 20))
    assert max(end - start for start, end in ranges) <= 50
    assert "".join(text[start:end] for start, end in ranges) == text


def test_sentences_are_told_apart() -> None:
    """They cover all of a text, which may be longer than what is looked at at once."""
    text = STORY * 30
    sentences = [text[start:end] for start, end in list_sentences(text, language="en")]
    assert sentences == [text[start:end] for start, end in list_sentences(STORY, language="en")] * 30
    assert "".join(sentences) == text
    assert [sentence.strip() for sentence in sentences[:2]] == [
        "Mr. Hale came home at 6 p.m. and found the door open.",
        "Nobody answered him!",
    ]
    assert list_sentences("", language="en") == []


def sentences(text: str, max_characters: int = 2_000) -> list[str]:
    ranges = split_sentences(text, language="en", max_characters=max_characters)
    assert "".join(text[start:end] for start, end in ranges) == text
    return [text[start:end] for start, end in ranges]


def test_each_sentence_is_a_range_of_its_own() -> None:
    """With the space behind it; a text without any has none."""
    assert sentences("It rained. Nobody came! Why?\nNo one knew.") == [
        "It rained. ",
        "Nobody came! ",
        "Why?\n",
        "No one knew.",
    ]
    assert sentences("") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12. It rained. Nobody came.", ["12. It rained. ", "Nobody came."]),
        ("It rained. * * *", ["It rained. * * *"]),
        ("J. came late. It rained.", ["J. came late. ", "It rained."]),
        ("It rained. 7. 8. Nobody came.", ["It rained. ", "7. 8. Nobody came."]),
        ("3. 4.", ["3. 4."]),
    ],
)
def test_what_is_no_sentence_by_itself_joins_its_neighbour(text: str, expected: list[str]) -> None:
    """A number, an initial or a row of stars: the sentence behind it, or at the end the one before it."""
    assert sentences(text) == expected


def test_a_sentence_beyond_the_limit_is_cut() -> None:
    """Where it is best; and what is short stays alone where its neighbour has no room for it."""
    assert sentences("one, two, three, four. Five six.", 20) == ["one, two, three, ", "four. ", "Five six."]
    assert sentences("1234567890. Five six seven.", 20) == ["1234567890. ", "Five six seven."]

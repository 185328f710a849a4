"""What is shown at once, and when."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.formats.caption_tokens import LINE_WIDTH, Ending, Token, list_tokens, text_width
from rhapsode.delivery.formats.captions import (
    MAX_SAMPLES,
    MIN_SAMPLES,
    Caption,
    line_text,
    plan_captions,
    width_of,
)
from rhapsode.delivery.formats.timed_chapter import TimedChapter
from rhapsode.delivery.words import TimedWord
from rhapsode.text.words import iterate_words

CHARACTER_SAMPLES = SAMPLE_RATE_HZ // 15


def spoken(text: str, *, character_samples: int = CHARACTER_SAMPLES) -> TimedChapter:
    """A chapter in which each character is heard equally long."""
    starts = np.arange(len(text), dtype=np.int64) * character_samples
    words = tuple(
        TimedWord(
            text[word.start : word.end],
            word.spoken,
            word.start,
            word.end,
            word.start * character_samples,
            word.end * character_samples,
        )
        for word in iterate_words(text, (), text)
    )
    return TimedChapter(text, starts, starts + character_samples, words, 0, len(text) * character_samples)


def captions_of(
    text: str, *, language: str = "en", character_samples: int = CHARACTER_SAMPLES
) -> list[Caption]:
    chapter = spoken(text, character_samples=character_samples)
    return plan_captions(list_tokens(chapter, language=language), end_sample=chapter.end_sample)


def lines_of(captions: list[Caption]) -> list[list[str]]:
    return [[line_text(line) for line in caption.lines] for caption in captions]


def test_a_sentence_has_a_caption_of_its_own() -> None:
    """Each from the beginning of its first word to the end of its last."""
    text = "The boat came in at six. Nobody stood on the quay."
    captions = captions_of(text)
    assert lines_of(captions) == [["The boat came in at six."], ["Nobody stood on the quay."]]
    assert [caption.start_sample // CHARACTER_SAMPLES for caption in captions] == [0, 25]
    assert captions[0].end_sample == 23 * CHARACTER_SAMPLES


def test_a_long_sentence_is_cut_at_its_punctuation() -> None:
    """Into captions of two lines at most, the lower rather the longer one."""
    text = (
        "It cost more than all of us from the harbour had thought it would; "
        "and yet we paid it, because there was nothing else to be done."
    )
    assert lines_of(captions_of(text)) == [
        ["It cost more than all of us from", "the harbour had thought it would;"],
        ["and yet we paid it,", "because there was nothing else to be done."],
    ]


def test_what_is_shorter_than_a_second_is_shown_with_its_neighbour() -> None:
    """Two speakers have a line each."""
    assert lines_of(captions_of("Yes.\nShe said so, and was gone.")) == [
        ["Yes.", "She said so, and was gone."]
    ]


def test_short_captions_stay_for_a_second_where_nothing_follows() -> None:
    """But no longer than the chapter."""
    (caption,) = captions_of("Yes." + " " * 20)
    assert caption.end_sample - caption.start_sample == MIN_SAMPLES


def test_lines_of_wide_characters_are_short() -> None:
    """At most 16 of them, none of which begins with what closes the one before."""
    text = "吾輩は猫である。名前はまだ無い。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
    lines = [line for caption in lines_of(captions_of(text, language="ja")) for line in caption]
    assert "".join(lines) == text
    assert max(map(len, lines)) <= 16
    assert not any(line[0] in "。、ー" for line in lines)


def test_what_has_no_sound_is_not_shown_alone() -> None:
    """A dash stays with its word, a row of stars and a tag that asks for silence go."""
    text = 'She knew — or so it seemed. <break time="1s"/>\n* * *\nIt rained on the hill.'
    assert lines_of(captions_of(text)) == [["She knew — or so it seemed."], ["It rained on the hill."]]


def test_a_word_that_is_wider_than_a_line_is_cut() -> None:
    """Nothing is lost of it, and a character stays with its marks."""
    word = "a\u0301" * 60
    lines = [line for caption in lines_of(captions_of(word)) for line in caption]
    assert "".join(lines) == word
    assert all(text_width(line) <= LINE_WIDTH and not line.startswith("\u0301") for line in lines)


_TEXTS = st.lists(
    st.sampled_from(
        ["yes", "harbour", "a", "No.", "morning,", "it;", "—", "\n", "“Why?”", "無い。", "ニャー", "x" * 50]
    ),
    max_size=60,
).map(" ".join)


@given(_TEXTS, st.integers(600, 20_000))
def test_captions_keep_the_rules(text: str, character_samples: int) -> None:
    """Whatever is said, and however fast: two lines that fit, seven seconds, one at a time, every word in place."""
    captions = captions_of(text, character_samples=character_samples)
    for caption in captions:
        assert 1 <= len(caption.lines) <= 2
        assert all(width_of(line) <= LINE_WIDTH for line in caption.lines)
        assert 0 < caption.end_sample - caption.start_sample <= MAX_SAMPLES
    for before, after in pairwise(captions):
        assert before.end_sample <= after.start_sample
    shown = [token for caption in captions for line in caption.lines for token in line]
    assert shown == list_tokens(spoken(text, character_samples=character_samples), language="en")


@given(_TEXTS)
def test_nothing_flashes_by(text: str) -> None:
    """At a usual pace a caption is shown for a second, unless all that is around it is full."""
    tokens = [token for token in list_tokens(spoken(text), language="en") if len(token.text) < 30]
    for number, caption in enumerate(captions := plan_captions(tokens, end_sample=10**9)):
        shown = caption.end_sample - caption.start_sample
        assert shown >= MIN_SAMPLES or number + 1 < len(captions), shown


def test_endings_are_told_apart() -> None:
    """A clause, a sentence and a paragraph end; a number with a point in it doesn't."""
    tokens: list[Token] = list_tokens(
        spoken("It cost 3.50, or so. She paid.\nThen it rained."), language="en"
    )
    found = {token.text: token.ending for token in tokens}
    assert found["3.50,"] == Ending.CLAUSE
    assert found["so."] == Ending.SENTENCE
    assert found["paid."] == Ending.PARAGRAPH
    assert found["It"] == Ending.WORD

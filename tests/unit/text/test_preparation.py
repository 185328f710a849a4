"""What is spoken for a text: rules, normalisation, pauses and tags together."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.studio.pronunciation import AliasRule, PhonemeRule, PronunciationRule
from rhapsode.text.pauses import is_pause, pause_character
from rhapsode.text.preparation import Preparation, Prepared, list_fired_rules, prepare, split_prepared
from rhapsode.text.rules import compile_rules
from rhapsode.text.spoken import SpanMap, project

SMITH = AliasRule("Smith", "Smyth the 3rd")
TOMATO = PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa")
TAGGED = Preparation(has_silent_tags=True)
ENGLISH = Preparation(normalized_as="en")
PAUSE = pause_character(1500)
BREAK = '<break time="1.5s"/>'


def with_rules(
    *rules: PronunciationRule, normalized_as: str | None = "en", tags: bool = False
) -> Preparation:
    return Preparation(compile_rules(rules), normalized_as, tags)


def pieces(text: str, prepared: Prepared) -> list[tuple[str, str]]:
    """What of a text was replaced, and by what."""
    found, moved = [], 0
    for r in prepared.spans.replacements:
        start = r.start + moved
        found.append((text[r.start : r.end], prepared.spoken_text[start : start + r.spoken_count]))
        moved += r.spoken_count - (r.end - r.start)
    return found


def test_a_text_without_anything_of_it_is_spoken_as_it_is() -> None:
    """Its map is empty."""
    text = "“Naïve,” she said — [laughs] 3 × 4 < 5."
    assert prepare(text, Preparation()) == Prepared(0, len(text), text, SpanMap(), ())


def test_a_tag_for_a_pause_becomes_one_character() -> None:
    """Whatever else is done to the text."""
    for preparation in (Preparation(), TAGGED, ENGLISH):
        prepared = prepare(f"One. {BREAK} Two.", preparation)
        assert prepared.spoken_text == f"One. {PAUSE} Two."
        assert project(range(12), prepared.spans, 30)[5:26:20] == (5, 6)


def test_a_character_that_looks_like_a_pause_is_none() -> None:
    """Nobody writes a pause but by its tag."""
    prepared = prepare(f"a{PAUSE}b\ue000c", ENGLISH)
    assert prepared.spoken_text == "abc"
    assert pieces(f"a{PAUSE}b\ue000c", prepared) == [(PAUSE, ""), ("\ue000", "")]


def test_audio_tags_are_silent_for_models_that_know_them() -> None:
    """Their characters take no time; for any other model they are text."""
    text = "[sighs] Oh [laughs] no."
    prepared = prepare(text, TAGGED)
    assert prepared.spoken_text == " Oh  no."
    boundaries = project(range(9), prepared.spans, len(text))
    assert [start for start, end in pairwise(boundaries) if start == end] == [0] * 7 + [4] * 8
    assert prepare(text, Preparation()).spoken_text == text


def test_numbers_are_read_in_words() -> None:
    """With the way back from each."""
    text = "Dr. Smith paid $5 on 1/2/2024."
    prepared = prepare(text, ENGLISH)
    assert prepared.spoken_text.startswith("Doctor Smith paid five dollars on ")
    assert ("$5", "five dollars") in pieces(text, prepared)
    assert not any(character.isdigit() for character in prepared.spoken_text)
    assert prepare(text, Preparation()).spoken_text == text


def test_an_alias_is_spoken_as_it_stands() -> None:
    """No other rule fits in it, and its numbers aren't normalised; those beside it are."""
    rules = with_rules(SMITH, AliasRule("Smyth", "nobody"), AliasRule("5", "a handful"))
    text = "Dr. Smith has 7 boats, 5 nets."
    prepared = prepare(text, rules)
    assert prepared.spoken_text == "Doctor Smyth the 3rd has seven boats, a handful nets."
    assert pieces(text, prepared) == [
        ("Dr.", "Doctor"),
        ("Smith", "Smyth the 3rd"),
        ("7", "seven"),
        ("5", "a handful"),
    ]


def test_a_rule_inside_a_number_leaves_the_rest_of_it_to_itself() -> None:
    """What normalisation would take as a whole is read in two stretches then."""
    prepared = prepare("$5 million", with_rules(AliasRule("million", "big ones")))
    assert prepared.spoken_text == "five dollars big ones"


def test_a_rule_that_wants_it_spelled_keeps_a_number_as_it_is() -> None:
    """Nothing normalises what a rule has taken."""
    assert prepare("In 1984 it rained.", with_rules(AliasRule("1984", "1984"))).spoken_text == (
        "In 1984 it rained."
    )


def test_rules_fit_nothing_of_a_tag() -> None:
    """Nor what is next to one, as far as it is the tag's."""
    rules = with_rules(AliasRule("time", "tyme"), AliasRule("laughs", "loughs"), tags=True)
    assert prepare(f"time {BREAK}[laughs]", rules).spoken_text == f"tyme {PAUSE}"


def test_a_phoneme_is_a_pronunciation_of_the_word_as_it_is_spoken() -> None:
    """Its place is that in the spoken text, whatever was made longer or shorter before it."""
    text = "Dr. Smith\u00ad ate 2 [sighs] tomatoes, a tomato and a TOMATO."
    insensitive = PhonemeRule("tomato", "təˈmɑːtəʊ", "ipa", case_sensitive=False)
    prepared = prepare(text, with_rules(insensitive, SMITH, tags=True))
    words = [prepared.spoken_text[p.start : p.end] for p in prepared.pronunciations]
    assert words == ["tomato", "TOMATO"]
    assert {p.phonemes for p in prepared.pronunciations} == {TOMATO.phoneme}


def test_arpabet_is_given_on_as_ipa() -> None:
    """Engines know one alphabet."""
    rule = PhonemeRule("tomato", "T AH0 M EY1 T OW0", "cmu-arpabet")
    (pronunciation,) = prepare("tomato", with_rules(rule)).pronunciations
    assert "ˈ" in pronunciation.phonemes
    assert not any(character.isdigit() for character in pronunciation.phonemes)


def test_an_alias_of_nothing_is_silent() -> None:
    """And so is one of nothing but what has no sound."""
    for alias in ("", "\u200b"):
        assert prepare("One (sic) two", with_rules(AliasRule(" (sic)", alias))).spoken_text == "One two"


def test_the_first_rule_wins() -> None:
    """And the rules that fit are told in the order of their places."""
    rules = (AliasRule("New York", "N Y"), AliasRule("York", "Y"), AliasRule("New", "Nu"))
    preparation = with_rules(*rules)
    assert prepare("York, New York, New", preparation).spoken_text == "Y, N Y, Nu"
    assert list_fired_rules("York, New York, New", preparation) == [rules[1], rules[0], rules[2]]
    assert list_fired_rules("Newark", preparation) == []
    assert list_fired_rules("York", ENGLISH) == []


def split(text: str, preparation: Preparation, max_characters: int) -> list[Prepared]:
    parts = split_prepared(text, preparation, language="en", max_characters=max_characters)
    assert [(a.end, b.start) for a, b in pairwise(parts)] == [(a.end, a.end) for a in parts[:-1]]
    assert not text or (parts[0].start, parts[-1].end) == (0, len(text))
    for part in parts:
        assert len(part.spoken_text) == part.spans.spoken_length(part.end - part.start)
    return parts


def test_what_is_spoken_never_exceeds_the_limit() -> None:
    """However many words a number takes; a part that would be too long is cut again, at the sentences in it."""
    text = "There are 123,456,789 fish in it. " * 20
    parts = split(text, ENGLISH, 200)
    assert all(len(part.spoken_text) <= 200 for part in parts)
    assert all(text[: part.end].endswith("it. ") for part in parts)
    assert "".join(part.spoken_text for part in parts) == prepare(text, ENGLISH).spoken_text


def test_no_cut_is_inside_a_tag_or_a_rule() -> None:
    """Even where everything else has to be cut between two letters."""
    rule = AliasRule("Mr. Jones of Hull", "Jones")
    text = f"Mr. Jones of Hull sees{BREAK}[laughs loudly]Mr. Jones of Hull."
    preparation = with_rules(rule, TOMATO, tags=True)
    for limit in range(5, 70):
        parts = split(text, preparation, limit)
        assert all(len(part.spoken_text) <= limit for part in parts)
        spoken = "".join(part.spoken_text for part in parts)
        assert spoken == f"Jones sees{PAUSE}Jones."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One came. \n Two came.\n", ["One came.", "Two came."]),
        (f"One came. {BREAK} Two came.", [f"One came. {PAUSE} ", "Two came."]),
        (f"One came.{BREAK}Two came.", [f"One came.{PAUSE}", "Two came."]),
        (f"{BREAK}One came. Two came.", [f"{PAUSE}One came.", "Two came."]),
        ("See Mr. Jones of Hull. Then go.", ["See Jones Then go."]),
        ("It cost $12.50. That is much.", ["It cost twelve dollars and fifty cents.", "That is much."]),
    ],
)
def test_each_sentence_is_prepared_by_itself(text: str, expected: list[str]) -> None:
    """Without the space behind it. A pause belongs to the sentence before it; no cut is in what a rule replaces."""
    rule = AliasRule("Mr. Jones of Hull. Then", "Jones Then", word_boundaries=False)
    parts = split_prepared(text, with_rules(rule), language="en", max_characters=2_000, by_sentence=True)
    assert [part.spoken_text for part in parts] == expected


def test_a_rule_that_is_too_long_for_an_engine_does_not_count() -> None:
    """A part can't be cut where no character of the original is."""
    parts = split("Smith", with_rules(SMITH), 10)
    assert [part.spoken_text for part in parts] == ["Smith"]


RULES: Sequence[PronunciationRule] = (
    AliasRule("ab", "a 12 b"),
    AliasRule("1", "uno", word_boundaries=False),
    AliasRule("b", "", case_sensitive=False),
    PhonemeRule("a", "ɑ", "ipa"),
)
SCRAPS = st.sampled_from(
    [
        BREAK,
        "[sighs]",
        "ab",
        "a",
        "B",
        "1",
        "$",
        "12",
        " ",
        ". ",
        "Dr. ",
        "\u00ad",
        "\n",
        PAUSE,
        "é",
        "<",
        "5%",
    ]
)


@given(st.lists(SCRAPS, max_size=30).map("".join), st.integers(1, 40), st.booleans())
def test_parts_are_whole_and_within_the_limit(text: str, limit: int, has_rules: bool) -> None:
    """Whatever is in a text: every part fits the engine, its map fits the part, and its pronunciations are of it."""
    preparation = Preparation(compile_rules(RULES if has_rules else ()), "en", has_silent_tags=True)
    for part in split(text, preparation, limit):
        assert len(part.spoken_text) <= limit
        part.spoken_text.encode()
        assert all(0 <= p.start < p.end <= len(part.spoken_text) for p in part.pronunciations)
        assert all(before.end <= after.start for before, after in pairwise(part.pronunciations))
        pauses = sum(map(is_pause, part.spoken_text))
        assert pauses == text[part.start : part.end].count(BREAK)


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_nothing_to_say(text: str) -> None:
    """Stays nothing."""
    assert prepare(text, ENGLISH).spoken_text.strip() == ""


def test_a_rule_of_two_words_of_a_number_leaves_its_neighbours_their_meaning() -> None:
    """What is beside a rule's words is still read as part of the whole text."""
    text = "Dr. Li paid $5 million in 1984 to St. Agnes."
    rules = with_rules(AliasRule("Li", "Lee the 3rd"), AliasRule("million in", "very many in"))
    assert prepare(text, rules).spoken_text == (
        "Doctor Lee the 3rd paid five dollars very many in nineteen eighty-four to Saint Agnes."
    )


@given(st.lists(SCRAPS, max_size=30).map("".join), st.integers(1, 40))
def test_sentences_are_whole_and_within_the_limit(text: str, limit: int) -> None:
    """Whatever is in a text, and however short the limit is."""
    preparation = Preparation(compile_rules(RULES), "en", has_silent_tags=True)
    parts = split_prepared(text, preparation, language="en", max_characters=limit, by_sentence=True)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(before.end == after.start for before, after in pairwise(parts))
    for part in parts:
        assert len(part.spoken_text) <= limit
        assert len(part.spoken_text) == part.spans.spoken_length(part.end - part.start)
        assert sum(map(is_pause, part.spoken_text)) == text[part.start : part.end].count(BREAK)

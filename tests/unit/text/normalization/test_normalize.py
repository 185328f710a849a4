import re
import string
import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rounds import rounds

from rhapsode.text.normalization import normalize
from rhapsode.text.normalization.readers import find_reader
from rhapsode.text.spoken import SpanMap

pytestmark = pytest.mark.slow

_CASES = Path(__file__).parent / "cases"
_LANGUAGES = {
    "english": "en",
    "british": "en-GB",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
}
_TAGS = st.sampled_from([*_LANGUAGES.values(), "fr-CH", "es-MX", "pt-PT", "ru", "ja", "zh", "tlh"])
_PIECES = [
    "", *("1", "12", "1859", "1,000", "1.000", "3.14", "3,14", "007", "1st", "2nd", "1/2", "½", "x", "²"),
    *("$", "£", "€", "¢", "%", "°", "°C", "km", "m", "ft", "in", "'", '"', "/", "-", "–", "−", "+", "=", "×", "&"),
    *("@", "#", "§", ".", ",", ":", ";", "(", ")", " ", "\u00a0", "\u202f", "\n", "AD", "BC", "h", "s", "the", "a"),
    *("Dr.", "Mr.", "St.", "No.", "p.", "etc.", "e.g.", "Chapter", "Henry", "I", "IV", "XIV", "XIXe", "King"),
    *("March", "Mar.", "März", "am", "p.m.", "Uhr", "www.", ".com", "://", "example"),
]  # fmt: skip
_WRITTEN = st.lists(
    st.one_of(
        st.sampled_from(_PIECES),
        st.text(max_size=3),
    ),
    max_size=14,
)


def _cases(name: str) -> list[tuple[str, str]]:
    lines = (_CASES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(" => ") for line in lines if " => " in line)
    return [(written, spoken) for written, _, spoken in pairs]


@pytest.mark.parametrize(("name", "tag"), _LANGUAGES.items())
def test_every_line_of_a_language_is_spoken_as_it_says(name: str, tag: str) -> None:
    """What is before the arrow of a line is spoken as what is behind it, and the map fits both."""

    cases = _cases(name)
    assert len(cases) >= {"english": 200, "british": 5}.get(name, 40)
    wrong = []
    for written, expected in cases:
        spoken, span_map = normalize(written, language=tag)
        assert len(spoken) == span_map.spoken_length(len(written))
        if spoken != expected:
            wrong.append((written, spoken, expected))
    assert wrong == []


def test_every_line_of_other_languages_and_regions_is_spoken_as_it_says() -> None:
    """A tag before the text decides, and what a language has no words for stays."""

    lines = [(written.partition(": "), spoken) for written, spoken in _cases("others")]
    wrong = [
        (tag, written, spoken)
        for (tag, _, written), spoken in lines
        if normalize(written, language=tag)[0] != spoken
    ]
    assert wrong == []


@pytest.mark.parametrize("name", _LANGUAGES)
def test_what_is_spoken_is_spoken_so_when_it_is_read_again(name: str) -> None:
    """Words that came from numbers are no numbers: read again, they stay."""

    left_as_written = [spoken for written, spoken in _cases(name) if written != spoken]
    assert [
        spoken for spoken in left_as_written if normalize(spoken, language=_LANGUAGES[name])[0] != spoken
    ] == []


def test_only_what_changes_is_replaced() -> None:
    """Each word, number and sign has a range of its own, so that the time of everything else stays exact."""

    text = "Dr. Smith paid $5 for 10 km – on 1/2/2024."
    spoken, span_map = normalize(text, language="en")

    assert (
        spoken == "Doctor Smith paid five dollars for ten kilometers – on January second, twenty twenty-four."
    )
    assert [text[r.start : r.end] for r in span_map.replacements] == (
        ["Dr.", "$5", "10", " km", "1", "/", "2", "/", "2024"]
    )
    assert [r.spoken_count for r in span_map.replacements] == [6, 12, 3, 11, 7, 1, 6, 2, 18]


def test_a_text_of_words_is_the_same_object_with_an_empty_map() -> None:
    """Where there is nothing to read, nothing is made."""

    text = "It was — as she said — the best of times; “I am mild,” he answered."
    for tag in _LANGUAGES.values():
        spoken, span_map = normalize(text, language=tag)
        assert spoken is text
        assert span_map == SpanMap()


@given(_WRITTEN, _TAGS, st.booleans())
def test_any_text_is_read_and_its_map_fits(pieces: list[str], tag: str, is_spaced: bool) -> None:
    """Whatever is written, there is a spoken text, and what lies between its replacements is as it was written."""

    text = (" " if is_spaced else "").join(pieces)

    spoken, span_map = normalize(text, language=tag)

    assert len(spoken) == span_map.spoken_length(len(text))
    assert all(before.end <= behind.start for before, behind in pairwise(span_map.replacements))
    kept, place, spoken_place = [], 0, 0
    for replacement in span_map.replacements:
        length = replacement.start - place
        kept.append(text[place : replacement.start] == spoken[spoken_place : spoken_place + length])
        spoken_place += length + replacement.spoken_count
        place = replacement.end
    assert all(kept)
    assert text[place:] == spoken[spoken_place:]


@given(st.text(), _TAGS)
def test_any_unicode_is_read(text: str, tag: str) -> None:
    """No character, and no order of them, is an error."""

    spoken, span_map = normalize(text, language=tag)
    assert len(spoken) == span_map.spoken_length(len(text))


@given(st.text(st.sampled_from(string.ascii_lowercase + "äéñç ,;—“”\n"), max_size=80), _TAGS)
def test_a_text_of_small_letters_stays(text: str, tag: str) -> None:
    """Without a digit, a capital, a full stop or a sign there is nothing to be read in another way."""

    known = {"vs", "chapter", "part", "book", "volume", "act", "scene", "section", "page", "pages"}
    if known.isdisjoint(re.split(r"\W+", text)):
        assert normalize(text, language=tag) == (text, SpanMap())


@given(st.integers(0, 10**18), st.sampled_from(["en", "en-GB", "de", "fr", "es", "it", "pt"]))
def test_every_whole_number_has_words(number: int, tag: str) -> None:
    """Alone, with and without its groups of three, a number is spoken without any digit."""

    mark = {"en": ",", "en-GB": ",", "fr": "\u202f"}.get(tag, ".")
    for written in (str(number), f"{number:,}".replace(",", mark)):
        spoken, _ = normalize(written, language=tag)
        assert not any(unicodedata.category(character).startswith("N") for character in spoken)
        assert spoken.strip()


@given(
    st.integers(0, 999_999_999), st.sampled_from(["ru", "ja", "zh", "nl", "pl", "tr", "hi", "cs", "sv", "ko"])
)
def test_every_whole_number_of_other_languages_has_words(number: int, tag: str) -> None:
    """Numbers of up to nine digits are spoken in each language that has words for them."""

    spoken, _ = normalize(str(number), language=tag)
    assert not any(character.isdecimal() for character in spoken)


# What isn't linear takes minutes; what is takes a fraction of a second, and a little more on a busy machine.
_LENGTH = rounds(25_000, 100_000)
_LIMIT_S = rounds(2, 15)

_HOSTILE = {
    "digits": "1" * _LENGTH,
    "dots": "1." * (_LENGTH // 2),
    "groups": "1" + ",000" * (_LENGTH // 4) + "x",
    "spaced groups": "000 " * (_LENGTH // 4) + "x",
    "no-break groups": "1\u00a0000" * (_LENGTH // 5),
    "marks": ".,:/-" * (_LENGTH // 5),
    "dashes": "1-" * (_LENGTH // 2),
    "products": "1x" * (_LENGTH // 2),
    "percent": "1%" * (_LENGTH // 2),
    "dollars": "$" * _LENGTH,
    "at": "a@" * (_LENGTH // 2),
    "domains": ".com" * (_LENGTH // 4),
    "schemes": "://" * (_LENGTH // 3),
    "space": "etc." + " " * _LENGTH,
    "roman": "XVI" * (_LENGTH // 3),
    "chapters": "Chapter " * (_LENGTH // 8),
    "feet": "5'1" * (_LENGTH // 3),
    "heading": "I" * _LENGTH,
    "equations": "5 - 5 = " * (_LENGTH // 8),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_text_takes_no_minutes(name: str) -> None:
    """Very many characters of what expressions stumble over are read in linear time, in every language."""
    text = _HOSTILE[name]
    for tag in ("en", "de", "fr", "ru"):
        find_reader(tag)
        started = time.thread_time()
        normalize(text, language=tag)
        assert time.thread_time() - started < _LIMIT_S

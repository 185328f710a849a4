import pytest

from rhapsode.text.normalization.edits import Edit, apply_edits
from rhapsode.text.normalization.roman import roman_value
from rhapsode.text.normalization.spelling import MOST_SPELLED_DIGITS, list_tables, spell
from rhapsode.text.normalization.web import find_addresses
from rhapsode.text.spoken import Replacement, SpanMap


def test_edits_are_made_in_one_go() -> None:
    """Each range is spoken as its words, also as nothing, and the map says so; what stays isn't in it."""

    spoken, span_map = apply_edits("a 1 b 2 c", [Edit(0, 1, "a"), Edit(2, 3, "one"), Edit(5, 7, "")])
    assert spoken == "a one b c"
    assert span_map == SpanMap((Replacement(2, 3, 3), Replacement(5, 7, 0)))


@pytest.mark.parametrize(
    ("written", "value"),
    [("I", 1), ("iv", 4), ("XIV", 14), ("XCIX", 99), ("MCMXCIX", 1999), ("MMMCMXCIX", 3999)],
)
def test_roman_numbers_have_values(written: str, value: int) -> None:
    """Well formed numbers, in capitals or not."""

    assert roman_value(written) == value


@pytest.mark.parametrize("written", ["", "IIII", "VV", "IC", "MILD", "XIIX", "A"])
def test_what_is_not_well_formed_is_no_roman_number(written: str) -> None:
    """Words of the same letters have no value."""

    assert roman_value(written) is None


@pytest.mark.parametrize("table", sorted(list_tables()))
def test_each_language_has_words_for_numbers_of_nine_digits(table: str) -> None:
    """The package's rules know their own words, which have no digits."""

    for number in (0, 1, 11, 21, 100, 1999, 999_999_999):
        words = spell(number, table=table, rules="spellout-numbering")
        assert words
        assert not any(character.isdecimal() for character in words)


@pytest.mark.parametrize("table", ["en", "de", "fr", "es", "it", "pt", "pt_PT", "fr_CH", "fr_BE", "de_CH"])
def test_languages_of_ours_have_words_for_the_longest_numbers(table: str) -> None:
    """As many digits as are ever asked for."""

    words = spell(10**MOST_SPELLED_DIGITS - 1, table=table, rules="spellout-numbering")
    assert not any(character.isdecimal() for character in words)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("See example.com/about, or ida@example.org.", ["example.com/about", "ida@example.org"]),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b"]),
        ("www.example.it. Then", ["www.example.it"]),
        ("ftp://example.de:8080/x?y=1#z!", ["ftp://example.de:8080/x?y=1#z"]),
        ("at the end.it was; a@b; @ida; example. com", []),
        ("a://b .com x.com@", []),
    ],
)
def test_addresses_are_found_without_what_follows_them(text: str, addresses: list[str]) -> None:
    """Marks behind an address are the sentence's, and a full stop between two words makes no address."""

    assert [text[start:end] for start, end in find_addresses(text)] == addresses

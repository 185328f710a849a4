"""For each language the rules that read it, in the order in which they are tried."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from rhapsode.text.normalization.abbreviations import (
    abbreviation_rules,
    after_name_rules,
    and_so_on_rules,
    before_number_rules,
    circa_rules,
    saint_or_street_rules,
    title_rules,
)
from rhapsode.text.normalization.codes import code_rules
from rhapsode.text.normalization.dates import date_rules, month_first_rules
from rhapsode.text.normalization.edits import Edit
from rhapsode.text.normalization.fractions import counted_fraction_rules, fraction_rules
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.money import money_rules
from rhapsode.text.normalization.numbers import number_rules, ordinal_rules, place_rules
from rhapsode.text.normalization.other import whole_number_reader
from rhapsode.text.normalization.roman import CENTURIES, century_rules, read_heading, roman_rules, ruler_rules
from rhapsode.text.normalization.scanner import Rule, Scanner, build_scanner
from rhapsode.text.normalization.signs import SIGNS, sign_rules
from rhapsode.text.normalization.spelling import list_tables
from rhapsode.text.normalization.tables import english, french, german, italian, portuguese, spanish
from rhapsode.text.normalization.times import clock_rules, time_rules
from rhapsode.text.normalization.units import feet_rules, unit_rules
from rhapsode.text.normalization.web import find_addresses, read_address
from rhapsode.text.normalization.years import SHORT_YEARS, decade_rules, year_rules

Reader = Callable[[str], list[Edit]]
"""What is replaced in a text, in order and apart."""

_KEPT_READERS = 64  # one is made in 20 ms at most, and clients can make up any number of tags
_ALIASES = {"nb": "no", "cmn": "zh", "iw": "he", "tl": "fil"}


@lru_cache(maxsize=_KEPT_READERS)
def find_reader(tag: str) -> Reader | None:
    """The reader for a BCP 47 tag; None for a language without words for numbers."""
    primary, *subtags = re.split("[-_]", tag)
    language = primary.lower()
    regions = frozenset(subtag.upper() for subtag in subtags)
    known = _READERS.get(language)
    if known:
        return known(regions)
    table = _table_of(_ALIASES.get(language, language), [subtag.title() for subtag in subtags], regions)
    return whole_number_reader(table) if table else None


def _table_of(language: str, scripts: Sequence[str], regions: frozenset[str]) -> str | None:
    names = [*(f"{language}_{subtag}" for subtag in (*scripts, *regions)), language]
    return next((name for name in names if name in list_tables()), None)


def _english(regions: frozenset[str]) -> Reader:
    language = english.BRITISH if english.BRITISH_REGIONS.intersection(regions) else english.AMERICAN
    dates = language.dates
    rules = [
        *date_rules(language),
        *code_rules(language),
        *ruler_rules(language, titles=english.TITLES_OF_RULERS, names=english.RULERS),
        *roman_rules(language),
        *title_rules(english.TITLES, bare=english.BARE_TITLES, unmistakable=english.UNMISTAKABLE_TITLES),
        *saint_or_street_rules(),
        *after_name_rules(english.AFTER_NAMES, places=english.PLACES),
        *month_first_rules(language),
        *before_number_rules(language, english.BEFORE_NUMBERS),
        *circa_rules(),
        *abbreviation_rules(english.INSIDE_SENTENCES, may_end_sentence=False),
        *abbreviation_rules(english.ANYWHERE, may_end_sentence=True),
        *and_so_on_rules(),
        *clock_rules(language, english.BOOKS_WITH_VERSES),
        *counted_fraction_rules(language),
        *feet_rules(language),
        *decade_rules(language),
        *_common_rules(language),
    ]
    words = {
        *english.TITLES, *english.AFTER_NAMES, *english.BEFORE_NUMBERS, *english.RULERS, *english.TITLES_OF_RULERS,
        *dates.months, *dates.short_months, *english.INSIDE_SENTENCES,
        *english.ANYWHERE, "St", "c.", "ca.", "v", "V", "ISBN", "AD",
    }  # fmt: skip
    return _reader(language, rules, words=words, symbols=(SHORT_YEARS, r"(?<=\s)&c\."))


def _german(regions: frozenset[str]) -> Reader:
    language = german.SWISS if regions & {"CH", "LI"} else german.GERMAN
    return _reader(language, [*place_rules(language), *_common_rules(language)])


def _french(regions: frozenset[str]) -> Reader:
    language = french.SWISS if "CH" in regions else french.BELGIAN if "BE" in regions else french.FRENCH
    centuries = century_rules(language, french.ROMAN_ORDINAL_MARKS)
    return _reader(language, [*centuries, *_common_rules(language)], symbols=(CENTURIES,))


def _spanish(regions: frozenset[str]) -> Reader:
    is_american = bool(spanish.AMERICAN_REGIONS.intersection(regions))
    language = spanish.AMERICAN if is_american else spanish.SPANISH
    return _reader(language, _common_rules(language))


def _italian(_: frozenset[str]) -> Reader:
    return _reader(italian.ITALIAN, _common_rules(italian.ITALIAN))


def _portuguese(regions: frozenset[str]) -> Reader:
    language = portuguese.EUROPEAN if "PT" in regions else portuguese.BRAZILIAN
    return _reader(language, _common_rules(language))


_READERS: dict[str, Callable[[frozenset[str]], Reader]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
}


def _common_rules(language: Language) -> list[Rule]:
    """What each of the six languages has."""
    return [
        *roman_rules(language),
        *time_rules(language),
        *date_rules(language),
        *fraction_rules(language),
        *money_rules(language),
        *unit_rules(language),
        *ordinal_rules(language),
        *(year_rules(language, language.years) if language.years else ()),
        *sign_rules(language),
        *number_rules(language),
    ]


def _reader(
    language: Language, rules: Sequence[Rule], *, words: Collection[str] = (), symbols: Sequence[str] = ()
) -> Reader:
    known = {*language.numbered, *words}
    known |= {symbol for symbol in language.currencies if symbol[0].isalpha()}
    single = "".join(
        {*(symbol for symbol in language.currencies if not symbol[0].isalpha()), *language.fractions}
    )
    characters = "".join(
        sorted({character for character in single if not character.isascii() or character == "$"})
    )
    scanner = build_scanner(rules, symbols="|".join((f"[{characters}]", *symbols, SIGNS)), words=known)
    return lambda text: _read(language, scanner, text)


def _read(language: Language, scanner: Scanner, text: str) -> list[Edit]:
    found = read_heading(language, text)
    place = found[-1].end if found else 0
    for start, end in find_addresses(text):
        if start >= place:
            found += scanner.scan(text, place, start)
            found += read_address(language, text, start, end)
            place = end
    return [*found, *scanner.scan(text, place, len(text))]

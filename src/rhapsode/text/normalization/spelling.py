"""Whole numbers as words, by the rules of the Unicode CLDR (package `unicode-rbnf`)."""

from functools import cache, lru_cache

import unicode_rbnf

MOST_SPELLED_DIGITS = 15
"""The six languages with tables of their own have words for all numbers of that length."""

_SOFT_HYPHEN = "\u00ad"


@lru_cache(maxsize=20_000)
def spell(number: int, *, table: str, rules: str) -> str:
    """The words of a number of at most `MOST_SPELLED_DIGITS` that isn't negative.

    table: a language of the package, such as `en` or `fr_CH`.    rules: one of its sets, such as `spellout-ordinal`.
    """
    words = "".join(_engine(table).iter_format_number(number, rules))
    return words.replace(_SOFT_HYPHEN, "").strip()


@cache
def list_tables() -> frozenset[str]:
    """The languages that have words for numbers."""
    return frozenset(unicode_rbnf.RbnfEngine.get_supported_languages())


@cache
def _engine(table: str) -> unicode_rbnf.RbnfEngine:
    return unicode_rbnf.RbnfEngine.for_language(table)

"""Numbers as they are written in a language, and their words."""

import re

from rhapsode.text.normalization.language import Gender, Language, Noun
from rhapsode.text.normalization.spelling import MOST_SPELLED_DIGITS, spell

_MOST_UNGROUPED_DIGITS = 9
"""More digits than that, without marks between them, are the number of something and no amount: one by one."""

_NOT_A_DIGIT = re.compile(r"[^0-9]")


def numeral(language: Language, name: str) -> str:
    """The pattern of a number with its groups and decimals, as a group of this name; it is never taken in part."""
    mark = re.escape(language.decimal_mark)
    groups = rf"[0-9]{{1,3}}(?>(?:[{language.group_marks}][0-9]{{3}}){{1,6}})(?![0-9])"
    return rf"(?P<{name}>(?>(?>{groups}|[0-9]++)(?:{mark}[0-9]++)?|{mark}[0-9]++))"


def end_of_numeral(language: Language) -> str:
    """What must follow a number: no letter, and not more of a number that isn't written as it should be."""
    return rf"(?!\w|[.,:/'’{language.group_marks.replace(' ', '')}][0-9])"


def say(language: Language, literal: str, gender: Gender | None = None) -> str:
    """The words of a number as it is written.

    gender: of the noun that follows; None where there is none.
    """
    whole, _, decimals = literal.partition(language.decimal_mark)
    words = [_say_whole(language, whole, None if decimals else gender)] if whole else []
    if decimals:
        words += [language.point, _say_decimals(language, decimals)]
    return " ".join(words)


def form_of(noun: Noun, literal: str) -> str:
    """The form of a noun that goes with a number as it is written."""
    return noun.one if literal == "1" else noun.many


def say_digits(language: Language, literal: str) -> str:
    """Each digit as a word."""
    return " ".join(cardinal(language, int(digit)) for digit in _NOT_A_DIGIT.sub("", literal))


def cardinal(language: Language, number: int, gender: Gender | None = None) -> str:
    """The words of a number of at most 15 digits that isn't negative."""
    rules = language.counting[gender] if gender else language.cardinal
    return spell(number, table=language.table, rules=rules)


def ordinal(language: Language, number: int, rules: str) -> str:
    """The words of a place in an order, by these rules of the language."""
    return spell(number, table=language.table, rules=rules)


def say_year(language: Language, number: int) -> str:
    """The words of a year."""
    years = language.years
    if years is None or not years.first <= number <= years.last:
        return cardinal(language, number)
    return ordinal(language, number, years.rules).replace("-hundred", " hundred").replace("oh-", "oh ")


def _say_whole(language: Language, literal: str, gender: Gender | None) -> str:
    digits = _NOT_A_DIGIT.sub("", literal)
    is_grouped = len(digits) < len(literal)
    is_code = len(digits) > 1 and digits[0] == "0"
    most = MOST_SPELLED_DIGITS if is_grouped else _MOST_UNGROUPED_DIGITS
    if is_code or len(digits) > most:
        return say_digits(language, digits)
    return cardinal(language, int(digits), gender)


def _say_decimals(language: Language, decimals: str) -> str:
    if language.reads_decimals and len(decimals) == 2 and decimals[0] != "0":
        return cardinal(language, int(decimals))
    return say_digits(language, decimals)

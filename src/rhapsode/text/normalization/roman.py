"""Roman numbers, where they are numbers: `Chapter IV`, `Henry VIII`, a title that is only `XIV`."""

import re
from collections.abc import Collection, Mapping

from rhapsode.text.normalization.edits import Edit, edit
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, ordinal
from rhapsode.text.normalization.scanner import Reading, Rule, any_of

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_WELL_FORMED = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_UPPER = r"(?P<roman>[IVXLCDM]{1,12}+)(?!\w|[.-]\w)"
_ANY_CASE = r"(?P<roman>[IVXLCDM]{1,12}+|[ivxl]{1,12}+)(?!\w|[.’'-]\w)"
_HEADING = re.compile(r"\s*(?P<roman>[IVXL]{1,8}+)(?:\.?\s*$|(?=[.:)]\s|\s?[—–]))")
_NO_PRONOUN_FOLLOWS = re.compile(r"['’]s\b|\s*(?:$|[.:;,)\]—–]|\n)|\s(?:of|and|to)\s|\s[A-Z]")
CENTURIES = r"\b[IVX]{1,6}+(?:e|ème|ᵉ)(?!\w)"
"""Where a Roman number may be an ordinal, in French."""

_MOST_RULERS = 40
_POSSESSED = re.compile(r"(?:\s+of\s|['’]s\b)")


def roman_value(written: str) -> int | None:
    """The value of a Roman number, in capitals or not; None where it isn't well formed."""
    upper = written.upper()
    if not upper or not _WELL_FORMED.fullmatch(upper):
        return None
    values = [_VALUES[letter] for letter in upper]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def read_heading(language: Language, text: str) -> list[Edit]:
    """A Roman number with which a text begins that is nothing else, or goes on behind a mark; never `I`."""
    match = _HEADING.match(text)
    value = roman_value(match["roman"]) if match else None
    if match is None or value is None or match["roman"] in ("I", "L"):
        return []
    is_whole = match.end() == len(text)
    if len(match["roman"]) == 1 and not is_whole:
        return []  # It may be the initial of somebody's name.
    return [edit(match, "roman", cardinal(language, value))]


def roman_rules(language: Language) -> list[Rule]:
    """Roman numbers behind words that are numbered."""
    numbered = any_of(language.numbered)
    pattern = re.compile(rf"(?:{numbered})\b\.?\s{_ANY_CASE}")

    def read(match: re.Match[str]) -> Reading:
        value = roman_value(match["roman"])
        if value is None or (
            match["roman"] in ("I", "i") and not _NO_PRONOUN_FOLLOWS.match(match.string, match.end())
        ):
            return None
        return [edit(match, "roman", cardinal(language, value))]

    return [Rule("word", pattern, read)]


def century_rules(language: Language, marks: Mapping[str, str]) -> list[Rule]:
    """`XIXe siècle`: a Roman number and a mark that makes an ordinal of it, with the rules for its words."""
    pattern = re.compile(rf"(?P<roman>[IVX]{{1,6}}+)(?P<mark>{any_of(marks)})(?!\w)")

    def read(match: re.Match[str]) -> Reading:
        value = roman_value(match["roman"])
        return None if value is None else [edit(match, 0, ordinal(language, value, marks[match["mark"]]))]

    return [Rule("symbol", pattern, read)]


def ruler_rules(language: Language, *, titles: Collection[str], names: Collection[str]) -> list[Rule]:
    """Rulers and popes with their number, in English: Henry VIII, King Charles I.

    titles: what a ruler is.    names: those that are a ruler's when a number follows.
    """
    rules = language.ordinals.marks["th"]
    titled = re.compile(rf"(?:{any_of(titles)})\s[A-Z][^\W\d_]{{1,20}}+\s{_UPPER}")
    named = re.compile(rf"(?:{any_of(names)})\s{_UPPER}")

    def read(match: re.Match[str], first: re.Pattern[str]) -> Reading:
        value = roman_value(match["roman"])
        is_number = match["roman"] != "I" or first.match(match.string, match.end())
        if value is None or not is_number or value > _MOST_RULERS:
            return None
        return [edit(match, "roman", f"the {ordinal(language, value, rules).title()}")]

    return [
        Rule("word", titled, lambda match: read(match, _NO_PRONOUN_FOLLOWS)),
        Rule("word", named, lambda match: read(match, _POSSESSED)),
    ]

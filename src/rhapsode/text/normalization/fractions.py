"""Fractions, behind a number or by themselves: `½`, `1/2`, `3 3/4`."""

import re

from rhapsode.text.normalization.edits import Edit, edit, edit_apart
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, ordinal, say
from rhapsode.text.normalization.scanner import Reading, Rule, any_of

_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64, 100})
_PLAIN = r"(?P<over>[0-9]{1,2})/(?P<under>[0-9]{1,3})(?![\w/%]|[.,:-][0-9])"
_AS_SAID = {"24/7": "twenty-four seven", "50/50": "fifty fifty"}


def fraction_rules(language: Language) -> list[Rule]:
    """Those fractions for which the language has words."""
    known = rf"(?P<fraction>{any_of(language.fractions)})(?![\w/]|[.,][0-9])"
    mixed = re.compile(rf"(?P<number>[0-9]{{1,9}}+)(?![0-9])[ \u2009\u202f\u2064]?{known}")

    def read_mixed(match: re.Match[str]) -> Reading:
        words = language.fractions[match["fraction"]]
        return [edit(match, "number", say(language, match["number"])), _behind_number(language, match, words)]

    def read(match: re.Match[str]) -> Reading:
        return [edit_apart(match, 0, language.fractions[match["fraction"]])]

    return [
        Rule("digit", mixed, read_mixed),
        Rule("digit", re.compile(known), read),
        Rule("symbol", re.compile(known), read),
    ]


def counted_fraction_rules(language: Language) -> list[Rule]:
    """Any proper fraction with a usual denominator, in English."""

    def read_mixed(match: re.Match[str]) -> Reading:
        words = _say_fraction(language, match)
        if words is None:
            return None
        return [edit(match, "number", say(language, match["number"])), _behind_number(language, match, words)]

    def read(match: re.Match[str]) -> Reading:
        words = _AS_SAID.get(match.group()) or _say_fraction(language, match)
        return None if words is None else [edit(match, 0, words)]

    mixed = re.compile(rf"(?P<number>[0-9]{{1,9}}+) {_PLAIN}")
    return [Rule("digit", mixed, read_mixed), Rule("digit", re.compile(_PLAIN), read)]


def _behind_number(language: Language, match: re.Match[str], words: str) -> Edit:
    """A fraction behind a number; in English `and a half`."""
    counted = words.replace("one ", "a ", 1) if words.startswith("one ") else words
    return Edit(match.end("number"), match.end(), f" {language.signs['&']} {counted}")


def _say_fraction(language: Language, match: re.Match[str]) -> str | None:
    over, under = int(match["over"]), int(match["under"])
    if not 0 < over < under or under not in _DENOMINATORS:
        return None
    if match.string.startswith(" time", match.end()):
        return f"{cardinal(language, over)} {cardinal(language, under)}"
    return f"{cardinal(language, over)} {_part(language, under, is_one=over == 1)}"


def _part(language: Language, under: int, *, is_one: bool) -> str:
    if under == 2:
        return "half"
    name = "quarter" if under == 4 else ordinal(language, under, language.ordinals.marks["th"])
    return name if is_one else f"{name}s"

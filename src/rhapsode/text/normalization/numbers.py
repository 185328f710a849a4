"""Numbers by themselves: cardinals, decimals and ordinals."""

import re

from rhapsode.text.normalization.context import word_before
from rhapsode.text.normalization.edits import edit, edit_apart
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import end_of_numeral, numeral, ordinal, say
from rhapsode.text.normalization.scanner import Reading, Rule

_MOST_POINTS = 199
"""A score goes that far; more than that and then less is the name of a model, as in Boeing 747-400."""

_NOT_A_DIGIT = re.compile(r"[^0-9]")


def ordinal_rules(language: Language) -> list[Rule]:
    """`22nd`, `3º`, `2ème`: a number and a mark that makes an ordinal of it."""
    ordinals = language.ordinals
    if not ordinals.marks:
        return []
    marks = "|".join(re.escape(mark) for mark in sorted(ordinals.marks, key=len, reverse=True))
    groups = rf"[0-9]{{1,3}}(?>(?:[{language.group_marks}][0-9]{{3}}){{1,3}})"
    pattern = re.compile(rf"(?P<number>(?>{groups}|[0-9]{{1,6}}+))(?P<mark>{marks})(?!\w)")

    def read(match: re.Match[str]) -> Reading:
        number = int(_NOT_A_DIGIT.sub("", match["number"]))
        special = ordinals.specials.get(match.group())
        return [edit(match, 0, special or ordinal(language, number, ordinals.marks[match["mark"]]))]

    return [Rule("digit", pattern, read)]


def place_rules(language: Language) -> list[Rule]:
    """`der 3. Mann`: in German, a number with a full stop behind a word that an ordinal follows."""
    pattern = re.compile(r"(?P<number>[0-9]{1,3})\.(?=\s[^\W\d_]{2})")

    def read(match: re.Match[str]) -> Reading:
        rules = language.dates.inflected.get(word_before(match.string, match.start()).lower())
        return [edit(match, 0, ordinal(language, int(match["number"]), rules))] if rules else None

    return [Rule("digit", pattern, read)]


def number_rules(language: Language) -> list[Rule]:
    """What is nothing but a number, for the end of the list."""
    number = numeral(language, "number")

    def read_number(match: re.Match[str]) -> Reading:
        return [edit(match, "number", _say_in_context(language, match))]

    def read_product(match: re.Match[str]) -> Reading:
        words = say(language, match["number"])
        return [edit(match, "number", words), edit_apart(match, "by", language.signs["x"])]

    def leave_model(match: re.Match[str]) -> Reading:
        return () if _MOST_POINTS < int(match["first"]) > int(match["second"]) else None

    return [
        # A part number, a code or a count of three: whoever wrote it knows how it is read.
        Rule("digit", re.compile(r"[0-9]++(?>(?:[-–/][0-9]++){2,})"), lambda _: ()),
        Rule("digit", re.compile(r"(?P<first>[0-9]{3,6}+)-(?P<second>[0-9]{1,6}+)(?!\w)"), leave_model),
        Rule("digit", re.compile(rf"(?!0){number}(?P<by> ?x ?)(?=[0-9])"), read_product),
        Rule("digit", re.compile(number + end_of_numeral(language)), read_number),
    ]


def _say_in_context(language: Language, match: re.Match[str]) -> str:
    """The words of a number, in the form that what follows it asks for."""
    for gender, follows in language.genders.items():
        if follows.match(match.string, match.end()):
            return say(language, match["number"], gender)
    return say(language, match["number"])

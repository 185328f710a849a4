"""Quantities: `5 km`, `37 °C`, `20%`, `5'10"`."""

import re

from rhapsode.text.normalization.context import is_attribute
from rhapsode.text.normalization.edits import Edit, edit
from rhapsode.text.normalization.language import NO_BREAK_SPACES, Language
from rhapsode.text.normalization.numerals import cardinal, form_of, numeral, say
from rhapsode.text.normalization.scanner import Reading, Rule, any_of

_MOST_FEET = 9
_MOST_INCHES = 11


def unit_rules(language: Language) -> list[Rule]:
    """A number and the symbol of its unit, each in its place."""
    gap = rf"(?P<gap>[ {NO_BREAK_SPACES}]|-(?=[A-Za-z]))?"
    stop = r"(?:\.(?=\s[a-z0-9(]|,))?"
    pattern = re.compile(
        rf"{numeral(language, 'number')}(?P<unit>{gap}(?P<symbol>{any_of(language.units)})(?!\w){stop})"
    )

    def read(match: re.Match[str]) -> Reading:
        literal, symbol = match["number"], match["symbol"]
        if match["gap"] is None and len(symbol) == 1 and symbol.isalpha():
            return None  # Is 5m meters, million or minutes?
        noun = language.units[symbol]
        is_attributed = language.table == "en" and is_attribute(match.string, match.start(), match.end())
        form = noun.one if match["gap"] == "-" or is_attributed else form_of(noun, literal)
        return [edit(match, "number", say(language, literal, noun.gender)), edit(match, "unit", f" {form}")]

    return [Rule("digit", pattern, read)]


def feet_rules(language: Language) -> list[Rule]:
    """Feet and inches, in English: `6 ft 2 in`, `5'10"`."""
    pattern = re.compile(
        r"(?P<feet>[0-9]{1,2})(?P<foot> ?(?:ft\.?|feet) |['’′])(?P<inches>[0-9]{1,2}(?![0-9]))"  # noqa: RUF001
        r"(?P<inch> ?in\b\.?(?!\s(?:the|a|an|my|his|her|its|our|their|this|that|all)\b)|[\"”″]|(?=[\s.,;:!?)]|$))"
    )

    def read(match: re.Match[str]) -> Reading:
        feet, inches = int(match["feet"]), int(match["inches"])
        is_height = match["foot"].strip()[0].isalpha() or feet <= _MOST_FEET
        if inches > _MOST_INCHES or not is_height:
            return None
        foot = form_of(language.units["ft"], match["feet"]) if match["inch"] else "foot"
        words = [
            edit(match, "feet", cardinal(language, feet)),
            edit(match, "foot", f" {foot} "),
            edit(match, "inches", cardinal(language, inches)),
        ]
        inch = f" {form_of(language.units['inches'], match['inches'])}"
        return [*words, Edit(match.start("inch"), match.end(), inch)] if match["inch"] else words

    def read_inches(match: re.Match[str]) -> Reading:
        inches = form_of(language.units["inches"], match["number"])
        return [edit(match, "number", say(language, match["number"])), edit(match, "inch", f" {inches}")]

    alone = re.compile(rf"{numeral(language, 'number')}(?P<inch> in\.)(?=\s[a-z])")
    return [Rule("digit", pattern, read), Rule("digit", alone, read_inches)]

"""Years that aren't read as other numbers are, and decades."""

import re

from rhapsode.text.normalization.context import word_before
from rhapsode.text.normalization.edits import Edit, edit
from rhapsode.text.normalization.language import Language, Years
from rhapsode.text.normalization.numerals import cardinal, say_year
from rhapsode.text.normalization.scanner import Reading, Rule

_SHORT_YEAR = re.compile(r"(?<=[0-9]{4}[-–])(?P<year>0[1-9])(?![\w]|[.,][0-9])")
_ERA = re.compile(r"(?P<year>[0-9]{1,4})\s(?P<era>AD|A\.D\.|BCE?|B\.C\.|CE)(?!\w)")
_ERA_BEFORE = re.compile(r"(?P<era>AD)(?=\s(?:c\.\s?)?[0-9])")
_DECADE = re.compile(r"(?P<decade>[0-9]{3}0|[2-9]0)['’]?s(?!\w)")
_SHORT_DECADE = re.compile(
    r"['’‘](?P<decade>[1-9]0)['’]?s(?!\w)|['’](?P<year>[0-9]{2})(?!\w|['’]|[.,:/-][0-9])"  # noqa: RUF001
)

SHORT_YEARS = r"(?=['’‘])(?<![\w'’])['’‘](?=[0-9][0-9](?:['’]?s)?(?!\w))"  # noqa: RUF001
"""Where the first two figures of a year are left out: the summer of '69."""


def year_rules(language: Language, years: Years) -> list[Rule]:
    """Four figures that are a year and not an amount."""
    pattern = re.compile(r"(?P<year>[0-9]{4})(?![\w%°]|[.,:/'’][0-9])")

    def read(match: re.Match[str]) -> Reading:
        number = int(match["year"])
        if not years.first <= number <= years.last or _is_amount(years, match):
            return None
        return [edit(match, "year", say_year(language, number))]

    def read_short(match: re.Match[str]) -> Reading:
        return [edit(match, "year", f"{years.zero} {cardinal(language, int(match['year']))}")]

    return [Rule("digit", _SHORT_YEAR, read_short), Rule("digit", pattern, read)]


def decade_rules(language: Language) -> list[Rule]:
    """Decades, years without their century, and eras; in English."""

    def read_decade(match: re.Match[str]) -> Reading:
        return [edit(match, 0, _in_plural(say_year(language, int(match["decade"]))))]

    def read_short(match: re.Match[str]) -> Reading:
        if match["decade"]:
            return read_decade(match)
        number = int(match["year"])
        words = cardinal(language, number)
        return [edit(match, 0, words if number >= 10 else f"oh {words}")]

    def read_era(match: re.Match[str]) -> Reading:
        era = Edit(match.start("era"), match.end("era"), "A.D.")
        words = edit(match, "year", say_year(language, int(match["year"])))
        return [words, era] if match["era"] == "AD" else [words]

    return [
        Rule("digit", _ERA, read_era),
        Rule("word", _ERA_BEFORE, lambda match: [edit(match, 0, "A.D.")]),
        Rule("digit", _DECADE, read_decade),
        Rule("symbol", _SHORT_DECADE, read_short),
    ]


def _is_amount(years: Years, match: re.Match[str]) -> bool:
    if word_before(match.string, match.start()).lower() in years.after:
        return False
    return years.counted.match(match.string, match.end()) is not None


def _in_plural(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"

"""Dates: `1/2/2024`, `2024-03-01`, `3 March 1999`, `March 3rd`, `3. März`."""

import re

from rhapsode.text.normalization.context import word_before
from rhapsode.text.normalization.edits import Edit, edit, edits
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, ordinal, say, say_year
from rhapsode.text.normalization.scanner import Reading, Rule, any_of

_LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ARTICLES = frozenset({"the"})
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![\w-])")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]*+")
_NUMERIC = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<mark>[/.-])(?P<second>[0-9]{1,2})(?P<other>(?P=mark))(?P<year>[0-9]{4}|[0-9]{2})(?![\w/-]|[.,][0-9])"
)


def date_rules(language: Language) -> list[Rule]:
    """Dates in figures, and days beside the names of months."""
    months = any_of([*language.dates.months, *language.dates.short_months])
    before = re.compile(
        r"(?P<day>[0-9]{1,2})(?P<ordinal>st|nd|rd|th|\.)?(?P<gap> (?:of |de )?)"
        rf"(?P<month>{months})\b(?P<stop>\.(?=,| [0-9a-z]))?"
    )
    return [
        Rule("digit", _TIMESTAMP, lambda _: ()),
        Rule("digit", _ISO, lambda match: _read_iso(language, match)),
        Rule("digit", _NUMERIC, lambda match: _read_numeric(language, match)),
        Rule("digit", before, lambda match: _read_day_and_month(language, match)),
    ]


def month_first_rules(language: Language) -> list[Rule]:
    """Months before their days or years, in English: `March 3rd`, `Mar. 3, 1999`, `Sept. 1999`."""
    months = any_of([*language.dates.months, *language.dates.short_months])
    day = r"(?P<day>[0-9]{1,2})(?P<ordinal>st|nd|rd|th)?(?![\w/:%]|[.,:'’-][0-9]|\s?(?:[ap]\.?m\b|%))"
    pattern = re.compile(rf"(?P<month>{months})\b(?P<stop>\.)? (?:{day}|(?=[0-9]{{4}}\b))")

    def read(match: re.Match[str]) -> Reading:
        name = Edit(
            match.start("month"), max(match.end("month"), match.end("stop")), _month(language, match["month"])
        )
        named = [] if name.spoken == match.string[name.start : name.end] else [name]
        if match["day"] is None or not _is_day(int(match["day"]), match["month"], language):
            return named or None
        words = _say_day(language, int(match["day"]), match)
        return [*named, Edit(match.start("day"), match.end(), words)]

    return [Rule("word", pattern, read)]


def _month(language: Language, written: str) -> str:
    return language.dates.short_months.get(written, written)


def _is_day(day: int, month: str, language: Language) -> bool:
    return 1 <= day <= _LAST_DAYS[language.dates.months.index(_month(language, month))]


def _say_day(language: Language, day: int, match: re.Match[str]) -> str:
    dates = language.dates
    if day == 1 and dates.first_day:
        return dates.first_day
    if dates.day_rules is None:
        return cardinal(language, day)
    before = word_before(match.string, match.start()).lower()
    return ordinal(language, day, dates.inflected.get(before, dates.day_rules))


def _read_day_and_month(language: Language, match: re.Match[str]) -> Reading:
    day = int(match["day"])
    if not _is_day(day, match["month"], language):
        return None
    has_article = word_before(match.string, match.start()).lower() in _ARTICLES
    before = "" if has_article else language.dates.before_day
    gap = language.dates.before_month if match["gap"] == " " else match["gap"]
    month = _month(language, match["month"])
    return edits(
        Edit(
            match.start(),
            max(match.end("day"), match.end("ordinal")),
            f"{before}{_say_day(language, day, match)}",
        ),
        edit(match, "gap", gap),
        Edit(match.start("month"), match.end(), month),
    )


def _read_iso(language: Language, match: re.Match[str]) -> Reading:
    day, month = int(match["day"]), int(match["month"])
    if not _is_date(day, month):
        return None
    name, words, dates = language.dates.months[month - 1], _say_day(language, day, match), language.dates
    first = f"{dates.before_day}{words}{dates.before_month}{name}" if dates.day_first else f"{name} {words}"
    return [edit(match, 0, f"{first}{dates.before_year}{_say_date_year(language, match['year'])}")]


def _read_numeric(language: Language, match: re.Match[str]) -> Reading:
    if match["mark"] == "." and match["year"].startswith("0") and len(match["year"]) == 2:
        return None
    first, second = int(match["first"]), int(match["second"])
    is_day_first = language.dates.day_first or match["mark"] == "." or first > len(_LAST_DAYS)
    day, month = (first, second) if is_day_first else (second, first)
    if not _is_date(day, month) or (match["mark"] != "/" and len(match["year"]) == 2):
        return None
    dates, name, words = language.dates, language.dates.months[month - 1], _say_day(language, day, match)
    day_words = f"{dates.before_day}{words}" if is_day_first else words
    said = (day_words, dates.before_month, name) if is_day_first else (name, " ", words)
    return [
        *(edit(match, group, part) for group, part in zip(("first", "mark", "second"), said, strict=True)),
        edit(match, "other", dates.before_year),
        edit(match, "year", _say_date_year(language, match["year"])),
    ]


def _is_date(day: int, month: int) -> bool:
    return 1 <= month <= len(_LAST_DAYS) and 1 <= day <= _LAST_DAYS[month - 1]


def _say_date_year(language: Language, literal: str) -> str:
    return say_year(language, int(literal)) if len(literal) == 4 else say(language, literal)

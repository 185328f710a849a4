"""Times of day: `3:05 p.m.`, `14:30`, `9am`, `14h30`, `14.30 Uhr`."""

import re
from collections.abc import Collection

from rhapsode.text.normalization.context import word_before
from rhapsode.text.normalization.edits import Edit, edit, edits
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, form_of
from rhapsode.text.normalization.scanner import Reading, Rule

_HALF_DAY = r"(?P<half>\s?(?P<letter>[AaPp])(?P<stops>\.)?[Mm](?!\w)\.?)"
_CLOCK = re.compile(
    rf"(?P<hour>[0-9]{{1,2}})(?P<mark>[:.])(?P<minute>[0-5][0-9])(?P<second>:[0-5][0-9])?{_HALF_DAY}?(?!\w|[:.][0-9])"
)
_HOUR = re.compile(rf"(?P<hour>[0-9]{{1,2}}){_HALF_DAY}")
_RATIO = re.compile(r"(?P<one>[0-9]{1,3}):(?P<other>[0-9]{1,3})(?!\w|[:.,][0-9])")


def time_rules(language: Language) -> list[Rule]:
    """Hours and minutes as the language writes them."""

    def read(match: re.Match[str]) -> Reading:
        times = language.times
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        hour_noun = f" {form_of(times.hour, str(hour))}" if times.hour else ""
        between = hour_noun + (times.before_minutes if minute else "")
        minutes = cardinal(language, minute) if minute else ""
        gender = times.hour.gender if times.hour else times.gender
        return edits(
            edit(match, "hour", cardinal(language, hour, gender)),
            edit(match, "mark", between),
            edit(match, "minute", minutes),
            Edit(max(match.end("minute"), match.end("mark")), match.end(), ""),
        )

    return [Rule("digit", re.compile(pattern), read) for pattern in language.times.patterns]


def clock_rules(language: Language, verses_of: Collection[str]) -> list[Rule]:
    """Times with half days and twenty-four hours, and what only looks like a time: ratios and verses. In English.

    verses_of: the books that are quoted by chapter and verse.
    """
    return [
        Rule("digit", _HOUR, lambda match: _read_hour(language, match)),
        Rule("digit", _CLOCK, lambda match: _read_clock(language, match)),
        Rule("digit", _RATIO, lambda match: _read_ratio(language, match, verses_of)),
    ]


def _read_hour(language: Language, match: re.Match[str]) -> Reading:
    hour = int(match["hour"])
    return [edit(match, "hour", cardinal(language, hour)), _half_day(match)] if 1 <= hour <= 12 else None


def _read_clock(language: Language, match: re.Match[str]) -> Reading:
    hour, minute, half = int(match["hour"]), match["minute"], match["half"]
    if hour > 24 or (match["mark"] == "." and not half):
        return None
    if (hour, minute, half, match["second"]) == (0, "00", None, None):
        return [edit(match, 0, "midnight")]
    words = [edit(match, "hour", cardinal(language, hour)), *_minutes(language, match)]
    if match["second"]:
        seconds = int(match["second"][1:])
        noun = form_of(language.units["sec"], str(seconds))
        words.append(edit(match, "second", f" and {cardinal(language, seconds)} {noun}"))
    return [*words, _half_day(match)] if half else words


def _minutes(language: Language, match: re.Match[str]) -> list[Edit]:
    minute = int(match["minute"])
    if minute:
        words = cardinal(language, minute)
        return [edit(match, "mark", " "), edit(match, "minute", words if minute >= 10 else f"oh {words}")]
    if match["half"] or match.string.startswith(" o", match.end()):
        said = ""
    else:
        said = " o'clock" if 1 <= int(match["hour"]) <= 12 else " hundred"
    return [Edit(match.start("mark"), match.end("minute"), said)]


def _half_day(match: re.Match[str]) -> Edit:
    """Both letters with their full stops, by which they are known for letters."""
    said = f" {match['letter'].lower()}.m."
    return Edit(match.start("half"), match.end("half"), said)


def _read_ratio(language: Language, match: re.Match[str], verses_of: Collection[str]) -> Reading:
    """A ratio or a score; behind the name of a book, a chapter and its verse."""
    one, other = int(match["one"]), int(match["other"])
    is_verse = word_before(match.string, match.start()) in verses_of
    between = " " if is_verse else f" {language.to} "
    return [
        Edit(match.start(), match.end("one"), cardinal(language, one)),
        Edit(match.end("one"), match.start("other"), between),
        edit(match, "other", cardinal(language, other)),
    ]

"""Numbers that aren't amounts, in English: of telephones, books, versions and addresses of computers."""

import re

from rhapsode.text.normalization.context import word_before
from rhapsode.text.normalization.edits import Edit, edit
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.numerals import cardinal, say_digits
from rhapsode.text.normalization.scanner import Reading, Rule

_INTERNATIONAL = re.compile(r"\+[0-9]{1,3}+(?>(?:[ .-]\(?[0-9]{1,5}+\)?){2,6})(?![\w-])|\+[0-9]{8,15}+(?!\w)")
_AMERICAN = re.compile(r"(?:1[ .-]\(?)?[0-9]{3}(?:\)\s?|[ .-])[0-9]{3}[ .-][0-9]{4}(?![\w-]|[.,][0-9])")
_BRITISH = re.compile(r"0[0-9]{2,4}\)? [0-9]{3,4} [0-9]{3,4}(?![\w-])")
_LOCAL = re.compile(r"[0-9]{3}-[0-9]{4}(?![\w-]|[.,:][0-9])")
_EMERGENCY = re.compile(r"(?:911|999|112|111|988|411|311|101)(?![\w-]|[.,:][0-9])")
_ISBN = re.compile(r"ISBN(?:-1[03])?:?\s?(?P<code>[0-9](?:[ -]?[0-9]){8,11}[ -]?[0-9X])(?![\w-])")
_VERSION = re.compile(r"(?P<mark>[vV])?(?P<parts>[0-9]{1,6}+(?>(?:\.[0-9]{1,6}+){1,5}))(?![\w]|[.,:/-][0-9])")
_PARTS = re.compile(r"(?P<digits>[0-9]+)|(?P<mark>\+)|(?P<apart>[ .-]+)")
_CALLS = frozenset({
    "call", "called", "calling", "dial", "dialed", "dialled", "dialing", "dialling", "phone", "phoned",
    "ring", "rang", "number", "tel",
})  # fmt: skip


def code_rules(language: Language) -> list[Rule]:
    """Digit by digit where nobody would say an amount."""

    def read_digits(match: re.Match[str]) -> Reading:
        return _digit_by_digit(language, match, 0)

    def read_local(match: re.Match[str]) -> Reading:
        is_number = match.group().startswith("555") or match.group()[4] == "0" or _is_called(match)
        return read_digits(match) if is_number else None

    def read_emergency(match: re.Match[str]) -> Reading:
        return read_digits(match) if _is_called(match) else None

    return [
        Rule("word", _ISBN, lambda match: _digit_by_digit(language, match, "code")),
        Rule("symbol", _INTERNATIONAL, read_digits),
        Rule("digit", _AMERICAN, read_digits),
        Rule("digit", _BRITISH, read_digits),
        Rule("digit", _LOCAL, read_local),
        Rule("digit", _EMERGENCY, read_emergency),
        Rule("word", _VERSION, lambda match: _read_version(language, match)),
        Rule("digit", _VERSION, lambda match: _read_version(language, match)),
    ]


def _is_called(match: re.Match[str]) -> bool:
    return word_before(match.string, match.start()).lower() in _CALLS


def _digit_by_digit(language: Language, match: re.Match[str], group: str | int) -> list[Edit]:
    """Each group of digits, with a comma for the pause between two."""
    return [
        Edit(part.start(), part.end(), _say_part(language, part))
        for part in _PARTS.finditer(match.string, *match.span(group))
    ]


def _say_part(language: Language, part: re.Match[str]) -> str:
    if part["digits"]:
        return say_digits(language, part["digits"])
    return f"{language.signs['+']} " if part["mark"] else ", "


def _read_version(language: Language, match: re.Match[str]) -> Reading:
    """`v2.0`, or three numbers and more; four are an address."""
    parts = match["parts"].split(".")
    if any(part.startswith("00") for part in parts) or (len(parts) < 3 and match["mark"] is None):
        return None
    between = f" {language.web['.'] if len(parts) == 4 else language.point} "
    version = [edit(match, "mark", "version ")] if match["mark"] else []
    return [*version, *_between_dots(language, match, between)]


def _between_dots(language: Language, match: re.Match[str], between: str) -> list[Edit]:
    return [
        Edit(part.start(), part.end(), cardinal(language, int(part["digits"])) if part["digits"] else between)
        for part in _PARTS.finditer(match.string, *match.span("parts"))
    ]

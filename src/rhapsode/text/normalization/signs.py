"""Signs beside numbers, dashes between them, and the ampersand."""

import re

from rhapsode.text.normalization.edits import edit_apart
from rhapsode.text.normalization.language import Language
from rhapsode.text.normalization.scanner import Reading, Rule

_AMOUNT = r"(?=[.,]?[0-9]|[$€£¥][0-9])"
_OPENING = r"(?<![^\s(\[\"'“‘«„])"  # noqa: RUF001
_MINUS = rf"{_OPENING}(?<![0-9]\s)[-−–]{_AMOUNT}"  # noqa: RUF001
_DIFFERENCE = r"(?<=[0-9]\s)[-−–](?=\s[0-9.,]{1,20}+\s?=)"  # noqa: RUF001
_RANGE = r"(?<=[0-9%€£¢°])[–-](?=[.,]?[0-9]|[$€£¥])|(?<=[ap]m)[–-](?=[0-9])|(?<=m\.)[–-](?=[0-9])"
_BEFORE = rf"{_OPENING}[+±~≈#§]\s?{_AMOUNT}"
_BETWEEN = r"(?<=[0-9])[+=×÷<>@](?=[-−.]?[0-9])|(?<=[0-9)]\s)[+=×÷<>@±](?=\s[-−.]?[0-9$€£¥(])"  # noqa: RUF001
_EQUALS = r"(?<=\w\s)=(?=\s[-−]?\w)"  # noqa: RUF001
_AND = r"(?<=\w)&(?=[^\W\d_])(?!\w{1,10}+;)|(?<=\s)&(?=\s)"

_PER = r"(?<=[0-9])/(?=[a-z]{3})"

_ALL = "|".join((_MINUS, _DIFFERENCE, _RANGE, _BEFORE, _BETWEEN, _EQUALS, _AND, _PER))

SIGNS = rf"(?=[-−–+±~≈#§=×÷<>@&/])(?:{_ALL})"  # noqa: RUF001
"""Where a sign is read."""


def sign_rules(language: Language) -> list[Rule]:
    """Signs, each a word or two."""

    def read(match: re.Match[str]) -> Reading:
        words = language.signs.get(match.group().strip())
        return () if words is None else [edit_apart(match, 0, words)]

    return [
        Rule(
            "symbol",
            re.compile(f"{_MINUS}|{_DIFFERENCE}"),
            lambda match: [edit_apart(match, 0, language.minus)],
        ),
        Rule("symbol", re.compile(_RANGE), lambda match: [edit_apart(match, 0, language.to)]),
        Rule("symbol", re.compile("|".join((_BEFORE, _BETWEEN, _EQUALS, _AND, _PER))), read),
    ]

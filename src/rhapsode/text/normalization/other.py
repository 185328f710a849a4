"""Languages without a table of their own: whole numbers that stand by themselves, and nothing else."""

import re
from collections.abc import Callable

from rhapsode.text.normalization.edits import Edit
from rhapsode.text.normalization.spelling import spell

_MOST_DIGITS = 9
_NUMBER = re.compile(r"(?<!\d)\d++")
_OF_A_NUMBER = frozenset(".,:/'’-–٫٬·%°$€£¥+×=")  # noqa: RUF001
"""What makes more of digits than a whole number, when it touches them and more of it follows."""

_CHINESE = frozenset({"zh", "zh_Hant", "yue", "yue_Hans"})
_CARDINALS = "spellout-numbering"
_SINO_KOREAN = "spellout-cardinal-sinokorean"


def whole_number_reader(table: str) -> Callable[[str], list[Edit]]:
    """A reader of the whole numbers of a language of `spelling`."""
    rules = _SINO_KOREAN if table == "ko" else _CARDINALS

    def read(text: str) -> list[Edit]:
        return [
            Edit(found.start(), found.end(), spell(int(found.group()), table=table, rules=rules))
            for found in _NUMBER.finditer(text)
            if _is_whole_number(text, found)
            and not (table in _CHINESE and text[found.end() : found.end() + 1] == "年")
        ]

    return read


def _is_whole_number(text: str, found: re.Match[str]) -> bool:
    """Whether digits aren't part of a code, a decimal, a date or a word with an ending."""
    digits = found.group()
    before, after = text[max(0, found.start() - 2) : found.start()], text[found.end() : found.end() + 2]
    is_short = len(digits) <= _MOST_DIGITS and (len(digits) == 1 or int(digits[0]) != 0)
    return is_short and not _touches(before[::-1]) and not _touches(after)


def _touches(neighbours: str) -> bool:
    """Whether the first of what stands beside digits, nearest first, belongs to them."""
    nearest, next_one = neighbours[:1], neighbours[1:2]
    if nearest in _OF_A_NUMBER:
        return nearest not in ".,:" or next_one.isalnum()
    is_cased = nearest.lower() != nearest.upper()
    return is_cased or nearest == "_" or nearest.isnumeric()

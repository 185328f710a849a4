"""Which of the sounds heard belong to which word, by IPA. Values in, values out."""

from collections.abc import Sequence
from itertools import accumulate

# ruff: noqa: RUF001 -- these are the letters of IPA

_VOWELS = frozenset("aeiouyæøœɐɑɒɔɘəɚɛɜɝɞɤɨɪɯɵʉʊʌʏᵻ")
_MARKS = frozenset("ˈˌːˑʲʰʷ\u0303\u0329\u032f\u0361")
_SKIP_COST = 0.7
_MARK_SKIP_COST = 0.1


def first_sounds(heard: str, words: Sequence[str]) -> list[int]:
    """Return for each word the index in `heard` of its first symbol, never decreasing, the first 0.

    heard: IPA of words spoken together.    words: that of each spoken by itself.
    The two are aligned at the least cost: connected speech changes vowels, moves stress and drops or links a few
    sounds. What stands in neither word belongs to the earlier.
    """
    alone = "".join(words)
    before = range(len(alone) + 1) if alone == heard else _heard_before(alone, heard)
    return [before[start] if start else 0 for start in accumulate(map(len, words[:-1]), initial=0)]


def _heard_before(alone: str, heard: str) -> list[int]:
    """Return for each of `alone`, and for their end, how many of `heard` the cheapest alignment has before it."""
    costs = _costs(alone, heard)
    j = len(heard)
    before = [0] * len(alone) + [j]
    for i in range(len(alone) - 1, -1, -1):
        while j and costs[i + 1][j] == costs[i + 1][j - 1] + _skip(heard[j - 1]):
            j -= 1
        if j and costs[i + 1][j] == costs[i][j - 1] + _difference(alone[i], heard[j - 1]):
            j -= 1
        before[i] = j
    return before


def _costs(alone: str, heard: str) -> list[list[float]]:
    """Return the least cost of aligning the first i symbols of one with the first j of the other."""
    rows = [list(accumulate(map(_skip, heard), initial=0.0))]
    for one in alone:
        above, row = rows[-1], [rows[-1][0] + _skip(one)]
        for j, other in enumerate(heard):
            row.append(
                min(above[j] + _difference(one, other), above[j + 1] + _skip(one), row[j] + _skip(other))
            )
        rows.append(row)
    return rows


def _skip(symbol: str) -> float:
    return _MARK_SKIP_COST if symbol in _MARKS else _SKIP_COST


def _difference(one: str, other: str) -> float:
    """Return 0 for the same symbol, to 1.2 for a vowel and a consonant; a mark stands for no sound."""
    if one == other:
        return 0.0
    if one in _MARKS or other in _MARKS:
        return _SKIP_COST + _MARK_SKIP_COST
    if (one in _VOWELS) != (other in _VOWELS):
        return 1.2
    return 0.4 if one in _VOWELS else 0.8

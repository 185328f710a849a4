"""Which of the phonemes heard belong to which word, by espeak's mnemonics. Values in, values out."""

from collections.abc import Sequence

_STRESS = "',%=|"
_VOWELS = frozenset("aeiouyAEIOUVYW03@&8")
_SKIP_COST = 0.7


def is_pause(name: str) -> bool:
    """Whether a phoneme event is silence ("_:") and no sound."""
    return name.startswith("_")


def first_phonemes(heard: Sequence[str], words: Sequence[Sequence[str]]) -> list[int]:
    """Return for each word the index in `heard` of its first phoneme, never decreasing, the first 0.

    heard: the phonemes of words spoken together.    words: the phonemes of each spoken by itself.
    The two are aligned at the least cost: connected speech changes vowels and drops or links a few
    sounds, and a sound that stands in neither word belongs to the earlier ("for a": f o@ r | a).
    """
    alone = [phoneme for word in words for phoneme in word]
    leaving = _rows_left_at(_costs(alone, heard), alone, heard)
    firsts, start = [], 0
    for word in words:
        firsts.append(leaving[start] if start else 0)
        start += len(word)
    return firsts


def _difference(one: str, other: str) -> float:
    """Return 0 for the same sound to 1.2 for a vowel and a consonant."""
    one, other = one.strip(_STRESS), other.strip(_STRESS)
    if one == other:
        return 0.0
    if one[:1] == other[:1]:
        return 0.2
    if (one[:1] in _VOWELS) != (other[:1] in _VOWELS):
        return 1.2
    return 0.4 if one[:1] in _VOWELS else 0.8


def _costs(alone: Sequence[str], heard: Sequence[str]) -> list[list[float]]:
    """Return the least cost of aligning the first i of `alone` with the first j of `heard`."""
    rows = [[_SKIP_COST * j for j in range(len(heard) + 1)]]
    for phoneme in alone:
        above = rows[-1]
        row = [above[0] + _SKIP_COST]
        for j, sound in enumerate(heard):
            same = above[j] + _difference(phoneme, sound)
            row.append(min(same, above[j + 1] + _SKIP_COST, row[j] + _SKIP_COST))
        rows.append(row)
    return rows


def _rows_left_at(costs: list[list[float]], alone: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Return for each i how many of `heard` the cheapest path has used when it takes up alone[i]."""
    leaving = [0] * len(alone) + [len(heard)]
    j = len(heard)
    for i in range(len(alone) - 1, -1, -1):
        while j > 0 and costs[i + 1][j] == costs[i + 1][j - 1] + _SKIP_COST:
            j -= 1
        if j > 0 and costs[i + 1][j] == costs[i][j - 1] + _difference(alone[i], heard[j - 1]):
            j -= 1
        leaving[i] = j
    return leaving

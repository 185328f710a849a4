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
    alone = [phoneme.strip(_STRESS) for word in words for phoneme in word]
    together = [phoneme.strip(_STRESS) for phoneme in heard]
    # In more than half of all cases nothing has changed, and each is its own counterpart.
    leaving = range(len(alone) + 1) if alone == together else _heard_before(alone, together)
    firsts, start = [], 0
    for word in words:
        firsts.append(leaving[start] if start else 0)
        start += len(word)
    return firsts


def _heard_before(alone: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Return for each of `alone`, and for their end, how many of `heard` the cheapest alignment has before it."""
    found = {one: [_difference(one, other) for other in heard] for one in set(alone)}
    differences = [found[one] for one in alone]
    return _rows_left_at(_costs(differences, len(heard)), differences)


def _difference(one: str, other: str) -> float:
    """Return 0 for the same sound, both without stress, to 1.2 for a vowel and a consonant."""
    if one == other:
        return 0.0
    if one[:1] == other[:1]:
        return 0.2
    if (one[:1] in _VOWELS) != (other[:1] in _VOWELS):
        return 1.2
    return 0.4 if one[:1] in _VOWELS else 0.8


def _costs(differences: Sequence[Sequence[float]], heard_count: int) -> list[list[float]]:
    """Return the least cost of aligning the first i phonemes with the first j that are heard.

    differences: a row for each phoneme, with its difference to each that is heard.
    """
    rows = [[_SKIP_COST * j for j in range(heard_count + 1)]]
    for to_heard in differences:
        above = rows[-1]
        cost = above[0] + _SKIP_COST
        row = [cost]
        for before, skipped, difference in zip(above, above[1:], to_heard, strict=False):
            cost = min(before + difference, skipped + _SKIP_COST, cost + _SKIP_COST)
            row.append(cost)
        rows.append(row)
    return rows


def _rows_left_at(costs: Sequence[Sequence[float]], differences: Sequence[Sequence[float]]) -> list[int]:
    """Return for each i how many that are heard the cheapest path has used when it takes up phoneme i."""
    j = len(costs[0]) - 1
    leaving = [0] * len(differences) + [j]
    for i in range(len(differences) - 1, -1, -1):
        while j > 0 and costs[i + 1][j] == costs[i + 1][j - 1] + _SKIP_COST:
            j -= 1
        if j > 0 and costs[i + 1][j] == costs[i][j - 1] + differences[i][j - 1]:
            j -= 1
        leaving[i] = j
    return leaving

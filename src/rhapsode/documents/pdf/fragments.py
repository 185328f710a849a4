"""Words to fragments: stretches of a line without a wide gap, which are what columns are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rhapsode.documents.pdf.words import Word

WIDE_GAP = 1.5
"""Times the size: no space between words is so wide, but the one between columns is."""

_SAME_LINE = 0.12  # times the size: how far the baselines of one line may differ
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words that follow each other on one line. Measures are points."""

    words: tuple[Word, ...]
    left: float
    right: float
    baseline: float
    size: float

    @property
    def characters(self) -> int:
        """How many characters its words have."""
        return sum(len(word.text) for word in self.words)


def fragments_of(words: Iterable[Word]) -> list[Fragment]:
    """The fragments of a page's words, in the order of its contents."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and _follows(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [_fragment(group) for group in groups]


def _follows(before: Word, word: Word) -> bool:
    size = max(before.size, word.size)
    if abs(before.baseline - word.baseline) > _SAME_LINE * size:
        return False
    gap = word.left - before.right if word.left >= before.left else before.left - word.right
    return -_OVERLAP * size < gap < WIDE_GAP * size


def _fragment(words: Sequence[Word]) -> Fragment:
    return Fragment(
        tuple(words),
        min(word.left for word in words),
        max(word.right for word in words),
        words[0].baseline,
        max(word.size for word in words),
    )

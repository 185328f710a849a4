"""Fragments to lines of text, in reading order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.documents.cleaning import DROP_CAP
from rhapsode.documents.pdf.characters import runs_right_to_left
from rhapsode.documents.pdf.columns import columns_of
from rhapsode.documents.pdf.fragments import WIDE_GAP, Fragment, fragments_of
from rhapsode.documents.pdf.pages import Page
from rhapsode.documents.pdf.words import Word

RAISED, LOWERED = "\x05", "\x06"
"""Stand around a small number that is raised above its line: a note's mark, or an exponent."""

_SAME_LINE = 0.5  # times the size: raised and lowered signs stand so far from the baseline
_SMALL = 0.8  # times the line's size
_RAISED = 0.2  # times the line's size
_LARGE = 1.8  # times the usual size: a drop cap
_CAPITAL = 0.7  # a capital's height in its size
_SPACE = 0.12  # times the size: a gap that is a space where the page holds none
_SPACE_AFTER_DROP_CAP = 0.5
_MARK_CHARACTERS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one column. Measures are points.

    column: counts through the document.    cells: its text in pieces, where wide gaps part it.
    """

    page: int
    column: int
    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    cells: tuple[str, ...] = ()


def lines_of(pages: Sequence[Page]) -> list[Line]:
    """The lines of all pages, column by column."""
    lines: list[Line] = []
    column = 0
    for page in pages:
        backwards = runs_right_to_left("".join(word.text for word in page.words))
        fragments = _with_level_drop_caps(fragments_of(page.words))
        for stretch in columns_of(fragments, right_to_left=backwards):
            lines += [_line(group, page.number, column) for group in _by_height(stretch)]
            column += 1
    return lines


def _with_level_drop_caps(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Lift each large first letter to the line that it begins."""
    if not fragments:
        return []
    sizes: Counter[float] = Counter()
    for fragment in fragments:
        sizes[round(fragment.size, 1)] += fragment.characters
    usual = sizes.most_common(1)[0][0]
    return [
        _lifted(f, (f.size - usual) * _CAPITAL) if f.size > _LARGE * usual and _is_letter(f) else f
        for f in fragments
    ]


def _is_letter(fragment: Fragment) -> bool:
    return len(fragment.words) == 1 and len(fragment.words[0].text) == 1 and fragment.words[0].text.isalpha()


def _lifted(fragment: Fragment, height: float) -> Fragment:
    word = fragment.words[0]
    lifted = Word(
        word.text + DROP_CAP, word.left, word.right, word.baseline + height, word.size, word.bold, word.spaced
    )
    return Fragment((lifted,), fragment.left, fragment.right, lifted.baseline, 0.0)


def _by_height(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments of the same line together, from top to bottom."""
    groups: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: -f.baseline):
        if groups and _on_line(groups[-1], fragment):
            groups[-1].append(fragment)
        else:
            groups.append([fragment])
    return groups


def _on_line(group: Sequence[Fragment], fragment: Fragment) -> bool:
    main = max(group, key=lambda f: f.size)
    if abs(main.baseline - fragment.baseline) > _SAME_LINE * max(main.size, fragment.size):
        return False
    return all(fragment.left >= f.right - 1 or fragment.right <= f.left + 1 for f in group)


def _line(group: Sequence[Fragment], page: int, column: int) -> Line:
    main = max(group, key=lambda f: (round(f.size, 1), f.characters))
    backwards = runs_right_to_left("".join(word.text for f in group for word in f.words))
    in_order = sorted(group, key=(lambda f: -f.right) if backwards else (lambda f: f.left))
    words = [word for fragment in in_order for word in _in_order(fragment, backwards=backwards)]
    characters = sum(len(word.text) for word in words)
    return Line(
        page=page,
        column=column,
        text=_text(words, main, backwards=backwards),
        cells=tuple(_text(cell, main, backwards=backwards) for cell in _cells(words, main.size)),
        left=min(fragment.left for fragment in group),
        right=max(fragment.right for fragment in group),
        baseline=main.baseline,
        size=main.size or max(word.size for word in words),
        bold=sum(len(word.text) for word in words if word.bold) * 2 > characters,
    )


def _in_order(fragment: Fragment, *, backwards: bool) -> Sequence[Word]:
    return sorted(fragment.words, key=lambda word: -word.right) if backwards else fragment.words


def _cells(words: Sequence[Word], size: float) -> list[list[Word]]:
    cells: list[list[Word]] = [[]]
    for word in words:
        before = cells[-1][-1] if cells[-1] else None
        if before is not None and max(word.left - before.right, before.left - word.right) > WIDE_GAP * size:
            cells.append([])
        cells[-1].append(word)
    return cells


def _text(words: Sequence[Word], main: Fragment, *, backwards: bool) -> str:
    pieces: list[str] = []
    before: Word | None = None
    for word in words:
        if before is not None:
            gap = before.left - word.right if backwards else word.left - before.right
            space = _SPACE_AFTER_DROP_CAP if before.text.endswith(DROP_CAP) else _SPACE
            pieces.append(" " if word.spaced or gap > space * min(before.size, word.size) else "")
        pieces.append(f"{RAISED}{word.text}{LOWERED}" if _is_raised(word, main) else word.text)
        before = word
    return "".join(pieces)


def _is_raised(word: Word, main: Fragment) -> bool:
    small = word.size < _SMALL * main.size and len(word.text) <= _MARK_CHARACTERS
    return small and word.baseline > main.baseline + _RAISED * main.size

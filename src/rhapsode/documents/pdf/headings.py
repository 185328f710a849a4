"""Headings: paragraphs larger or bolder than the text, or that say so in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.documents.pdf.lines import Line
from rhapsode.documents.pdf.paragraphs import Paragraph
from rhapsode.documents.roles import role_of_name
from rhapsode.documents.text_headings import find_headings
from rhapsode.documents.text_lines import Chunk

_LARGE = 1.12  # times the usual size
_LONGEST_CHARACTERS = 200
_LONGEST_BOLD_CHARACTERS = 100
_MOST_LINES = 4
_LEVELS = 3
_CONTENTS_ROLES = frozenset({"toc", "loi", "lot", "index"})
_STOPS = (".", ",", ";", ":")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A paragraph with its text."""

    paragraph: Paragraph
    text: str


def body_size_of(lines: Sequence[Line]) -> float:
    """The size that most characters have, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def heading_levels(spoken: Sequence[Spoken], *, body_size: float) -> dict[int, int]:
    """The levels, from 1, of the paragraphs that are headings, by index."""
    large = {i: _rounded(s.paragraph.size) for i, s in enumerate(spoken) if _is_large(s, body_size)}
    levels = _levels_of_sizes(set(large.values()), [s for i, s in large.items() if i + 1 not in large])
    found = {index: levels[size] for index, size in large.items()}
    deepest = min(max(levels.values(), default=0) + 1, _LEVELS)
    found |= dict.fromkeys(_bold_headings(spoken, found, body_size), deepest)
    if sum(level == 1 for level in found.values()) < 2:
        found |= _by_words(spoken, found)
    return found


def _is_large(spoken: Spoken, body_size: float) -> bool:
    paragraph = spoken.paragraph
    if paragraph.is_aside or paragraph.size < _LARGE * body_size:
        return False
    return _is_short(spoken, _LONGEST_CHARACTERS)


def _is_short(spoken: Spoken, longest: int) -> bool:
    letters = sum(character.isalpha() for character in spoken.text)
    readable = letters > 1 or spoken.text.strip(".").isalnum()
    return readable and len(spoken.text) <= longest and len(spoken.paragraph.lines) <= _MOST_LINES


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _levels_of_sizes(sizes: set[float], introducing: Sequence[float]) -> dict[float, int]:
    """The largest size that comes twice is that of chapters; what is larger stands on a title page.

    introducing: the sizes of the headings that text follows.
    """
    counts = Counter(introducing)
    in_order = sorted(sizes, reverse=True)
    chapters = next((size for size in in_order if counts[size] > 1), in_order[0] if in_order else 0.0)
    smaller = [size for size in in_order if size < chapters]
    levels = {size: 1 for size in in_order if size >= chapters}
    return levels | {size: min(rank, _LEVELS) for rank, size in enumerate(smaller, start=2)}


def _bold_headings(spoken: Sequence[Spoken], found: dict[int, int], body_size: float) -> list[int]:
    """Bold lines by themselves in front of text that isn't; the entries of a table of contents are none."""
    headings = []
    in_contents = False
    for index, item in enumerate(spoken):
        if index in found:
            in_contents = role_of_name(item.text) in _CONTENTS_ROLES
        elif not in_contents and _is_bold(item, body_size) and _introduces(spoken, index):
            headings.append(index)
    return headings


def _is_bold(spoken: Spoken, body_size: float) -> bool:
    paragraph = spoken.paragraph
    if paragraph.is_aside or not paragraph.bold or paragraph.size < body_size * (2 - _LARGE):
        return False
    return _is_short(spoken, _LONGEST_BOLD_CHARACTERS) and not spoken.text.endswith(_STOPS)


def _introduces(spoken: Sequence[Spoken], index: int) -> bool:
    return index + 1 < len(spoken) and not spoken[index + 1].paragraph.bold


def _by_words(spoken: Sequence[Spoken], found: dict[int, int]) -> dict[int, int]:
    places = [i for i, item in enumerate(spoken) if i not in found and not item.paragraph.is_aside]
    headings = find_headings([Chunk((spoken[index].text,)) for index in places])
    return {places[index]: heading.level for index, heading in headings.items()}

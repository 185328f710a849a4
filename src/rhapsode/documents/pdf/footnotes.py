"""Footnotes: the small lines at the foot of a page that begin with a number or a sign."""

import re
from collections import defaultdict
from collections.abc import Sequence

from rhapsode.documents.pdf.lines import LOWERED, RAISED, Line

_SMALL = 0.93  # times the usual size
_MARK = re.compile(rf"{RAISED}?\s*(\d{{1,3}}|[*†‡§])[.)]?{LOWERED}?\s*(?=\S)")


def footnote_lines(lines: Sequence[Line], *, body_size: float) -> set[Line]:
    """The lines of all footnotes."""
    by_column: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_column[line.column].append(line)
    found: set[Line] = set()
    for in_column in by_column.values():
        small = _small_at_the_end(in_column, body_size)
        start = next((i for i, line in enumerate(small) if mark_of(line) is not None), None)
        if start is not None:
            found |= set(small[start:])
    return found


def mark_of(line: Line) -> str | None:
    """The number or sign that a note begins with."""
    match = _MARK.match(line.text)
    return match[1] if match else None


def _small_at_the_end(lines: Sequence[Line], body_size: float) -> list[Line]:
    end = len(lines)
    while end and lines[end - 1].size < _SMALL * body_size:
        end -= 1
    # A column of nothing but small print, such as an index, holds no notes.
    return list(lines[end:]) if end else []

"""Rows of tables: lines with several wide gaps, one below the other."""

from collections.abc import Sequence
from itertools import pairwise

from rhapsode.documents.pdf.lines import Line

_FEWEST_CELLS = 3
_CONTENTS_LEADER = ". ."  # the dots between an entry of a table of contents and its page


def row_lines(lines: Sequence[Line]) -> set[Line]:
    """The lines that are rows. One by itself is none: a running line, or a formula with its number."""
    found: set[Line] = set()
    for before, line in pairwise(lines):
        if before.column == line.column and _has_cells(before) and _has_cells(line):
            found |= {before, line}
    return found


def _has_cells(line: Line) -> bool:
    return len(line.cells) >= _FEWEST_CELLS and _CONTENTS_LEADER not in line.text

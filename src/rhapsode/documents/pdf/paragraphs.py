"""Lines to paragraphs, by the white between lines, their indents, and how far they reach."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from rhapsode.documents.pdf.footnotes import mark_of
from rhapsode.documents.pdf.lines import Line
from rhapsode.documents.pdf.rows import row_lines

_LARGE = 1.12  # times the usual size: a heading
_OTHER_SIZE = 0.12  # relative difference between lines that don't belong together
_INDENT = 0.7  # times the size
_WIDE_GAP = 1.25  # times the usual distance of lines
_USUAL_LEADING = 1.2  # times the size
_HEADING_GAP = 1.7  # times a heading's size
_CHARACTER = 0.5  # times the size: the width of an average character
_STOPS = frozenset(".!?:…。！？")  # noqa: RUF001 -- full-width stops are meant
_CLOSING = "\"'”’»)]\x06"
_ITEM = re.compile(r"(?:[•●○◦▪■□‣⁃∙·–—-]|\(?(?:\d{1,3}|[a-zA-Z])[.)]) +\S")  # noqa: RUF001 -- dashes as bullets


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together. is_note: whether it is a footnote. is_row: whether it is a row of a table."""

    lines: list[Line]
    is_note: bool = False
    is_row: bool = False

    @property
    def is_aside(self) -> bool:
        """Whether it stands beside the text."""
        return self.is_note or self.is_row

    @property
    def first(self) -> Line:
        """The line it begins with."""
        return self.lines[0]

    @property
    def size(self) -> float:
        """The size of its largest line."""
        return max(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class Column:
    """What is usual in a column: its margins and the distance of its lines, in points."""

    left: float
    right: float
    leading: float


@dataclass(slots=True)
class _Building:
    """Paragraphs so far; notes wait until the paragraph that they interrupt has ended."""

    done: list[Paragraph] = field(default_factory=list)
    notes: list[Paragraph] = field(default_factory=list)
    current: list[Line] = field(default_factory=list)

    def end(self) -> None:
        if self.current:
            self.done.append(Paragraph(self.current))
        self.done += self.notes
        self.current, self.notes = [], []

    def add_row(self, line: Line) -> None:
        self.end()
        self.done.append(Paragraph([line], is_row=True))

    def add_note(self, line: Line) -> None:
        if self.notes and mark_of(line) is None:
            self.notes[-1].lines.append(line)
        else:
            self.notes.append(Paragraph([line], is_note=True))


def paragraphs_of(lines: Sequence[Line], notes: set[Line], *, body_size: float) -> list[Paragraph]:
    """The paragraphs of a document. `notes`: the lines of footnotes."""
    rows = row_lines(lines) - notes
    body = [line for line in lines if line not in notes and line not in rows]
    following = dict(zip_longest(body, body[1:]))
    columns = _columns([line for line in lines if line not in notes])
    indented = _is_indented(body, columns)
    building = _Building()
    for line in lines:
        if line in notes:
            building.add_note(line)
            continue
        if line in rows:
            building.add_row(line)
            continue
        around = _Around(line, building.current, following[line], columns, indented, body_size)
        if building.current and around.begins():
            building.end()
        building.current.append(line)
    building.end()
    return building.done


def starts_item(text: str) -> bool:
    """Whether a line begins with a bullet or a number like that of a list."""
    return _ITEM.match(text) is not None


def _columns(lines: Sequence[Line]) -> dict[int, Column]:
    by_column: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_column[line.column].append(line)
    leading = _usual_leading(lines)
    return {number: _column(in_column, leading) for number, in_column in by_column.items()}


def _usual_leading(lines: Sequence[Line]) -> dict[float, float]:
    """The distance that most lines of each size have."""
    gaps: dict[float, Counter[float]] = defaultdict(Counter)
    for before, line in pairwise(lines):
        gap = before.baseline - line.baseline
        if before.column == line.column and before.size == line.size and gap > 0:
            gaps[_rounded(line.size)][_rounded(gap)] += 1
    return {size: counts.most_common(1)[0][0] for size, counts in gaps.items()}


def _column(lines: Sequence[Line], leading: dict[float, float]) -> Column:
    lefts = Counter(round(line.left) for line in lines)
    sizes = Counter(_rounded(line.size) for line in lines)
    size = sizes.most_common(1)[0][0]
    return Column(
        left=lefts.most_common(1)[0][0],
        right=max(line.right for line in lines),
        leading=leading.get(size, _USUAL_LEADING * size),
    )


def _rounded(points: float) -> float:
    return round(points * 2) / 2


def _is_indented(lines: Sequence[Line], columns: dict[int, Column]) -> bool:
    """Whether the document sets paragraphs apart by indenting their first lines."""
    indents = [(line.left - columns[line.column].left) / line.size for line in lines]
    few = [indent for indent in indents if _INDENT < indent < 4]
    return len(few) * 25 > len(lines)


@dataclass(frozen=True, slots=True)
class _Around:
    """A line, the paragraph in front of it, and what decides whether it goes on."""

    line: Line
    current: Sequence[Line]
    following: Line | None
    columns: dict[int, Column]
    indented: bool
    body_size: float

    @property
    def before(self) -> Line:
        return self.current[-1]

    @property
    def indent(self) -> float:
        """How much further right than the line before, in sizes."""
        return (self.line.left - self.before.left) / self.line.size

    def begins(self) -> bool:
        """Whether the line begins a paragraph."""
        before, line = self.before, self.line
        if abs(before.size - line.size) > _OTHER_SIZE * max(before.size, line.size):
            return True
        if before.column != line.column:
            return self._begins_after_column()
        gap = before.baseline - line.baseline
        if line.size > _LARGE * self.body_size:
            return gap > _HEADING_GAP * line.size
        if gap > _WIDE_GAP * self._leading() or starts_item(line.text):
            return True
        if before.bold != line.bold and self._ended_early():
            return True
        return self._begins_by_indent()

    def _leading(self) -> float:
        return max(self.columns[self.line.column].leading, self.line.size)

    def _begins_by_indent(self) -> bool:
        if self.indent > _INDENT:
            return self._is_first_line()
        if self.indent < -_INDENT:
            # A first line stands right of the second; only a block that was indented as a whole ends here.
            return (
                len(self.current) > 1 and abs(self.current[-2].left - self.before.left) < self.line.size / 2
            )
        return self._ended_early()

    def _is_first_line(self) -> bool:
        """Whether an indent is that of a first line, not of all lines but the first."""
        if starts_item(self.before.text):
            return False
        after = self.following
        hanging = after is not None and after.column == self.line.column
        if hanging and after is not None and abs(after.left - self.line.left) < _INDENT * self.line.size:
            return _is_finished(self.before) or self._ended_early()
        return True

    def _ended_early(self) -> bool:
        """Whether the line before ended although the next word would have fitted on it."""
        before = self.before
        word = self.line.text.split(maxsplit=1)[0] if self.line.text.split() else ""
        needed = (len(word) + 1.5) * _CHARACTER * before.size
        if self.columns[before.column].right - before.right < needed:
            return False
        return _is_finished(before) or not word[:1].islower()

    def _begins_after_column(self) -> bool:
        line = self.line
        if line.size > _LARGE * self.body_size or line.bold != self.before.bold or starts_item(line.text):
            return True
        if line.text[:1].islower() or self.before.text.endswith(("-", "\x02", ",")):
            return False
        if (line.left - self.columns[line.column].left) > _INDENT * line.size:
            return True
        if self._ended_early():
            return True
        return _is_finished(self.before) and not self.indented


def _is_finished(line: Line) -> bool:
    return line.text.rstrip(_CLOSING + " ")[-1:] in _STOPS

"""Headers, footers and page numbers: lines near the edge of a page that other pages have too."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from rhapsode.documents.pdf.lines import Line
from rhapsode.documents.pdf.pages import Page

_EDGE = 0.2  # of the page's height, at the top and at the bottom
_LINES = 2  # at either edge
_FEWEST_PAGES = 3  # that the words of a header stand on
_LARGE = 1.15  # times the usual size: a heading, however often it comes
_APART = 1.5  # times the size: the white between a header and the text
_NUMBER = re.compile(r"\d+|\b[ivxlcdm]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|seite|página|pagina|p\.|s\.)\s*)?(\d{1,4}|[ivxlc]{1,8})(?:\s*(?:/|of|von|de|di|sur)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)
_END_NUMBER = re.compile(r"^\d{1,4}(?= )|(?<= )\d{1,4}$")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def without_running_lines(
    lines: Sequence[Line], pages: Sequence[Page], *, body_size: float
) -> tuple[list[Line], int]:
    """The lines without those that belong to the pages rather than to the text, and how many those are."""
    edges = _edge_lines(lines, pages)
    dropped = _repeated(edges, body_size) | _numbers(edges) | _numbered(edges, _apart(lines))
    return [line for line in lines if line not in dropped], len(dropped)


def _edge_lines(lines: Sequence[Line], pages: Sequence[Page]) -> list[Line]:
    by_page: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_page[line.page].append(line)
    found = []
    for number, on_page in by_page.items():
        height = pages[number].height
        in_order = sorted(on_page, key=lambda line: line.baseline)
        found += [line for line in in_order[:_LINES] if line.baseline < height * _EDGE]
        found += [line for line in in_order[_LINES:][-_LINES:] if line.baseline > height * (1 - _EDGE)]
    return found


def _repeated(edges: Sequence[Line], body_size: float) -> set[Line]:
    """Lines that say the same on several pages, but for a number."""
    small = [line for line in edges if line.size <= _LARGE * body_size and line.text.strip()]
    pages: dict[str, set[int]] = defaultdict(set)
    for line in small:
        pages[_key(line)].add(line.page)
    return {line for line in small if len(pages[_key(line)]) >= _FEWEST_PAGES}


def _key(line: Line) -> str:
    return _NUMBER.sub("#", line.text.casefold()).strip()


def _numbers(edges: Sequence[Line]) -> set[Line]:
    """Lines that are only a number and go on from page to page, or name their page."""
    values = _page_numbers(edges)
    shifts = Counter(value - line.page for line, value in values.items())
    return {line for line, value in values.items() if value == line.page + 1 or shifts[value - line.page] > 1}


def _numbered(edges: Sequence[Line], apart: set[Line]) -> set[Line]:
    """Lines apart from the text at whose end stands the number of their page: "46 Of Tides"."""
    ends = {
        line: [int(number) for number in _END_NUMBER.findall(line.text)] for line in edges if line in apart
    }
    shifts = Counter(value - line.page for line, value in _page_numbers(edges).items())
    shifts.update(value - line.page for line, values in ends.items() for value in values)
    return {
        line
        for line, values in ends.items()
        if any(shifts[value - line.page] >= _FEWEST_PAGES for value in values)
    }


def _apart(lines: Sequence[Line]) -> set[Line]:
    """The first and the last line of each page, where white parts them from the others."""
    by_page: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_page[line.page].append(line)
    found = set()
    for on_page in by_page.values():
        in_order = sorted(on_page, key=lambda line: line.baseline)
        for edge, beside in ((in_order[:1], in_order[1:2]), (in_order[-1:], in_order[-2:-1])):
            if not beside or abs(edge[0].baseline - beside[0].baseline) > _APART * edge[0].size:
                found |= set(edge)
    return found


def _page_numbers(edges: Sequence[Line]) -> dict[Line, int]:
    return {line: value for line in edges if (value := _page_number(line.text)) is not None}


def _page_number(text: str) -> int | None:
    match = _PAGE_NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    numeral = match[1].lower()
    if numeral.isdecimal():
        return int(numeral)
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))

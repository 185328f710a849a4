"""Tables as sentences: one per row, each cell with its column's heading."""

from collections.abc import Callable, Iterator

from lxml import etree

from rhapsode.documents.markup import HEADING_TAGS, tag_of, text_in

_LONG_CELL_CHARACTERS = 400
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})


def is_data_table(table: etree._Element) -> bool:
    """Whether a table holds data; false for one that only lays out text, which is read as text."""
    if table.get("role") in {"presentation", "none"}:
        return False
    tags = {tag_of(element) for element in table.iterdescendants()}
    if "table" in tags or not HEADING_TAGS.isdisjoint(tags):
        return False
    rows = [_cells(row) for row in _rows(table)]
    if max(map(len, rows), default=0) < 2:
        return False
    return all(len(text_in(cell)) <= _LONG_CELL_CHARACTERS for row in rows for cell in row)


def find_caption(table: etree._Element) -> etree._Element | None:
    """The table's `caption`."""
    return next((child for child in table if tag_of(child) == "caption"), None)


def table_rows(
    table: etree._Element, read: Callable[[etree._Element], str]
) -> list[tuple[etree._Element, str]]:
    """Each row with its readable text: "Year: 1900; People: 2,216,331", or without headings "1900, 2,216,331"."""
    rows = [(row, [read(cell) for cell in _cells(row)]) for row in _rows(table)]
    headings: list[str] = []
    # A heading needs something below it, or its text would be lost.
    if any(any(cells) for _, cells in rows[1:]) and all(tag_of(cell) == "th" for cell in _cells(rows[0][0])):
        headings = rows.pop(0)[1]
    texts = [(row, _row_text(cells, headings)) for row, cells in rows]
    return [(row, text) for row, text in texts if text]


def _row_text(cells: list[str], headings: list[str]) -> str:
    if len(cells) != len(headings):
        return ", ".join(cell for cell in cells if cell)
    pairs = [
        f"{heading}: {cell}" if heading else cell
        for heading, cell in zip(headings, cells, strict=True)
        if cell
    ]
    return "; ".join(pairs)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if tag_of(child) == "tr":
            yield child
        elif tag_of(child) in _ROW_GROUPS:
            yield from (row for row in child if tag_of(row) == "tr")


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if tag_of(cell) in {"td", "th"}]

"""From WordprocessingML as programs write it to the little of it that mammoth turns into the HTML we mean.

mammoth goes by the style of a paragraph alone: it knows no outline levels, no style that is based on another,
no list numbers, drop caps, languages or page breaks. So each paragraph gets a style that says what it is, and
what Word would show without storing it is written into the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.docx.kinds import HEADINGS, TITLE
from rhapsode.documents.docx.numbering import Numbering, Place
from rhapsode.documents.docx.resolving import FORMULA_STYLE
from rhapsode.documents.docx.wordml import W, find, is_on, paragraphs, text_of, value_of, within
from rhapsode.documents.markup import language_primary

BULLETS, NUMBERS = "1", "2"
PAGE_ANCHOR = "rhapsode-page-"
STYLE = "Rhapsode"
LANGUAGE_STYLE = "RhapsodeLanguage-"
_DEEPEST = 4  # the levels of lists that mammoth's own map tells apart, counted from 0
_KEPT_OF_RUNS = frozenset({f"{W}vertAlign"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a part's paragraphs and runs before it is rewritten."""

    kinds: Mapping[etree._Element, str]
    languages: Mapping[etree._Element, str]
    language: str | None


def rewrite(root: etree._Element, reading: Reading, numbering: Numbering) -> None:
    """Rewrite a part in place, its paragraphs in document order."""
    _mark_heading_rows(root)
    _part_words_at_breaks(root)
    for run in root.iter(f"{W}r"):
        _rewrite_run(run, reading)
    lists = _Lists(numbering)
    for paragraph in paragraphs(root):
        _rewrite_paragraph(paragraph, reading.kinds.get(paragraph), lists)


def mark_pages(starts: list[etree._Element]) -> None:
    """Put an anchor in front of each paragraph that begins a page."""
    for number, paragraph in enumerate(starts):
        mark = etree.Element(f"{W}bookmarkStart")
        mark.set(f"{W}name", f"{PAGE_ANCHOR}{number}")
        paragraph.insert(1 if find(paragraph, "pPr") is not None else 0, mark)


class _Lists:
    """Decides which items of lists are told their numbers, as `documents.lists` does for HTML.

    An ordinary list is heard in its order; numbers are told where it goes on from an earlier one.
    """

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._telling: dict[tuple[str, int], bool] = {}

    def leave(self) -> None:
        """A paragraph outside of any list follows."""
        self._telling.clear()

    def heading_label(self, paragraph: etree._Element) -> str:
        """The number of a heading, which is part of its name."""
        place = self._numbering.place_of(paragraph)
        return "" if place is None else self._numbering.count(place).text

    def enter(self, paragraph: etree._Element) -> tuple[Place, str] | None:
        """The place of an item, and the label to tell; None for a paragraph that is no item."""
        place = self._numbering.place_of(paragraph)
        if place is None:
            return None
        label = self._numbering.count(place)
        telling = (
            self._telling.setdefault(self._numbering.sequence_of(place), label.number != 1) or label.worded
        )
        return place, label.text if telling else ""

    def is_bullet(self, place: Place) -> bool:
        """Whether the items there have signs instead of numbers."""
        return self._numbering.is_bullet(place)


def _rewrite_paragraph(paragraph: etree._Element, kind: str | None, lists: _Lists) -> None:
    spoken = bool(text_of(paragraph).strip())
    numbered = None
    if kind in HEADINGS or kind == TITLE:
        lists.leave()
        if spoken or _is_numbered_alone(paragraph):
            _prepend(paragraph, lists.heading_label(paragraph))
    elif kind is None and spoken:
        numbered = lists.enter(paragraph)
        if numbered is None and not within(paragraph, "tbl", "txbxContent"):
            lists.leave()
    if numbered is not None:
        _prepend(paragraph, numbered[1])
    _set_properties(paragraph, kind, numbered[0] if numbered else None, lists)


def _is_numbered_alone(paragraph: etree._Element) -> bool:
    """Whether a heading consists of the number that Word shows: "Chapter 1" without any text of its own."""
    return find(paragraph, "pPr", "numPr") is not None


def _prepend(paragraph: etree._Element, label: str) -> None:
    if label:
        run = etree.Element(f"{W}r")
        etree.SubElement(run, f"{W}t").text = f"{label} "
        paragraph.insert(1 if find(paragraph, "pPr") is not None else 0, run)


def _set_properties(paragraph: etree._Element, kind: str | None, place: Place | None, lists: _Lists) -> None:
    """Replace a paragraph's properties by its kind, its list and whether its end was deleted."""
    old = find(paragraph, "pPr")
    new = etree.Element(f"{W}pPr")
    if kind is not None:
        etree.SubElement(new, f"{W}pStyle").set(f"{W}val", f"{STYLE}{kind}")
    if place is not None:
        numbers = etree.SubElement(new, f"{W}numPr")
        etree.SubElement(numbers, f"{W}ilvl").set(f"{W}val", str(min(place.depth, _DEEPEST)))
        etree.SubElement(numbers, f"{W}numId").set(f"{W}val", BULLETS if lists.is_bullet(place) else NUMBERS)
    if find(old, "rPr", "del") is not None:
        etree.SubElement(etree.SubElement(new, f"{W}rPr"), f"{W}del")
    if old is not None:
        paragraph.remove(old)
    paragraph.insert(0, new)


def _rewrite_run(run: etree._Element, reading: Reading) -> None:
    properties = find(run, "rPr")
    language = reading.languages.get(run)
    foreign = language is not None and language_primary(language) != language_primary(reading.language)
    if properties is None:
        if not foreign:
            return
        properties = etree.Element(f"{W}rPr")
        run.insert(0, properties)
    is_formula = value_of(find(properties, "rStyle")) == FORMULA_STYLE
    for child in list(properties):
        if child.tag not in _KEPT_OF_RUNS and not is_formula:
            properties.remove(child)
    if foreign and not is_formula:
        etree.SubElement(properties, f"{W}rStyle").set(f"{W}val", f"{LANGUAGE_STYLE}{language}")


def _part_words_at_breaks(root: etree._Element) -> None:
    """Make breaks of pages and columns those of lines: mammoth drops them, and the words around them would be one."""
    for mark in root.iter(f"{W}br"):
        if f"{W}type" in mark.attrib:
            del mark.attrib[f"{W}type"]


def _mark_heading_rows(root: etree._Element) -> None:
    """Mark the first row of a table as its headings where only its bold letters say so."""
    for table in root.iter(f"{W}tbl"):
        rows = table.findall(f"{W}tr")
        marked = any(find(row, "trPr", "tblHeader") is not None for row in rows)
        if len(rows) < 2 or marked or not _is_bold(rows[0]) or _is_bold(rows[1]):
            continue
        properties = find(rows[0], "trPr")
        if properties is None:
            properties = etree.Element(f"{W}trPr")
            rows[0].insert(0, properties)
        etree.SubElement(properties, f"{W}tblHeader")


def _is_bold(row: etree._Element) -> bool:
    runs = [run for run in row.iter(f"{W}r") if "".join(e.text or "" for e in run.findall(f"{W}t")).strip()]
    return bool(runs) and all(is_on(find(run, "rPr", "b")) for run in runs)

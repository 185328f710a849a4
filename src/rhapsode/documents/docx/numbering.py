"""The numbers that Word shows and doesn't store. Source: ECMA-376 Part 1, section 17.9."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.docx.styles import Styles
from rhapsode.documents.docx.wordml import W, find, is_on, number_of, value_of

_PLACEHOLDER = re.compile(r"%([1-9])")
_LEVELS = 9
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LARGEST_ROMAN = 3999
_LETTERS = 26
_LARGEST_LETTERED = 780  # what comes after thirty z is a number; Word counts no further in letters


@dataclass(frozen=True, slots=True)
class Place:
    """A paragraph's place among the lists: which list, and how deep, from 0."""

    list_id: str
    depth: int


@dataclass(frozen=True, slots=True)
class Label:
    """What stands in front of a numbered paragraph.

    text: as shown, "2.1." or "Step 3:"; empty for a bullet.    number: its own, without those above it.
    worded: whether it says more than numbers.
    """

    text: str
    number: int
    worded: bool


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    template: str
    plain: bool  # all numbers as digits, whatever form their own levels have


class Numbering:
    """The lists of a document, which count while its paragraphs are gone through in order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._styles = styles
        kinds = (
            {} if root is None else {value_of(e, "abstractNumId"): e for e in root.iter(f"{W}abstractNum")}
        )
        numbers = () if root is None else root.findall(f"{W}num")
        self._kind_of: dict[str, str] = {}
        self._levels: dict[str, list[_Level]] = {}
        self._restarts: dict[Place, int] = {}
        self._depth_of_style: dict[tuple[str, str], int] = {}
        for element in numbers:
            self._read(element, kinds)
        self._counts: dict[str, list[int | None]] = {}

    def place_of(self, paragraph: etree._Element) -> Place | None:
        """Where a paragraph stands in the lists; None for one outside."""
        list_id = self._styles.inherited(paragraph, lambda e: value_of(find(e, "pPr", "numPr", "numId")))
        if list_id is None or list_id not in self._levels:
            return None
        depth = self._styles.inherited(paragraph, lambda e: number_of(find(e, "pPr", "numPr", "ilvl")))
        if depth is None:
            style_id = value_of(find(paragraph, "pPr", "pStyle")) or ""
            depth = self._depth_of_style.get((list_id, style_id), 0)
        return Place(list_id, min(max(depth, 0), len(self._levels[list_id]) - 1))

    def is_bullet(self, place: Place) -> bool:
        """Whether the items there have signs instead of numbers."""
        return self._levels[place.list_id][place.depth].form in {"bullet", "none"}

    def sequence_of(self, place: Place) -> tuple[str, int]:
        """What names the numbers that go on there: several lists may share one sequence."""
        return self._kind_of[place.list_id], place.depth

    def count(self, place: Place) -> Label:
        """Go on to the next item there, and tell its label."""
        levels = self._levels[place.list_id]
        counts = self._counts.setdefault(self._kind_of[place.list_id], [None] * _LEVELS)
        restart = self._restarts.pop(place, None)
        before = counts[place.depth]
        start = levels[place.depth].start
        number = restart if restart is not None else start if before is None else before + 1
        counts[place.depth] = number
        counts[place.depth + 1 :] = [None] * (_LEVELS - place.depth - 1)
        return _label(levels, counts, place.depth)

    def _read(self, element: etree._Element, kinds: dict[str | None, etree._Element]) -> None:
        list_id = value_of(element, "numId")
        kind_id = value_of(find(element, "abstractNumId"))
        kind = _defined(kinds.get(kind_id), kinds)
        if list_id is None or kind_id is None or kind is None:
            return
        found = {number_of(level, "ilvl") or 0: level for level in kind.findall(f"{W}lvl")}
        for override in element.findall(f"{W}lvlOverride"):
            depth = number_of(override, "ilvl") or 0
            level = find(override, "lvl")
            if level is not None:
                found[depth] = level
            start = number_of(find(override, "startOverride"))
            if start is not None:
                self._restarts[Place(list_id, depth)] = start
        for depth, level in found.items():
            style_id = value_of(find(level, "pStyle"))
            if style_id is not None:
                self._depth_of_style[list_id, style_id] = depth
        self._kind_of[list_id] = kind_id
        self._levels[list_id] = [_level(found.get(depth)) for depth in range(_LEVELS)]


def _defined(kind: etree._Element | None, kinds: dict[str | None, etree._Element]) -> etree._Element | None:
    """The kind of list itself, where one only names the style that another one defines."""
    link = value_of(find(kind, "numStyleLink"))
    if link is None:
        return kind
    return next((k for k in kinds.values() if value_of(find(k, "styleLink")) == link), kind)


def _level(element: etree._Element | None) -> _Level:
    start = number_of(find(element, "start"))
    return _Level(
        start=1 if start is None else start,
        form=value_of(find(element, "numFmt")) or ("decimal" if element is not None else "none"),
        template=value_of(find(element, "lvlText")) or "",
        plain=is_on(find(element, "isLgl")),
    )


def _label(levels: Sequence[_Level], counts: Sequence[int | None], depth: int) -> Label:
    level = levels[depth]
    number = counts[depth] or 0
    if level.form in {"bullet", "none"}:
        return Label("", number, worded=False)

    def shown(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        count = counts[index]
        return _in_form(
            levels[index].start if count is None else count, "decimal" if level.plain else levels[index].form
        )

    words = _PLACEHOLDER.sub("", level.template)
    worded = any(character.isalpha() for character in words)
    return Label(_PLACEHOLDER.sub(shown, level.template).strip(), number, worded)


def _in_form(number: int, form: str) -> str:
    if form.endswith("Roman") and 0 < number <= _LARGEST_ROMAN:
        numeral = _roman(number)
    elif form.endswith("Letter") and 0 < number <= _LARGEST_LETTERED:
        # After z comes aa, then bb.
        numeral = chr(ord("a") + (number - 1) % _LETTERS) * ((number - 1) // _LETTERS + 1)
    else:
        return str(number)
    return numeral.upper() if form.startswith("upper") else numeral


def _roman(number: int) -> str:
    numeral = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        numeral += letters * times
    return numeral

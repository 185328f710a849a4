"""Give stretches of a tree an element of their own, so that a reader can light them up while they are heard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.flow import Place
from rhapsode.documents.markup import BLOCK_TAGS, tag_of

_MOST_PIECES = 32  # of a sentence that are tried together


@dataclass(frozen=True, slots=True)
class _Point:
    """A place between two characters: in the text before child number `slot` of `parent`, at `offset` of it."""

    parent: etree._Element
    slot: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Range:
    """From one point to another of the same parent."""

    parent: etree._Element
    start: _Point
    end: _Point


def marked_elements(pieces: Sequence[Place], root: etree._Element) -> list[tuple[int, etree._Element]]:
    """Elements that hold these pieces, which follow each other: as few as the markup allows, each (piece, element).

    Where the pieces are all that an element holds, it is that element; else a span around them. What stands behind
    the pieces must have been marked before, for its places are no longer true afterwards.    root: never taken.
    """
    ranges = list(_ranges(pieces))
    marked = [(index, _marked(found, root)) for index, found in reversed(ranges)]
    return marked[::-1]


def _ranges(pieces: Sequence[Place]) -> Iterator[tuple[int, _Range | etree._Element]]:
    """Divide the pieces into stretches that an element can hold, each as long as possible."""
    index = 0
    while index < len(pieces):
        if pieces[index].part == "whole":
            yield index, pieces[index].element
            index += 1
            continue
        for stop in range(min(len(pieces), index + _MOST_PIECES), index, -1):
            found = _common_range(pieces[index], pieces[stop - 1])
            if found is not None:
                yield index, found
                index = stop
                break


def _common_range(first: Place, last: Place) -> _Range | None:
    """The range from one place to another, where no element begins or ends in the middle and none is a block."""
    start = last_start = _point(first, first.start)
    end = _point(last, last.end)
    if first is not last:
        if last.part == "whole":
            return None
        outer = _common_parent(start.parent, end.parent)
        lifted_start, lifted_end = _lifted_start(start, outer), _lifted_end(end, outer)
        if lifted_start is None or lifted_end is None:
            return None
        last_start, end = lifted_start, lifted_end
    found = _Range(last_start.parent, last_start, end)
    return found if _holds_no_block(found) or _is_all(found) else None


def _point(place: Place, offset: int) -> _Point:
    if place.part == "text":
        return _Point(place.element, 0, offset)
    parent = place.element.getparent()
    assert parent is not None
    return _Point(parent, parent.index(place.element) + 1, offset)


def _common_parent(one: etree._Element, other: etree._Element) -> etree._Element:
    above = {one, *one.iterancestors()}
    return next(element for element in (other, *other.iterancestors()) if element in above)


def _lifted_start(point: _Point, outer: etree._Element) -> _Point | None:
    """The same place among the children of `outer`; None where something of an element stands before it."""
    while point.parent is not outer:
        if _has_text_before(point):
            return None
        parent = point.parent.getparent()
        assert parent is not None
        slot = parent.index(point.parent)
        point = _Point(parent, slot, len(_slot_text(parent, slot)))
    return point


def _lifted_end(point: _Point, outer: etree._Element) -> _Point | None:
    while point.parent is not outer:
        if _has_text_behind(point):
            return None
        parent = point.parent.getparent()
        assert parent is not None
        point = _Point(parent, parent.index(point.parent) + 1, 0)
    return point


def _has_text_before(point: _Point) -> bool:
    parent, slot = point.parent, point.slot
    if _slot_text(parent, slot)[: point.offset].strip():
        return True
    return any(_slot_text(parent, n).strip() or _has_text(parent[n]) for n in range(slot))


def _has_text_behind(point: _Point) -> bool:
    parent, slot = point.parent, point.slot
    if _slot_text(parent, slot)[point.offset :].strip():
        return True
    return any(_slot_text(parent, n + 1).strip() or _has_text(parent[n]) for n in range(slot, len(parent)))


def _has_text(element: etree._Element) -> bool:
    return any(str(text).strip() for text in element.itertext())


def _holds_no_block(found: _Range) -> bool:
    return not any(tag_of(element) in BLOCK_TAGS for child in _children(found) for element in child.iter())


def _children(found: _Range) -> list[etree._Element]:
    """The elements that lie in a range as a whole."""
    # The stubs know no slices of elements, which make no object of each child before.
    return found.parent[found.start.slot : found.end.slot]  # type: ignore[index,return-value]


def _is_all(found: _Range) -> bool:
    """Whether the parent holds nothing that can be read beside the range."""
    return not _has_text_before(found.start) and not _has_text_behind(found.end)


def _marked(found: _Range | etree._Element, root: etree._Element) -> etree._Element:
    if not isinstance(found, _Range):
        return found
    if found.parent is not root and _is_all(found) and tag_of(found.parent) not in {"body", "a"}:
        return found.parent
    return _wrapped(found)


def _wrapped(found: _Range) -> etree._Element:
    """A new span around a range."""
    parent, start, end = found.parent, found.start, found.end
    before, behind = _slot_text(parent, start.slot), _slot_text(parent, end.slot)
    span = parent.makeelement(_named_like(parent, "span"))
    children = _children(found)
    if children:
        span.text = before[start.offset :]
        children[-1].tail = behind[: end.offset]
    else:
        span.text = before[start.offset : end.offset]
    span.extend(children)
    span.tail = behind[end.offset :]
    _set_slot_text(parent, start.slot, before[: start.offset])
    parent.insert(start.slot, span)
    return span


def _named_like(element: etree._Element, name: str) -> str:
    return f"{{{etree.QName(element).namespace}}}{name}"


def _slot_text(parent: etree._Element, slot: int) -> str:
    return (parent.text if slot == 0 else parent[slot - 1].tail) or ""


def _set_slot_text(parent: etree._Element, slot: int, text: str) -> None:
    if slot == 0:
        parent.text = text
    else:
        parent[slot - 1].tail = text

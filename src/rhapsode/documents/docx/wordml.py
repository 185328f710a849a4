"""The vocabulary of WordprocessingML, as far as several modules need it. Source: ECMA-376 Part 1, section 17."""

from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

_OFF = frozenset({"0", "false", "off", "none"})
_SPACES = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}


def find(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first descendant along a path of WordprocessingML names; None where any is missing."""
    for name in names:
        element = None if element is None else element.find(f"{W}{name}")
    return element


def value_of(element: etree._Element | None, name: str = "val") -> str | None:
    """An attribute of WordprocessingML, `w:val` unless told."""
    return None if element is None else element.get(f"{W}{name}")


def number_of(element: etree._Element | None, name: str = "val") -> int | None:
    """An attribute that holds a whole number; None where it is missing or isn't one."""
    try:
        return int(value_of(element, name) or "")
    except ValueError:
        return None


def is_on(element: etree._Element | None) -> bool:
    """Whether a property that is either on or off is on: there, and not said to be off."""
    return element is not None and (value_of(element) or "1").lower() not in _OFF


def paragraphs(root: etree._Element) -> Iterator[etree._Element]:
    """All paragraphs in document order, those in tables and text boxes too."""
    return root.iter(f"{W}p")


def text_of(paragraph: etree._Element) -> str:
    """The characters of a paragraph; those of a text box in it are the box's own."""
    pieces: list[str] = []
    events = etree.iterwalk(paragraph, events=("start",))
    for _, element in events:
        if element.tag == f"{W}txbxContent":
            events.skip_subtree()
        elif element.tag == f"{W}t":
            pieces.append("".join(str(piece) for piece in element.itertext()))
        elif element.tag in _SPACES:
            pieces.append(_SPACES[element.tag])
    return "".join(pieces)


def within(element: etree._Element, *names: str) -> bool:
    """Whether an element stands somewhere inside one of those names."""
    return next(element.iterancestors(*(f"{W}{name}" for name in names)), None) is not None


def unwrap(element: etree._Element) -> None:
    """Put an element's children in its place."""
    parent = element.getparent()
    if parent is not None:
        index = parent.index(element)
        parent[index : index + 1] = list(element)


def remove(element: etree._Element) -> None:
    """Take an element out of its tree."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)

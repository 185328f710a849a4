"""Styles: what a paragraph inherits. Source: ECMA-376 Part 1, section 17.7."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from lxml import etree

from rhapsode.documents.docx.wordml import W, find, value_of

T = TypeVar("T")

_LONGEST_CHAIN = 32  # styles based on styles; real ones have up to six


class Styles:
    """The styles of a document, by their ids. `root` is None for a document without any."""

    def __init__(self, root: etree._Element | None) -> None:
        elements = [] if root is None else root.findall(f"{W}style")
        self._by_id = {value_of(style, "styleId"): style for style in reversed(elements)}
        self._default = next(
            (
                style
                for style in elements
                if value_of(style, "type") == "paragraph" and value_of(style, "default") in {"1", "true"}
            ),
            None,
        )
        self.defaults = find(root, "docDefaults", "rPrDefault", "rPr")

    def chain(self, paragraph: etree._Element) -> Iterator[etree._Element]:
        """A paragraph's style, the one that it is based on, and so on."""
        style_id = value_of(find(paragraph, "pPr", "pStyle"))
        style = self._default if style_id is None else self._by_id.get(style_id)
        for _ in range(_LONGEST_CHAIN):
            if style is None:
                return
            yield style
            style = self._by_id.get(value_of(find(style, "basedOn")))

    def inherited(self, paragraph: etree._Element, read: Callable[[etree._Element], T | None]) -> T | None:
        """What `read` finds in a paragraph's own properties, else in the nearest style of its chain."""
        for element in (paragraph, *self.chain(paragraph)):
            found = read(element)
            if found is not None:
                return found
        return None

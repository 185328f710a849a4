"""The numbers of list items, where they are needed.

"First", "second" and "third" are heard in the order of the items, so an ordinary list is read without its
numbers. They are kept where the author set them (`start`, `value`, `reversed`: the list goes on from another
or counts down) and in notes, where the number says which note it is.
"""

from lxml import etree

from rhapsode.documents.markup import tag_of


class ListNumbers:
    """The numbers of the lists that are open at one place of a document."""

    def __init__(self) -> None:
        self._lists: list[
            tuple[int | None, int]
        ] = []  # next number and step, None for a list without numbers

    def open(self, element: etree._Element, *, in_note: bool) -> None:
        """Enter an `ol` or `ul`."""
        numbered = tag_of(element) == "ol" and (
            in_note or "start" in element.attrib or "reversed" in element.attrib
        )
        if not numbered:
            self._lists.append((None, 1))
            return
        down = "reversed" in element.attrib
        default = sum(1 for child in element if tag_of(child) == "li") if down else 1
        self._lists.append((_whole(element.get("start"), default), -1 if down else 1))

    def close(self) -> None:
        """Leave the innermost list."""
        if self._lists:
            self._lists.pop()

    def item(self, element: etree._Element) -> int | None:
        """The number to tell for a `li`, if any."""
        upcoming, step = self._lists.pop() if self._lists else (None, 1)
        number = _whole(element.get("value"), upcoming)
        self._lists.append((None if number is None else number + step, step))
        return number


def _whole(value: str | None, default: int | None) -> int | None:
    try:
        return int(value) if value is not None else default
    except ValueError:
        return default
